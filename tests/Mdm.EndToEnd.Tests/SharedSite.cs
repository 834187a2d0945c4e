using System.Globalization;
using System.Text.Json.Nodes;
using Mdm.Abstractions;
using Mdm.Client;

namespace Mdm.EndToEnd.Tests;

/// <summary>Hosts that are one site: every store on one PostgreSQL, the same secrets, each with its own state, pool and port.</summary>
internal sealed class SharedSite(TestGrid grid, PostgresServer postgres) : IAsyncDisposable
{
    /// <summary>The namespace of the book of requests.</summary>
    public const string Requests = "requests";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private readonly TemporaryDirectory _secrets = new();
    private readonly List<HostProcess> _hosts = [];
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
        _hosts.Add(host);
        _users.Add(new GridUser(host));
        return host;
    }

    /// <summary>Puts everything that hosts share where they share it.</summary>
    public void Share(JsonObject configuration)
    {
        configuration["Catalog"]!["Options"]!["Store"] = postgres.Store("catalog");
        configuration["Requests"] = new JsonObject { ["Store"] = postgres.Store(Requests) };
        configuration["Uploads"] = new JsonObject { ["Store"] = postgres.Store("uploads") };
        // Seconds, so that what happens when a host dies can be waited for; a machine that does other things is still not taken for dead. A drain ends as soon as nothing is pinned.
        configuration["Members"] = new JsonObject { ["Lease"] = "00:00:06", ["Renew"] = "00:00:02", ["Poll"] = "00:00:00.200", ["Drain"] = "00:00:30" };
        var state = configuration["State"]!;
        foreach (var (key, schema) in ((string, string)[])[("PublicationLedger", "publications"), ("KeyLedger", "keys"), ("MetadataLedger", "rows"), ("OrderLedger", "orders"), ("UsageLedger", "usage")])
            state[key] = postgres.Store(schema);
        state["Secrets"] = _secrets.Path;
        configuration["Transfer"] = new JsonObject { ["SecretFile"] = _secrets["transfer"] };
        configuration["Diagnostics"] ??= new JsonObject { ["Port"] = Here.FreePort() };
    }

    /// <summary>A host with all its stores in files.</summary>
    public async Task<HostProcess> AddAloneAsync(Action<JsonObject> configure)
    {
        var host = await HostProcess.StartAsync(grid, configure);
        _hosts.Add(host);
        _users.Add(new GridUser(host));
        return host;
    }

    /// <summary>Stops a host that was alone, moves its stores to the server as an administrator would, and starts it with them.</summary>
    public async Task MoveToServerAsync(HostProcess host)
    {
        host.Process.Signal("TERM");
        await host.Process.ExitAsync(Limit);
        var (before, after) = (Path.Combine(host.Home, "mdm.json"), Path.Combine(host.Home, "new.json"));
        var configuration = JsonNode.Parse(await File.ReadAllTextAsync(before))!.AsObject();
        Share(configuration);
        await File.WriteAllTextAsync(after, configuration.ToJsonString());
        var (exit, printed) = await ChildProcess.RunAsync("dotnet", [Here.Built("Mdm.Cli", "mdm.dll"), "migrate", "--from", before, "--to", after], limit: Limit);
        exit.Should().Be(0, printed);
        TakeSecrets(host);
        await host.RestartAsync(Share);
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
