using System.Globalization;
using System.Text.Json;

namespace Mdm.TestKit;

/// <summary>A PACS that we did not write, running on loopback.</summary>
public abstract class PacsProcess : IAsyncDisposable
{
    protected PacsProcess(string aeTitle, int port) => (AeTitle, Port) = (aeTitle, port);

    public string AeTitle { get; }

    public int Port { get; }

    public abstract ChildProcess Process { get; }

    /// <summary>Stores every DICOM file below a folder, as an imaging device would; what the PACS refuses is left out.</summary>
    public async Task<string> SendAsync(string folder)
    {
        var (_, output) = await ChildProcess.RunAsync(Here.Tool("dcmsend"),
        [
            "-v", "-aet", "MDM", "-aec", AeTitle, "--scan-directories", "--recurse", "--no-halt", "--no-uid-checks", "--decompress-never",
            "127.0.0.1", Port.ToString(CultureInfo.InvariantCulture), folder,
        ], new Dictionary<string, string?> { ["TCP_NODELAY"] = "1" }, TimeSpan.FromSeconds(120));
        return output;
    }

    public abstract ValueTask DisposeAsync();
}

/// <summary>Orthanc as Debian ships it, in its default configuration but for names, ports and the peer it knows.</summary>
public sealed class Orthanc : PacsProcess
{
    private const string Plugins = "/usr/share/orthanc/plugins";
    private readonly TemporaryDirectory _home;
    private ChildProcess _process;

    private Orthanc(TemporaryDirectory home, ChildProcess process, int dicomPort, int httpPort)
        : base("ORTHANC", dicomPort) => (_home, _process, HttpPort) = (home, process, httpPort);

    public int HttpPort { get; }

    /// <summary>The root of its DICOMweb services; skips the test where Debian's orthanc-dicomweb is not installed.</summary>
    public Uri DicomWeb
    {
        get
        {
            Skip.IfNot(File.Exists(Path.Combine(Plugins, "libOrthancDicomWeb.so")), "orthanc-dicomweb is not installed.");
            return new Uri($"http://127.0.0.1:{HttpPort}/dicom-web");
        }
    }

    public override ChildProcess Process => _process;

    /// <param name="peerAeTitle">The one AE that may query and retrieve.</param>
    /// <param name="peerPort">Where C-MOVE delivers to it.</param>
    /// <param name="configure">Changes its configuration.</param>
    public static async Task<Orthanc> StartAsync(string peerAeTitle, int peerPort, Action<Dictionary<string, object>>? configure = null)
    {
        var program = Here.Tool("Orthanc");
        var home = new TemporaryDirectory();
        var (dicom, http) = (Here.FreePort(), Here.FreePort());
        var configuration = new Dictionary<string, object>
        {
            ["Name"] = "MDM-TEST",
            ["StorageDirectory"] = home["db"],
            ["IndexDirectory"] = home["db"],
            ["Plugins"] = new[] { Plugins },
            ["HttpPort"] = http,
            ["RemoteAccessAllowed"] = false,
            ["AuthenticationEnabled"] = false,
            ["DicomAet"] = "ORTHANC",
            ["DicomPort"] = dicom,
            ["DicomCheckCalledAet"] = true,
            ["DicomModalities"] = new Dictionary<string, object>
            {
                ["mdm"] = new Dictionary<string, object>
                {
                    ["AET"] = peerAeTitle,
                    ["Host"] = "127.0.0.1",
                    ["Port"] = peerPort,
                    ["AllowEcho"] = true,
                    ["AllowFind"] = true,
                    ["AllowGet"] = true,
                    ["AllowMove"] = true,
                    ["AllowStore"] = true,
                },
            },
            ["UnknownSopClassAccepted"] = true,
            ["OverwriteInstances"] = true,
        };
        configure?.Invoke(configuration);
        Directory.CreateDirectory(home["db"]);
        await File.WriteAllTextAsync(home["orthanc.json"], JsonSerializer.Serialize(configuration));
        var orthanc = new Orthanc(home, ChildProcess.Start(program, [home["orthanc.json"]], workingDirectory: home.Path), dicom, http);
        await orthanc.ReadyAsync();
        return orthanc;
    }

