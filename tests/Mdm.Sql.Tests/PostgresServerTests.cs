using System.Globalization;
using Mdm.TestKit;

namespace Mdm.Sql.Tests;

/// <summary>On a server of their own, which they stop and start.</summary>
public sealed class PostgresServerTests : IAsyncLifetime
{
    private static readonly SqlSchema Words = new("words", ["CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY)"]);

    private PostgresServer _server = null!;

    public async Task InitializeAsync() => _server = await PostgresServer.StartAsync();

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [SkippableTheory]
    [InlineData("INT")]
    [InlineData("QUIT")]
    public async Task A_server_that_goes_and_comes_again_has_all_that_was_acknowledged(string signal)
    {
        await using var store = Open(_server.Store(further: ";RetryFor=0"));
        await Add(store, "before");
        (await Count(store)).Should().Be(1);

        await _server.StopAsync(signal);
        (await store.Invoking(x => Add(x, "meanwhile")).Should().ThrowAsync<SqlStoreException>()).Which.Trouble.Should().Be(SqlTrouble.Unavailable);
        (await store.Invoking(Count).Should().ThrowAsync<SqlStoreException>()).Which.Trouble.Should().Be(SqlTrouble.Unavailable);

        await _server.StartAgainAsync();
        await Add(store, "after");
        (await Count(store)).Should().Be(2);
    }

    [SkippableFact]
    public async Task What_is_asked_while_the_server_is_restarted_is_done_when_it_is_back()
    {
        await using var store = Open(_server.Store(further: ";RetryFor=120"));
        await Add(store, "before");
        (await Count(store)).Should().Be(1);

        await _server.StopAsync();
        var (added, counted) = (Add(store, "meanwhile"), Count(store));
        // Held by nothing but the server that is away.
        await store.Invoking(x => x.ReadAsync(s => s.Scalar<long>("SELECT 1"), new CancellationToken(canceled: true))).Should().ThrowAsync<OperationCanceledException>();
        (added.IsCompleted, counted.IsCompleted).Should().Be((false, false));
        await _server.StartAgainAsync();

        await added;
        (await counted).Should().BeInRange(1, 2);
        (await Count(store)).Should().Be(2);
    }

    [SkippableFact]
    public async Task Writers_who_try_again_while_the_server_comes_and_goes_lose_and_double_nothing()
    {
        await using var store = Open(_server.Store());
        using var stop = new CancellationTokenSource();
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<string>();
        var failures = 0;
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var word = string.Create(CultureInfo.InvariantCulture, $"{writer} {i}");
                while (true)
                {
                    try
                    {
                        // Whether a write whose acknowledgement was lost was kept is not known: so whoever tries again must not mind.
                        await store.WriteAsync(s => s.Execute("INSERT INTO words (word) VALUES ($1) ON CONFLICT DO NOTHING", word), CancellationToken.None);
                        acknowledged.Add(word);
                        break;
                    }
                    catch (SqlStoreException e) when (e.IsTransient)
                    {
                        Interlocked.Increment(ref failures);
                        await Task.Delay(20);
                    }
                }
            }
        })).ToArray();

        for (var round = 0; round < 2; round++)
        {
            var enough = acknowledged.Count + 100;
            await Here.UntilAsync(() => Task.FromResult(acknowledged.Count >= enough), TimeSpan.FromSeconds(60), "writers get on");
            await _server.StopAsync("QUIT");
            var before = Volatile.Read(ref failures);
            await Here.UntilAsync(() => Task.FromResult(Volatile.Read(ref failures) > before), TimeSpan.FromSeconds(60), "writers fail");
            await _server.StartAgainAsync();
        }
        await stop.CancelAsync();
        await Task.WhenAll(writers).WaitAsync(TimeSpan.FromSeconds(60));

        var kept = await store.ReadAsync(s => s.Query("SELECT word FROM words", row => row.GetString(0)), CancellationToken.None);
        kept.Should().BeEquivalentTo(acknowledged);
    }

    [SkippableFact]
    public async Task Refuses_a_server_that_does_not_sync()
    {
        _server.Set("fsync=off");
        await _server.StopAsync();
        await _server.StartAgainAsync();
        _server.Invoking(server => Open(server.Store())).Should().Throw<SqlStoreException>().WithMessage("*fsync=off*").Which.Trouble.Should().Be(SqlTrouble.Configuration);
    }

    [SkippableFact]
    public async Task Speaks_tls_to_the_server_that_the_trusted_authority_names_and_to_no_other()
    {
        using var grid = new TestGrid();
        using var other = new TestGrid();
        await _server.UseTlsAsync(grid.HostCertificate, grid.HostKey);
        await _server.StopAsync();
        await _server.StartAgainAsync();
        string Store(string host, string tls, string trust) =>
            $"postgres:Host={host};Port={_server.Port.ToString(CultureInfo.InvariantCulture)};Database=mdm;Username=mdm;Tls={tls};TrustFile={trust};PasswordFile={grid.WriteSecret(_server.Password)}";
        var authority = Directory.GetFiles(grid.CertificateDirectory, "*.0")[0];
        var stranger = Directory.GetFiles(other.CertificateDirectory, "*.0")[0];

        await using (var store = Open(Store("localhost", "VerifyFull", authority)))
            (await store.ReadAsync(s => s.Scalar<string>("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), CancellationToken.None)).Should().StartWith("TLSv1.");
        await Open(Store("127.0.0.1", "VerifyCa", authority)).DisposeAsync();
        foreach (var store in (string[])[Store("127.0.0.1", "VerifyFull", authority), Store("localhost", "VerifyFull", stranger), Store("localhost", "VerifyCa", stranger)])
            FluentActions.Invoking(() => Open(store)).Should().Throw<SqlStoreException>().WithMessage("*TLS*").Which.Trouble.Should().Be(SqlTrouble.Configuration);
    }

    private static SqlStore Open(string store) => SqlStore.Open(SqlStoreAddress.Parse(store, "/"), Words, new SqlStoreOptions("the tests"));

    private static Task<int> Add(SqlStore store, string word) => store.WriteAsync(s => s.Execute("INSERT INTO words (word) VALUES ($1)", word), CancellationToken.None);

    private static Task<long> Count(SqlStore store) => store.ReadAsync(s => s.Scalar<long>("SELECT count(*) FROM words"), CancellationToken.None);
}
