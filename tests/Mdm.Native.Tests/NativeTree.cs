namespace Mdm.Native.Tests;

/// <summary>What eng/native lays out: compiled once for all tests of this process, and not again where nothing has changed.</summary>
internal static class NativeTree
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);
    private static readonly Lazy<Task<string>> Made = new(MakeAsync);
    private static readonly Lazy<Task<string>> Packed = new(PackAsync);

    /// <summary>The prefix: bin, lib, include. Skips the test where it cannot be made.</summary>
    public static Task<string> AtAsync()
    {
        Skip.If(Here.Configuration != "Release", "what is compiled ahead of time is the Release build");
        Here.Tool("g++");
        return Made.Value;
    }

    /// <summary>The archive for worker nodes, packed once.</summary>
    public static Task<string> ArchiveAsync() => Packed.Value;

    private static async Task<string> MakeAsync()
    {
        var prefix = Path.Combine(Here.Root, "artifacts", "native");
        var (code, said) = await ChildProcess.RunAsync("bash", [Path.Combine(Here.Root, "eng", "native"), "--built", prefix], CleanEnvironment, Limit);
        code.Should().Be(0, said);
        return prefix;
    }

    private static async Task<string> PackAsync()
    {
        var (prefix, archive) = (await Made.Value, Path.Combine(Here.Root, "artifacts", "mdm-worker-node.tar.gz"));
        var (code, said) = await ChildProcess.RunAsync("bash", [Path.Combine(Here.Root, "eng", "worker-node"), "--of", prefix, archive], limit: Limit);
        code.Should().Be(0, said);
        return archive;
    }

    /// <summary>A test runner tells its children which SDK it is itself; a build of its own finds that out anew.</summary>
    private static Dictionary<string, string?> CleanEnvironment => new()
    {
        ["MSBUILD_EXE_PATH"] = null,
        ["MSBuildSDKsPath"] = null,
        ["MSBuildExtensionsPath"] = null,
        ["MSBUILDDISABLENODEREUSE"] = "1",
    };
}
