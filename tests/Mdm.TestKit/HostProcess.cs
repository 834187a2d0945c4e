using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mdm.TestKit;

/// <summary>The real host, as its own process, with the real plugins from their folders, on a free loopback port.</summary>
public sealed class HostProcess : IAsyncDisposable
{
    private readonly TemporaryDirectory _home;
    private readonly List<ChildProcess> _past = [];
    private readonly string _program;

    private HostProcess(TemporaryDirectory home, TestGrid grid, int port, string program) =>
        (_home, Grid, Port, _program, Process) = (home, grid, port, program, Launch(home, program));

    public TestGrid Grid { get; }

    public int Port { get; }

    public ChildProcess Process { get; private set; }

    /// <summary>Where the host keeps state and pool.</summary>
    public string Home => _home.Path;

    public string Pool => _home["pool"];

    public string State => _home["state"];

    /// <summary>The file it was started with.</summary>
    public string Configuration => _home["mdm.json"];

    /// <summary>The SURL of a path.</summary>
    public string Surl(string path) => $"srm://localhost:{Port.ToString(CultureInfo.InvariantCulture)}{path}";

    /// <param name="grid">Trust and host certificate.</param>
    /// <param name="configure">Adds archives, publications and whatever differs from the default.</param>
    /// <param name="program">The host's program where it is not the one that was built, but one that was published.</param>
    public static async Task<HostProcess> StartAsync(TestGrid grid, Action<JsonObject> configure, string? program = null)
    {
        var home = new TemporaryDirectory();
        var port = Here.FreePort();
        var configuration = new JsonObject
        {
            ["Plugins"] = new JsonObject { ["Path"] = Here.Plugins, ["Load"] = new JsonArray("Mdm.Plugins.Dicom", "Mdm.Plugins.Lfc") },
            ["Door"] = new JsonObject
            {
                ["HostName"] = "localhost",
                ["Addresses"] = new JsonArray("127.0.0.1", "::1"),
                ["Port"] = port,
                ["HostCertificateFile"] = grid.HostCertificate,
                ["HostKeyFile"] = grid.HostKey,
                ["CertificateDirectory"] = grid.CertificateDirectory,
                ["VomsDirectory"] = grid.VomsDirectory,
                ["ReloadInterval"] = "00:00:01",
            },
            ["State"] = new JsonObject { ["Directory"] = home["state"] },
            ["Staging"] = new JsonObject { ["Directory"] = home["pool"], ["Quota"] = "4 GB" },
            ["Catalog"] = new JsonObject { ["Type"] = "lfc", ["Options"] = new JsonObject { ["Store"] = "sqlite:" + home["state", "lfc.db"] } },
            ["Administrators"] = new JsonArray("/DC=org/DC=testgrid/CN=Paula Physician"),
        };
        configure(configuration);
        await File.WriteAllTextAsync(home["mdm.json"], configuration.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        var host = new HostProcess(home, grid, port, program ?? Here.Built("Mdm.Host", "mdm-host.dll"));
        await host.ReadyAsync();
        return host;
    }

    /// <summary>An original publication for physicians under <c>/grid/testvo/clinical</c>.</summary>
    public static JsonObject Clinical(string archive, string root = "/grid/testvo/clinical") => new()
    {
        ["Archive"] = archive,
        ["Root"] = root,
        ["Content"] = "original",
        ["Delivery"] = "Clear",
        ["MaySeeIdentity"] = new JsonArray($"/{TestGrid.Vo}/Role=physician", "/DC=org/DC=testgrid/CN=Paula Physician"),
        ["Acl"] = new JsonArray($"group:/{TestGrid.Vo}/Role=physician:r-x"),
        ["Attributes"] = new JsonArray("Modality"),
        ["Owner"] = "/DC=org/DC=testgrid/CN=Paula Physician",
    };

    /// <summary>What the host counts, from its diagnostics port.</summary>
    public Task<string> MetricsAsync() => DiagnosticsAsync("/metrics");

    /// <summary>What the host's diagnostics port answers, whatever the status.</summary>
    public async Task<string> DiagnosticsAsync(string path)
    {
        var configuration = JsonNode.Parse(await File.ReadAllTextAsync(_home["mdm.json"]))!;
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri($"http://127.0.0.1:{configuration["Diagnostics"]!["Port"]}{path}"));
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>Waits until a publication's first scan is complete.</summary>
    public Task PublishedAsync(string publication) =>
        Process.LineAsync(line => line.Contains($"Publication {publication} complete", StringComparison.Ordinal), TimeSpan.FromSeconds(120));

    /// <summary>Ends it as <paramref name="signal"/> says (TERM, KILL) and starts it again on the same state.</summary>
    public async Task RestartAsync(string signal = "TERM")
    {
        if (!Process.HasExited)
            Process.Signal(signal);
        await Process.ExitAsync(TimeSpan.FromSeconds(60));
        _past.Add(Process);
        Process = Launch(_home, _program);
        await ReadyAsync();
    }

    /// <summary>Ends it, changes its configuration as an administrator would, and starts it again on the same state.</summary>
    public async Task RestartAsync(Action<JsonObject> configure)
    {
        var configuration = JsonNode.Parse(await File.ReadAllTextAsync(_home["mdm.json"]))!.AsObject();
        configure(configuration);
        await File.WriteAllTextAsync(_home["mdm.json"], configuration.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        await RestartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        foreach (var past in _past)
            await past.DisposeAsync();
        _home.Dispose();
    }

    private static ChildProcess Launch(TemporaryDirectory home, string program) =>
        ChildProcess.Start("dotnet", [program, "--config", home["mdm.json"]]);

    private Task ReadyAsync() => Here.UntilAsync(
        async () => Process.HasExited
            ? throw new InvalidOperationException($"mdm-host ended: {Process.Output}")
            : await Here.AcceptsAsync(Port),
        TimeSpan.FromSeconds(120), "mdm-host listens");
}
