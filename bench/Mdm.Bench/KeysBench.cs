using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Mdm.Formats.Shares;
using Mdm.Gsi.Client;
using Mdm.Gsi.Trust;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Bench;

/// <summary>Splitting and joining a key; requests to one keystore process over TLS that is kept; keys registered and read over three.</summary>
internal static class KeysBench
{
    private const int Keystores = 3;
    private const int Threshold = 2;

    public static async Task RunAsync(Arguments arguments)
    {
        Split(arguments.Or("splits", 20_000));
        var grid = new TestGrid();
        var keystores = await Task.WhenAll(Enumerable.Range(0, Keystores).Select(_ => StartAsync(grid)));
        try
        {
            using var trust = new TrustStore(new TrustOptions { CertificateDirectory = grid.CertificateDirectory, ReloadInterval = TimeSpan.Zero }, NullLogger<TrustStore>.Instance);
            using var tls = new GridTlsClient(trust);
            using var host = GridCredential.Load(grid.HostCertificate, grid.HostKey);
            using var http = KeystoreConnections.Create(async (endpoint, cancellationToken) => await tls.ConnectAsync(endpoint.Host, endpoint.Port, host, GridTlsMode.Tls, cancellationToken));
            var clients = keystores.Select(k => new KeystoreClient(http, new Uri(string.Create(CultureInfo.InvariantCulture, $"https://localhost:{k.Port}/services/keys")))).ToArray();
            await RequestsAsync(clients, TimeSpan.FromSeconds(arguments.Or("seconds", 3)));
        }
        finally
        {
            foreach (var keystore in keystores)
                await keystore.DisposeAsync();
            grid.Dispose();
        }
    }

    private static void Split(int count)
    {
        var key = RandomNumberGenerator.GetBytes(ContentKey.Size);
        var id = new KeyId(key.AsSpan(0, KeyId.Size));
        void Once()
        {
            var shares = KeySplitter.Split(id, key, 1, Threshold, Keystores);
            using var joined = KeySplitter.Join(id, [shares[0], shares[2]]);
            if (!joined.Key.SequenceEqual(key))
                throw new InvalidOperationException("the key did not come back");
        }

        byte[] places = [1, 2, 3];
        var result = new byte[key.Length];
        void Bare()
        {
            var shares = Shamir.Split(key, Threshold, places);
            Shamir.Interpolate([1, 3], [shares[0], shares[2]], 0, result);
        }

        foreach (var (what, act) in new (string, Action)[] { ("split 2 of 3 and join, polynomials only", Bare), ("split 2 of 3, proved, with MACs, and join", Once) })
        {
            for (var i = 0; i < count / 4; i++)
                act();
            var clock = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
                act();
            Report.Line(what, Stopwatch.GetElapsedTime(clock).TotalMicroseconds / count, "µs a key");
        }
    }

    private static async Task RequestsAsync(KeystoreClient[] clients, TimeSpan time)
    {
        var group = new KeystoreGroup(clients, Threshold);
        var rights = KeyRights.OfOwner(new GridIdentity(DistinguishedName.Parse("/DC=org/DC=testgrid/CN=localhost")));
        var ids = Enumerable.Range(0, 1024).Select(_ => new KeyId(RandomNumberGenerator.GetBytes(KeyId.Size))).ToArray();
        var clock = Stopwatch.GetTimestamp();
        var registered = await group.RegisterAsync([.. ids.Select(id => new KeyOrder(id, rights, 1))], ContentKey.Size, CancellationToken.None);
        Report.Line("keys registered at three keystores, in batches", ids.Length / Stopwatch.GetElapsedTime(clock).TotalSeconds, "keys/s");
        if (registered.Any(r => !r.IsNew))
            throw new InvalidOperationException("not all were registered");
        foreach (var (connections, batch) in new[] { (1, 1), (16, 1), (16, 64) })
        {
            var done = await LoadAsync(time, connections, async () => await clients[0].ReadAsync(new ReadRequest([.. Enumerable.Range(0, batch).Select(_ => RandomNumberGenerator.GetItems<KeyId>(ids, 1)[0])]), CancellationToken.None));
            Report.Line($"requests to one keystore, {connections} connections, {batch} keys each", done / time.TotalSeconds, "requests/s");
        }
        var read = await LoadAsync(time, 16, async () => (await group.GetKeysAsync([RandomNumberGenerator.GetItems<KeyId>(ids, 1)[0]], null, CancellationToken.None))[0].Key!.Dispose());
        Report.Line("keys read from two of three and joined, 16 at once", read / time.TotalSeconds, "keys/s");
    }

    private static async Task<int> LoadAsync(TimeSpan time, int parallel, Func<Task> act)
    {
        await act();
        var done = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(_ => Task.Run(async () =>
        {
            while (clock.Elapsed < time)
            {
                await act();
                Interlocked.Increment(ref done);
            }
        })));
        return done;
    }

    private static Task<HostProcess> StartAsync(TestGrid grid) => HostProcess.StartAsync(grid, configuration =>
    {
        configuration.Remove("Catalog");
        configuration.Remove("Staging");
        configuration.Remove("Administrators");
        configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Hydra");
        // As a site would that leaves the lines to its own log.
        configuration["Logging"] = new JsonObject { ["Levels"] = new JsonObject { ["Mdm.Plugins.Hydra"] = "Warning" } };
        configuration["Services"] = new JsonObject
        {
            ["keys"] = new JsonObject
            {
                ["Type"] = "hydra-keystore",
                ["Options"] = new JsonObject { ["Store"] = "sqlite:state/keys.db", ["Registrars"] = new JsonObject { ["site"] = new JsonArray("/DC=org/DC=testgrid/CN=localhost") } },
            },
        };
    });
}
