using System.Globalization;
using System.Text.RegularExpressions;

namespace Mdm.Native.Tests;

/// <summary>Header, version script, library and documentation tell of the same interface.</summary>
public sealed partial class The_library_is_what_its_header_says
{
    private static readonly string Header = File.ReadAllText(Path.Combine(Here.Root, "src", "Mdm.Native", "include", "mdm.h"));

    [SkippableFact]
    public async Task It_exports_each_function_of_the_header_under_its_version_and_nothing_else()
    {
        var library = Path.Combine(await NativeTree.AtAsync(), "lib", "libmdm.so.1");
        var functions = Functions().Matches(Header).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal).ToList();

        var (code, said) = await ChildProcess.RunAsync(Here.Tool("nm"), ["-D", "--defined-only", library]);
        code.Should().Be(0, said);
        said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[^1]).Where(symbol => symbol != "MDM_1.0")
            .Order(StringComparer.Ordinal).Should().Equal(functions.Select(function => function + "@@MDM_1.0"));

        functions.Should().HaveCountGreaterThan(20);
        (code, said) = await ChildProcess.RunAsync(Here.Tool("readelf"), ["-d", library]);
        code.Should().Be(0, said);
        said.Should().Contain("Library soname: [libmdm.so.1]");
        Needed().Matches(said).Select(match => match.Groups[1].Value).Should().OnlyContain(name => name.StartsWith("libc.", StringComparison.Ordinal) || name.StartsWith("libm.", StringComparison.Ordinal) || name.StartsWith("ld-linux", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task It_stays_when_it_is_let_go()
    {
        var library = Path.Combine(await NativeTree.AtAsync(), "lib", "libmdm.so.1");
        using var folder = new TemporaryDirectory();
        await CppProgram.CompileAloneAsync(CppProgram.Own("unloaded.c"), folder["unloaded"], "-std=c99");

        var (code, said) = await ChildProcess.RunAsync(folder["unloaded"], [library]);

        code.Should().Be(0, said);
        said.Should().Be("still there\n");
    }

    [SkippableFact]
    public async Task Its_header_is_C()
    {
        await NativeTree.AtAsync();

        var (code, said) = await ChildProcess.RunAsync(Here.Tool("g++"), ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-x", "c", Path.Combine(Here.Root, "src", "Mdm.Native", "include", "mdm.h")]);

        code.Should().Be(0, said);
    }

    [SkippableFact]
    public async Task The_header_for_CPP_holds_whatever_the_library_answers()
    {
        await CppProgram.RequireSanitizersAsync();
        using var folder = new TemporaryDirectory();
        // Iterators are what C++20 says they are; all else is C++17, as the other programs.
        await CppProgram.CompileAloneAsync(CppProgram.Own("header"), folder["header"], ["-std=c++20", .. CppProgram.Sanitizers]);

        var (code, said) = await ChildProcess.RunAsync(folder["header"], []);

        code.Should().Be(0, said);
        said.Should().Be("the header holds\n");
    }

    [Theory]
    [InlineData("MDM_MAX_TIMEOUT_MS", "MaxTimeoutMilliseconds")]
    [InlineData("MDM_MAX_TEXT", "MaxText")]
    [InlineData("MDM_MAX_TEXTS", "MaxTexts")]
    [InlineData("MDM_MAX_PARALLEL", "MaxParallel")]
    [InlineData("MDM_MESSAGE_SIZE", "MessageSize")]
    [InlineData("MDM_ENTRY_TEXT_SIZE", "TextSize")]
    public void A_limit_is_the_same_number_in_header_code_and_documentation(string inHeader, string inCode)
    {
        var number = Regex.Match(Header, $"#define {inHeader} ([0-9]+)").Groups[1].Value;
        var code = Directory.EnumerateFiles(Path.Combine(Here.Root, "src", "Mdm.Native"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();

        code.Should().Contain(text => text.Contains($"const int {inCode} = {number};", StringComparison.Ordinal));
        File.ReadAllText(Path.Combine(Here.Root, "docs", "native.md")).Should().Contain($"`{inHeader}`");
    }

    [Fact]
    public void Every_kind_of_the_header_is_one_of_the_code_by_name_and_number()
    {
        var inHeader = Kinds().Matches(Header[..Header.IndexOf("} mdm_kind;", StringComparison.Ordinal)]).ToDictionary(match => match.Groups[1].Value.Replace("_", "", StringComparison.Ordinal), match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), StringComparer.OrdinalIgnoreCase);
        var source = File.ReadAllText(Path.Combine(Here.Root, "src", "Mdm.Native", "Kind.cs"));
        var inCode = Members().Matches(source).ToDictionary(match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), StringComparer.OrdinalIgnoreCase);

        inHeader.Should().HaveCountGreaterThan(20).And.BeEquivalentTo(inCode);
    }

    [GeneratedRegex(@"^(?:int32_t|uint32_t|const char \*)\s*(mdm_[a-z_]+)\(", RegexOptions.Multiline)]
    private static partial Regex Functions();

    [GeneratedRegex(@"\(NEEDED\).*\[(.*)\]")]
    private static partial Regex Needed();

    [GeneratedRegex(@"^    MDM_([A-Z_]+) = ([0-9]+)", RegexOptions.Multiline)]
    private static partial Regex Kinds();

    [GeneratedRegex(@"^    ([A-Z][A-Za-z]+) = ([0-9]+),", RegexOptions.Multiline)]
    private static partial Regex Members();
}
