namespace Mdm.Native.Tests;

/// <summary>The programs that docs/native.md shows, compiled and run as their readers would.</summary>
[Collection(NativeSite.Name)]
public sealed class The_samples_run(NativeSite site)
{
    [SkippableFact]
    public async Task A_query_finds_the_series_and_says_who_was_asked()
    {
        site.Require();

        var (code, said) = await site.RunAsync(CppProgram.Sample("query"), ["Modality = \"CT\"", "Modality"]);

        code.Should().Be(0, said);
        var rows = said.Split('\n').Where(line => line.EndsWith("\tModality=CT", StringComparison.Ordinal)).ToList();
        rows.Should().Contain(row => row.StartsWith(site.Image, StringComparison.Ordinal));
        rows.Count(row => row.StartsWith(site.Series, StringComparison.Ordinal)).Should().Be(NativeSite.Instances);
        said.Should().MatchRegex(@"localhost:\d+/grid/testvo/images: \d+ rows in \d+ ms");
    }

    [SkippableFact]
    public async Task A_query_of_a_server_that_does_not_answer_is_partial()
    {
        site.Require();
        var environment = site.Environment();
        environment["MDM_AMGA"] = $"localhost:{Here.FreePort()}";

        var (code, said) = await site.RunAsync(CppProgram.Sample("query"), ["Modality = \"CT\""], environment);

        code.Should().Be(1, said);
        said.Should().Contain("0 rows in");
    }

    [SkippableFact]
    public async Task A_series_comes_into_memory_deciphered()
    {
        site.Require();

        var (code, said) = await site.RunAsync(CppProgram.Sample("series"), [site.Series]);

        code.Should().Be(0, said);
        var bytes = new DirectoryInfo(site.SeriesCopies).GetFiles().Sum(file => file.Length);
        said.Should().Contain($"{NativeSite.Instances} files, {bytes} bytes");
    }

    [SkippableFact]
    public async Task Random_reads_by_eight_threads_come_to_their_end()
    {
        site.Require();
        var reads = Here.Soak ? 500 : 40;

        var (code, said) = await site.RunAsync(CppProgram.Sample("random_reads"), [site.LargeObject, "8", $"{reads}"]);

        code.Should().Be(0, said);
        said.Should().Contain($"{8 * reads} reads, ").And.Contain($" bytes of {new FileInfo(site.LargeCopy).Length}");
    }

    [SkippableFact]
    public async Task They_are_built_by_CMake_and_by_pkg_config()
    {
        site.Require();
        var prefix = await NativeTree.AtAsync();
        using var folder = new TemporaryDirectory();
        var limit = TimeSpan.FromMinutes(3);

        var (code, said) = await ChildProcess.RunAsync(Here.Tool("cmake"), ["-S", Path.Combine(Here.Root, "samples", "cpp"), "-B", folder["cmake"], $"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release"], limit: limit);
        code.Should().Be(0, said);
        (code, said) = await ChildProcess.RunAsync(Here.Tool("cmake"), ["--build", folder["cmake"], "--parallel", "2"], limit: limit);
        code.Should().Be(0, said);
        (code, said) = await ChildProcess.RunAsync(folder["cmake", "series"], [site.Series], site.Environment(), limit);
        code.Should().Be(0, said);

        Here.Tool("pkg-config");
        (code, said) = await ChildProcess.RunAsync("/bin/sh", ["-c", $"g++ -std=c++17 -Wall -Wextra -Werror {CppProgram.Sample("query")} $(pkg-config --cflags --libs mdm) -o {folder["query"]}"],
            new Dictionary<string, string?> { ["PKG_CONFIG_PATH"] = Path.Combine(prefix, "lib", "pkgconfig") }, limit);
        code.Should().Be(0, said);
        var environment = site.Environment();
        environment["LD_LIBRARY_PATH"] = Path.Combine(prefix, "lib");
        (code, said) = await ChildProcess.RunAsync(folder["query"], ["Modality = \"CT\""], environment, limit);
        code.Should().Be(0, said);
    }
}