    /// <summary>Uploads every file of a folder over HTTP; Orthanc keeps their bytes as they are, and refuses what lacks identifiers.</summary>
    public async Task UploadAsync(string folder)
    {
        using var client = Http();
        foreach (var file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            using var content = new ByteArrayContent(await File.ReadAllBytesAsync(file));
            using var response = await client.PostAsync(new Uri("/instances", UriKind.Relative), content);
        }
    }

    /// <summary>Writes every file that it holds, as it holds it, into a folder.</summary>
    public async Task DownloadAsync(string folder)
    {
        using var client = Http();
        var instances = JsonSerializer.Deserialize<string[]>(await client.GetStringAsync(new Uri("/instances", UriKind.Relative)))!;
        foreach (var instance in instances)
            await File.WriteAllBytesAsync(Path.Combine(folder, instance), await client.GetByteArrayAsync(new Uri($"/instances/{instance}/file", UriKind.Relative)));
    }

    /// <summary>Starts it again on the same database and ports, after it died or was killed.</summary>
    public async Task RestartAsync()
    {
        await _process.DisposeAsync();
        _process = ChildProcess.Start(Here.Tool("Orthanc"), [_home["orthanc.json"]], workingDirectory: _home.Path);
        await ReadyAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _home.Dispose();
    }

    private HttpClient Http() => new() { BaseAddress = new Uri($"http://127.0.0.1:{HttpPort}") };

    private Task ReadyAsync() => Here.UntilAsync(
        async () => Process.HasExited
            ? throw new InvalidOperationException($"Orthanc ended: {Process.Output}")
            : await Here.AcceptsAsync(Port) && await Here.AcceptsAsync(HttpPort),
        TimeSpan.FromSeconds(60), "Orthanc listens");
}

/// <summary>DCMTK's dcmqrscp as Debian ships it: takes uncompressed transfer syntaxes only, answers matching keys it does not know with everything.</summary>
public sealed class Dcmqrscp : PacsProcess
{
    private readonly TemporaryDirectory _home;
    private ChildProcess _process;

    private Dcmqrscp(TemporaryDirectory home, ChildProcess process, int port)
        : base("DCMQR", port) => (_home, _process) = (home, process);

    public override ChildProcess Process => _process;

    /// <summary>Where it keeps its files, each as it received it.</summary>
    public string Storage => _home["qr"];

    /// <param name="peerAeTitle">The AE that C-MOVE may deliver to.</param>
    /// <param name="peerPort">And where it listens.</param>
    public static async Task<Dcmqrscp> StartAsync(string peerAeTitle, int peerPort)
    {
        var program = Here.Tool("dcmqrscp");
        var home = new TemporaryDirectory();
        var port = Here.FreePort();
        Directory.CreateDirectory(home["qr"]);
        await File.WriteAllTextAsync(home["dcmqrscp.cfg"],
            $"""
            NetworkTCPPort  = {port}
            MaxPDUSize      = 131072
            MaxAssociations = 16
            HostTable BEGIN
            mdm   = ({peerAeTitle}, 127.0.0.1, {peerPort})
            peers = mdm
            HostTable END
            VendorTable BEGIN
            VendorTable END
            AETable BEGIN
            DCMQR   {home["qr"]}   RW (10000, 4096mb)  ANY
            AETable END

            """);
        var server = new Dcmqrscp(home, ChildProcess.Start(program, ["-c", home["dcmqrscp.cfg"]], workingDirectory: home.Path), port);
        await Here.UntilAsync(() => Here.AcceptsAsync(port), TimeSpan.FromSeconds(60), "dcmqrscp listens");
        return server;
    }

    /// <summary>Starts it again on the same storage and port.</summary>
    public async Task RestartAsync()
    {
        await _process.DisposeAsync();
        _process = ChildProcess.Start(Here.Tool("dcmqrscp"), ["-c", _home["dcmqrscp.cfg"]], workingDirectory: _home.Path);
        await Here.UntilAsync(() => Here.AcceptsAsync(Port), TimeSpan.FromSeconds(60), "dcmqrscp listens");
    }

    public override async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _home.Dispose();
    }
}
