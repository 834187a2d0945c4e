namespace Mdm.Native.Tests;

/// <summary>Compiles C++ programs against the tree as users do, warnings being errors.</summary>
internal static class CppProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>The samples that the documentation shows.</summary>
    public static string Sample(string name) => Path.Combine(Here.Root, "samples", "cpp", name + ".cpp");

    /// <summary>The tests' own.</summary>
    public static string Own(string name) => Path.Combine(Here.Root, "tests", "Mdm.Native.Tests", "cpp", name + ".cpp");

    /// <summary>Compiles and links a source; returns the program.</summary>
    public static async Task<string> BuildAsync(string source, string folder)
    {
        var prefix = await NativeTree.AtAsync();
        var program = Path.Combine(folder, Path.GetFileNameWithoutExtension(source));
        var (code, said) = await ChildProcess.RunAsync(
            Here.Tool("g++"),
            ["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-g", "-pthread", $"-I{prefix}/include", source, $"-L{prefix}/lib", "-lmdm", $"-Wl,-rpath,{prefix}/lib", "-o", program],
            limit: Limit);
        code.Should().Be(0, said);
        said.Should().BeEmpty();
        return program;
    }
}
