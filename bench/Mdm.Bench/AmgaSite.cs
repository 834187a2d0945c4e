using System.Globalization;
using System.Text.Json.Nodes;
using Mdm.Client;
using Mdm.Client.Metadata;
using Mdm.Formats.Amga;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>A host that is a metadata server only, as its own process, and our client as one who may do everything there.</summary>
internal sealed class AmgaSite : IAsyncDisposable
{
    public const string Collection = "/bench";

    private readonly HostProcess _host;

    private AmgaSite(HostProcess host, int port, string store) => (_host, Port, Store, Client) = (host, port, store, ClientOf(host.Grid));

    public int Port { get; }

    /// <summary>Where it keeps its rows, as it is configured.</summary>
    public string Store { get; }

    public int ProcessId => _host.Process.Id;

    public GridMetadata Client { get; }

    public MetadataServer Server => new("localhost", Port, [Collection]);

    /// <param name="grid">Trust and certificates.</param>
    /// <param name="store">A store; null for an SQLite file of its own.</param>
    public static async Task<AmgaSite> StartAsync(TestGrid grid, string? store)
    {
        var port = Here.FreePort();
        var where = store ?? string.Empty;
        var host = await HostProcess.StartAsync(grid, configuration =>
        {
            configuration.Remove("Catalog");
            configuration.Remove("Staging");
            configuration.Remove("Administrators");
            configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Amga");
            if (store is null)
                where = "sqlite:" + Path.Combine(configuration["State"]!["Directory"]!.GetValue<string>(), "amga.db");
            configuration["Services"] = new JsonObject
            {
                ["amga"] = new JsonObject
                {
                    ["Type"] = "amga",
                    ["Port"] = port,
                    ["Address"] = "127.0.0.1",
                    ["MaxConnections"] = 1000,
                    ["MaxConnectionsPerAddress"] = 1000,
                    ["Options"] = new JsonObject { ["Store"] = where, ["Administrators"] = new JsonArray("/DC=org/DC=testgrid/CN=Paula Physician") },
                },
            };
        });
        return new AmgaSite(host, port, where);
    }

    public static GridMetadata ClientOf(TestGrid grid) => GridMetadata.Open(
        new GridEnvironment { CertificateFile = grid.PhysicianProxy, KeyFile = grid.PhysicianProxy, TrustDirectory = grid.CertificateDirectory, Endpoint = null, Searched = "the bench's own grid" });

    /// <summary>A session over TLS.</summary>
    public Task<AmgaConnection> ConnectAsync() => Client.ConnectAsync(Server, Collection, CancellationToken.None);

    public async Task MakeCollectionAsync()
    {
        await using var connection = await Client.ConnectAsync(Server, null, CancellationToken.None);
        await connection.ExecuteAsync(["createdir", Collection], CancellationToken.None);
        await connection.ExecuteAsync(["addattr", Collection, .. AmgaRows.Attributes.SelectMany(attribute => new[] { attribute.Name, attribute.Type })], CancellationToken.None);
    }

    /// <summary>Puts rows in bulk, so many in one upload.</summary>
    public async Task UploadAsync(int first, int count, int perCommit = 100_000)
    {
        await using var connection = await ConnectAsync();
        for (var at = first; at < first + count; at += perCommit)
            await connection.UploadAsync(Commands(at, Math.Min(perCommit, first + count - at)), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _host.DisposeAsync();
    }

#pragma warning disable CS1998 // Rows that are there at once, where others would read them from somewhere.
    private static async IAsyncEnumerable<IReadOnlyList<string>> Commands(int first, int count)
#pragma warning restore CS1998
    {
        yield return ["upload", Collection, .. AmgaRows.Attributes.Select(attribute => attribute.Name)];
        for (var row = first; row < first + count; row++)
            yield return AmgaRows.Put(row);
    }
}
