using System.Text.Json.Nodes;
using Mdm.Client;

namespace Mdm.Interop.Tests;

/// <summary>
/// One site with real PACS behind it: Orthanc and dcmqrscp as Debian ships them, each published twice, fetched by C-GET and by C-MOVE. Shared by the tests of this project.
/// </summary>
public sealed class RealSite : IAsyncLifetime, IDisposable
{
    public const string Name = "real site";
    private readonly TemporaryDirectory _objects = new();

    public TestGrid Grid { get; } = new();

    public Orthanc Orthanc { get; private set; } = null!;

    public Dcmqrscp Dcmqrscp { get; private set; } = null!;

    public HostProcess Host { get; private set; } = null!;

    /// <summary>Why there is no site; the tests then skip.</summary>
    public string? Missing { get; private set; }

    /// <summary>The publications, by archive and way of retrieval.</summary>
    public static readonly string[] Publications = ["orthanc-get", "orthanc-move", "dcmqr-get", "dcmqr-move"];

    public static string Root(string publication) => $"/grid/{TestGrid.Vo}/{publication}";

    public async Task InitializeAsync()
    {
        try
        {
            foreach (var tool in (string[])["Orthanc", "dcmqrscp", "dcmsend", "gfal-ls", "arcls", "davix-get", "curl"])
                Here.Tool(tool);
            var (orthancPort, dcmqrPort) = (Here.FreePort(), Here.FreePort());
            (Orthanc, Dcmqrscp) = (await Orthanc.StartAsync("MDM", orthancPort), await Dcmqrscp.StartAsync("MDM", dcmqrPort));
            var samples = SampleObjects.CollectInto(_objects.Path);
            await Orthanc.UploadAsync(samples);
            await Dcmqrscp.SendAsync(samples);
            Host = await HostProcess.StartAsync(Grid, configuration =>
            {
                var archives = new JsonObject();
                var publications = new JsonObject();
                foreach (var publication in Publications)
                {
                    var orthanc = publication.StartsWith("orthanc", StringComparison.Ordinal);
                    PacsProcess pacs = orthanc ? Orthanc : Dcmqrscp;
                    archives[publication] = Archive(pacs, publication[(publication.IndexOf('-', StringComparison.Ordinal) + 1)..], orthanc ? orthancPort : dcmqrPort);
                    publications[publication] = HostProcess.Clinical(publication, Root(publication));
                }
                configuration["Archives"] = archives;
                // Some objects dcmqrscp never sends by C-MOVE: told sooner than a hospital would want it.
                configuration["Staging"]!["Fetch"] = new JsonObject { ["GiveUp"] = "00:00:45" };
                configuration["Publications"] = publications;
            });
            foreach (var publication in Publications)
                await Host.PublishedAsync(publication);
        }
        catch (SkipException missing)
        {
            Missing = missing.Message;
        }
    }

    public async Task DisposeAsync()
    {
        if (Host is not null)
            await Host.DisposeAsync();
        if (Dcmqrscp is not null)
            await Dcmqrscp.DisposeAsync();
        if (Orthanc is not null)
            await Orthanc.DisposeAsync();
    }

    public void Dispose()
    {
        _objects.Dispose();
        Grid.Dispose();
    }

    public void Require() => Skip.If(Missing is not null, Missing);

    /// <summary>Runs a client as the physician, or as whoever holds that proxy.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(string tool, params string[] arguments) => RunAsAsync(Grid.PhysicianProxy, tool, arguments);

    public Task<(int ExitCode, string Output)> RunAsAsync(string proxy, string tool, params string[] arguments) =>
        ChildProcess.RunAsync(Here.Tool(tool), arguments, Grid.Environment(proxy), TimeSpan.FromSeconds(120));

    public static JsonObject Archive(PacsProcess pacs, string retrieval, int movePort) => new()
    {
        ["Type"] = "dicom",
        ["Options"] = new JsonObject
        {
            ["Host"] = "127.0.0.1",
            ["Port"] = pacs.Port,
            ["CalledAeTitle"] = pacs.AeTitle,
            ["CallingAeTitle"] = "MDM",
            ["Retrieval"] = retrieval,
            ["MoveDestination"] = retrieval == "move" ? new JsonObject { ["AeTitle"] = "MDM", ["Port"] = movePort, ["Address"] = "127.0.0.1" } : null,
        },
    };
}

[CollectionDefinition(RealSite.Name)]
public sealed class RealSiteCollection : ICollectionFixture<RealSite>;

/// <summary>The real objects that a PACS may hold.</summary>
public static class SampleObjects
{
    /// <summary>The one object that makes Orthanc 1.10.1 with its GDCM plugin die when it is fetched.</summary>
    public const string KillsOrthanc = "seg_image_sm_dots.dcm";

    /// <summary>Links the samples into a folder, without those that are malformed on purpose and the one that kills the peer.</summary>
    public static string CollectInto(string folder)
    {
        var samples = Here.Samples();
        var number = 0;
        foreach (var file in Directory.EnumerateFiles(samples, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var relative = Path.GetRelativePath(samples, file);
            if (relative.StartsWith("malformed", StringComparison.Ordinal) || Path.GetFileName(file) is KillsOrthanc or "DICOMDIR" or "DIRFILE" || file.EndsWith(".md", StringComparison.Ordinal))
                continue;
            File.CreateSymbolicLink(Path.Combine(folder, $"{++number:D4}.dcm"), file);
        }
        return folder;
    }
}

/// <summary>Our own command line, as its own process.</summary>
public static class Mdm
{
    public static Task<(int ExitCode, string Output)> RunAsync(HostProcess host, string proxy, params string[] arguments) =>
        ChildProcess.RunAsync("dotnet", [Here.Built("Mdm.Cli", "mdm.dll"), .. arguments], Environment(host, proxy), TimeSpan.FromSeconds(180));

    /// <summary>The SRM of a host, called as the holder of that credential.</summary>
    public static GridFiles Open(HostProcess host, string certificateFile, string? keyFile = null) => GridFiles.Open(new GridEnvironment
    {
        CertificateFile = certificateFile,
        KeyFile = keyFile ?? certificateFile,
        TrustDirectory = host.Grid.CertificateDirectory,
        Searched = "the test",
    });

    /// <summary>Publishes, and fails when that fails.</summary>
    public static async Task PublishAsync(HostProcess host, string publication, params string[] options)
    {
        var (code, output) = await RunAsync(host, host.Grid.PhysicianProxy, ["publish", publication, .. options]);
        code.Should().Be(0, output + host.Process.Output);
    }

    private static Dictionary<string, string?> Environment(HostProcess host, string proxy)
    {
        var environment = host.Grid.Environment(proxy);
        environment.Remove("PATH");
        environment["DOTNET_CLI_HOME"] = environment["HOME"];
        environment["MDM_ENDPOINT"] = host.Surl(string.Empty);
        return environment;
    }
}
