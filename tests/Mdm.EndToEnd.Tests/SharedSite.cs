using System.Globalization;
using System.Text.Json.Nodes;
using Mdm.Abstractions;
using Mdm.Client;

namespace Mdm.EndToEnd.Tests;

/// <summary>Hosts that are one site: every store on one PostgreSQL, the same secrets, each with its own state, pool and port.</summary>
internal sealed class SharedSite(TestGrid grid, PostgresServer postgres) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private readonly TemporaryDirectory _secrets = new();
    private readonly List<HostProcess> _hosts = [];
    private string? _alone;
    private readonly List<GridUser> _users = [];

    public IReadOnlyList<HostProcess> Hosts => _hosts;

    /// <summary>The same user at each host.</summary>
    public IReadOnlyList<GridUser> Users => _users;

    public async Task<HostProcess> AddAsync(Action<JsonObject> configure)
    {
        var host = await HostProcess.StartAsync(grid, configuration =>
        {
            configure(configuration);
            Share(configuration);
        });
        Add(host);
        return host;
    }

    /// <summary>Puts everything that hosts share where they share it.</summary>
    public void Share(JsonObject configuration)
    {
        new SharedStores(postgres, _secrets.Path).Share(configuration);
        // Seconds, so that what happens when a host dies can be waited for; a machine that does other things is still not taken for dead. The long run has the machine to itself, and docs/operations.md tells its figures. A drain ends as soon as nothing is pinned.
        configuration["Members"] = new JsonObject { ["Lease"] = Here.Soak ? "00:00:06" : "00:00:15", ["Renew"] = "00:00:02", ["Poll"] = "00:00:00.200", ["Drain"] = "00:02:00" };
        configuration["Diagnostics"] ??= new JsonObject { ["Port"] = Here.FreePort() };
    }

    // Hosts are started side by side: each has its user at its own place.
    private void Add(HostProcess host)
    {
        var user = new GridUser(host);
        lock (_hosts)
        {
            _hosts.Add(host);
            _users.Add(user);
        }
    }

    /// <summary>A host with all its stores in files.</summary>
    public async Task<HostProcess> AddAloneAsync(Action<JsonObject> configure)
    {
        var host = await HostProcess.StartAsync(grid, configure);
        Add(host);
        return host;
    }

    /// <summary>Stops a host that was alone, moves its stores to the server as an administrator would, and starts it with them.</summary>
    public async Task MoveToServerAsync(HostProcess host)
    {
        await StopAsync(host);
        _alone = await File.ReadAllTextAsync(host.Configuration);
        var shared = JsonNode.Parse(_alone)!.AsObject();
        Share(shared);
        TakeSecrets(host);
        await MoveAsync(host, shared.ToJsonString());
    }

    /// <summary>Stops all hosts, moves the stores of the first back into its files, and starts it alone.</summary>
    public async Task MoveBackAsync()
    {
        await Task.WhenAll(_hosts.Select(StopAsync));
        // What was copied to the server stayed as it was.
        foreach (var left in Directory.EnumerateFiles(_hosts[0].State, "*.db*"))
            File.Delete(left);
        await MoveAsync(_hosts[0], _alone!);
    }

    private static async Task StopAsync(HostProcess host)
    {
        host.Process.Signal("TERM");
        (await host.Process.ExitAsync(Limit)).Should().Be(0, host.Process.Output);
    }

    private static async Task MoveAsync(HostProcess host, string configuration)
    {
        var next = Path.Combine(host.Home, "new.json");
        await File.WriteAllTextAsync(next, configuration);
        var (exit, printed) = await ChildProcess.RunAsync("dotnet", [Here.Built("Mdm.Cli", "mdm.dll"), "migrate", "--from", host.Configuration, "--to", next], limit: Limit);
        exit.Should().Be(0, printed);
        File.Move(next, host.Configuration, overwrite: true);
        await host.RestartAsync();
    }

    /// <summary>As whoever restarts a site would: stops a host, starts it, and waits until it says that it is ready.</summary>
    public static async Task RestartAsync(HostProcess host)
    {
        await host.RestartAsync();
        await Here.UntilAsync(async () => (await host.DiagnosticsAsync("/healthz/ready")).StartsWith("ready", StringComparison.OrdinalIgnoreCase), Limit, "the host is ready");
    }

    /// <summary>The secrets of a host that was alone, from its state directory.</summary>
    private void TakeSecrets(HostProcess host)
    {
        foreach (var secret in Directory.EnumerateFiles(Path.Combine(host.State, "secrets")))
            File.Copy(secret, _secrets[Path.GetFileName(secret)]);
        File.Copy(Path.Combine(host.State, "transfer-secret"), _secrets["transfer"]);
    }

    /// <summary>A path as each host is asked for it.</summary>
    public Surl Surl(int host, StoragePath path) =>
        Client.Surl.Parse(string.Create(CultureInfo.InvariantCulture, $"srm://localhost:{_hosts[host].Port}{path}"));

    public async ValueTask DisposeAsync()
    {
        _users.ForEach(user => user.Dispose());
        foreach (var host in _hosts)
            await host.DisposeAsync();
        _secrets.Dispose();
    }
}
