using System.Net;
using System.Net.Sockets;

namespace Mdm.TestKit;

/// <summary>Where things are on this machine: the checkout, the samples, the peers, a free port.</summary>
public static class Here
{
    /// <summary>The checkout's root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>True where the long forms of tests are asked for (<c>./test --soak</c>).</summary>
    public static bool Soak => Environment.GetEnvironmentVariable("MDM_SOAK") == "1";

    /// <summary>The build's configuration, Debug or Release.</summary>
    public static string Configuration { get; } = AppContext.BaseDirectory.Contains("/release", StringComparison.OrdinalIgnoreCase) ? "Release" : "Debug";

    /// <summary>The built program of a project, as <c>Mdm.Host</c> and <c>mdm-host.dll</c>.</summary>
    public static string Built(string project, string file) =>
        Path.Combine(Root, "artifacts", "bin", project, Configuration.ToLowerInvariant(), file);

    /// <summary>Where the build laid the plugins out.</summary>
    public static string Plugins => Path.Combine(Root, "artifacts", "plugins", Configuration);

    /// <summary>Where the build laid out plugins that are for tests only.</summary>
    public static string TestPlugins => Path.Combine(Root, "artifacts", "test-plugins", Configuration);

    /// <summary>The folder of real DICOM objects; skips the test where there is none.</summary>
    public static string Samples()
    {
        var folder = Environment.GetEnvironmentVariable("MDM_SAMPLES") ?? Path.Combine(Root, "..", "shared", "dicom-samples");
        Skip.IfNot(Directory.Exists(folder), $"no sample objects in {folder}; set MDM_SAMPLES");
        return Path.GetFullPath(folder);
    }

    /// <summary>The full path of a program; skips the test where it is not installed.</summary>
    public static string Tool(string name)
    {
        foreach (var folder in (string[])["/usr/bin", "/usr/sbin", "/usr/local/bin"])
        {
            if (File.Exists(Path.Combine(folder, name)))
                return Path.Combine(folder, name);
        }
        Skip.If(true, $"{name} is not installed");
        return name;
    }

    /// <summary>A port nobody listens on now, and that nobody else is given soon.</summary>
    public static int FreePort() => PortsInTurn.Next();

    /// <summary>Waits until the state is reached.</summary>
    public static async Task UntilAsync(Func<Task<bool>> reached, TimeSpan limit, string what)
    {
        using var timeout = new CancellationTokenSource(limit);
        while (!await reached())
        {
            if (timeout.IsCancellationRequested)
                throw new TimeoutException($"not within {limit}: {what}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>All files below a folder that hold something. Lock files are empty, and held by whom they belong to; a socket cannot be read.</summary>
    public static IReadOnlyList<string> FilesBelow(string folder) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "owner.lock" && Path.GetExtension(file) is not (".owner" or ".sock"))];

    /// <summary>True when something accepts on that loopback port.</summary>
    public static async Task<bool> AcceptsAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A file that another process has open for writing.</summary>
    public static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MedicalDataManager.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("The tests run from a checkout.");
    }
}
