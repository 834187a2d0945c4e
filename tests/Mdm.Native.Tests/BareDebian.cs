namespace Mdm.Native.Tests;

/// <summary>Debian 12 as debootstrap makes it, with libssl and nothing else: what a worker node has at least. Made once for this machine, and only read from then on.</summary>
internal static class BareDebian
{
    private const string Suite = "bookworm";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private static readonly Lazy<Task<string>> Made = new(MakeAsync);

    private static string Cache => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "mdm-tests");

    /// <summary>Its root. Skips the test where it cannot be made. Who asks first lets it be made; others may come early so that it is there in time.</summary>
    public static Task<string> AtAsync() => Made.Value;

    private static async Task<string> MakeAsync()
    {
        Skip.IfNot(Environment.UserName == "root", "a root folder, and namespaces, need root");
        var (debootstrap, root) = (Here.Tool("debootstrap"), Path.Combine(Cache, Suite));
        if (Directory.Exists(root))
            return root;
        Directory.CreateDirectory(Cache);
        var made = $"{root}.{Environment.ProcessId}";
        var (code, said) = await ChildProcess.RunAsync(debootstrap, ["--variant=minbase", "--include=libssl3", Suite, made], limit: Limit);
        Skip.IfNot(code == 0, $"debootstrap does not make a {Suite} here: {said}");
        await File.WriteAllTextAsync(Path.Combine(made, "etc", "hosts"), "127.0.0.1 localhost\n");
        // Whole or not at all; of two that make it, the second leaves its own behind.
        if (!Directory.Exists(root))
            Directory.Move(made, root);
        return root;
    }
}
