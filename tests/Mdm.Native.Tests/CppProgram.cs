namespace Mdm.Native.Tests;

/// <summary>Compiles C and C++ programs against the tree as users do, warnings being errors.</summary>
internal static class CppProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>The samples that the documentation shows.</summary>
    public static string Sample(string name) => Path.Combine(Here.Root, "samples", "cpp", name + ".cpp");

    /// <summary>The tests' own, <c>.cpp</c> unless the name says otherwise.</summary>
    public static string Own(string name) => Path.Combine(Here.Root, "tests", "Mdm.Native.Tests", "cpp", Path.HasExtension(name) ? name : name + ".cpp");

    /// <summary>What a program is compiled with that shall end where it reads or writes what is not its own. What is lost, valgrind counts.</summary>
    public static readonly string[] Sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

    /// <summary>Its environment: the runtime of the library loses a little, once.</summary>
    public const string SanitizerVariable = "ASAN_OPTIONS", SanitizerOptions = "detect_leaks=0";

    /// <summary>Compiles and links a source with the library; returns the program.</summary>
    public static async Task<string> BuildAsync(string source, string folder, params string[] more)
    {
        var prefix = await NativeTree.AtAsync();
        var program = Path.Combine(folder, Path.GetFileNameWithoutExtension(source) + (more.Length > 0 ? "-checked" : ""));
        await CompileAsync(source, program, [Standard(source), "-O1", .. more, $"-I{prefix}/include"], [$"-L{prefix}/lib", "-lmdm", $"-Wl,-rpath,{prefix}/lib"]);
        return program;
    }

    /// <summary>Compiles and links a source with the headers of the sources, and without the library.</summary>
    public static Task CompileAloneAsync(string source, string program, params string[] options) =>
        CompileAsync(source, program, [.. options, "-I" + Path.Combine(Here.Root, "src", "Mdm.Native", "include")], []);

    /// <summary>Skips the test where the compiler comes without what it links for <see cref="Sanitizers"/>.</summary>
    public static async Task RequireSanitizersAsync()
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["empty.cpp"], "int main() { return 0; }\n");
        var (code, said) = await ChildProcess.RunAsync(Here.Tool("g++"), [.. Sanitizers, folder["empty.cpp"], "-o", folder["empty"]], limit: Limit);
        Skip.If(code != 0, $"the compiler has no sanitizers: {said}");
    }

    private static string Standard(string source) => source.EndsWith(".c", StringComparison.Ordinal) ? "-std=c99" : "-std=c++17";

    private static async Task CompileAsync(string source, string program, string[] options, string[] libraries)
    {
        var compiler = Here.Tool(source.EndsWith(".c", StringComparison.Ordinal) ? "gcc" : "g++");
        var (code, said) = await ChildProcess.RunAsync(compiler, ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-pthread", .. options, source, .. libraries, "-o", program], limit: Limit);
        code.Should().Be(0, said);
        said.Should().BeEmpty();
    }
}
