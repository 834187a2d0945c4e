using Mdm.Abstractions.Testing;
using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Keys;
using Mdm.Host.Members;
using Mdm.Host.Metadata;
using Mdm.Host.Tests.Doubles;
using Mdm.Host.Tests.Keys;
using Mdm.Sql;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using FullCatalog = Mdm.Abstractions.Testing.InMemoryCatalog;

namespace Mdm.Host.Tests.Members;

/// <summary>What a host has noted and not yet told: its own while it lives, told once by another when it is dead.</summary>
public sealed class NotesOfADeadHostTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>, IAsyncLifetime, IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly DistinguishedName Alice = DistinguishedName.Parse("/DC=org/CN=Alice");

    private readonly FullCatalog _catalog = new();
    private readonly TemporaryDirectory _folder = new();
    private PostgresServer _server = null!;
    private MemberBench _members = null!;
    private (Membership One, Membership Two) _hosts;

    public async Task InitializeAsync()
    {
        _server = await postgres.ServerAsync();
        _members = new MemberBench(_server.Store());
        _hosts = (await _members.StartAsync("one"), await _members.StartAsync("two"));
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await _members.DisposeAsync();
        await _catalog.DisposeAsync();
        _folder.Dispose();
    }

    [SkippableFact]
    public async Task Keystores_are_told_once_by_another_host_and_not_before_it_is_dead()
    {
        var ledger = _server.Store();
        TestStores.Are(_ => ledger);
        FaultyKeyStore? ones = null, twos = null;
        await using var one = new KeyBench(_folder["one"], _catalog, _members.Time, keys => ones = new FaultyKeyStore(new LocalKeyStore(keys)), _hosts.One);
        await using var two = new KeyBench(_folder["two"], _catalog, _members.Time, keys => twos = new FaultyKeyStore(new LocalKeyStore(keys)), _hosts.Two);
        var files = new List<CatalogEntry>();
        foreach (var name in (string[])["/a", "/b", "/c"])
        {
            files.Add(await AddAsync(name));
            (await one.Keys.ObtainAsync([files[^1]], default))[0].Key!.Dispose();
        }
        ones!.IsDown = true;
        await ChangeAsync(one.Outbox, files[0]);

        // It lives: the other looks, and tells what is its own.
        await ChangeAsync(two.Outbox, files[1]);
        await two.Outbox.SettledAsync(files[1].Id, default).WaitAsync(Limit);
        (await one.Ledger.BacklogAsync(default)).Count.Should().Be(1);
        Told(twos!).Should().Equal(two.Keys.IdOf(files[1].Id));

        await _members.PassALeaseAsync(_hosts.Two);
        two.Outbox.Wake();
        await Eventually.HoldsAsync(() => two.Ledger.BacklogAsync(default).Result.Count == 0, "another host has told what the dead one noted");
        Told(twos!).Should().Equal(two.Keys.IdOf(files[1].Id), two.Keys.IdOf(files[0].Id));

        // It is back, and has nothing to tell but what is new.
        await _hosts.One.RenewAsync();
        ones.IsDown = false;
        await ChangeAsync(one.Outbox, files[2]);
        await one.Outbox.SettledAsync(files[2].Id, default).WaitAsync(Limit);
        Told(ones).Should().Equal(one.Keys.IdOf(files[2].Id));
    }

    [SkippableFact]
    public async Task Metadata_is_told_once_by_another_host_and_not_before_it_is_dead()
    {
        var ledger = SqlStoreAddress.Parse(_server.Store(), "/");
        await using var ones = MetadataLedger.Open(ledger, _members.Time, _hosts.One);
        await using var twos = MetadataLedger.Open(ledger, _members.Time, _hosts.Two);
        var store = new MetadataInMemory();
        var (dead, lives) = (Follower(ones, _hosts.One), Follower(twos, _hosts.Two));
        var (mine, other) = (await AddAsync("/a"), await AddAsync("/b"));
        await lives.StartAsync(default);

        // The first notes, the catalogue changes, and it tells nobody any more.
        await RemoveAsync(dead, mine);
        await RemoveAsync(lives, other);
        await lives.SettledAsync(other.Id, default).WaitAsync(Limit);
        store.Removed.Should().Equal(other.Id);

        await _members.PassALeaseAsync(_hosts.Two);
        lives.Wake();
        await Eventually.HoldsAsync(() => twos.BacklogAsync(default).Result.Count == 0, "another host has told what the dead one noted");
        store.Removed.Should().Equal(other.Id, mine.Id);

        await lives.StopAsync(default);
        dead.Dispose();
        lives.Dispose();

        MetadataFollower Follower(MetadataLedger rows, Membership host) => new(rows, MetadataPlans.Of(new HostOptions()), store, _catalog, host, NullLogger<MetadataFollower>.Instance);
    }

    private static List<KeyId> Told(FaultyKeyStore store)
    {
        lock (store.Told)
            return store.Told.ConvertAll(draft => draft.Id);
    }

    private async Task<CatalogEntry> AddAsync(string path) => (await _catalog.CreateManyAsync(
        [CatalogDrafts.File(path) with { Owner = Alice, Acl = Acl.FromMode(0b110_100_100) }], default))[0].Entry!;

    private async Task ChangeAsync(KeyOutbox outbox, CatalogEntry entry)
    {
        using (await outbox.BeginAsync([entry.Id], default))
            await _catalog.SetAclAsync(entry.Id, Acl.FromMode(0b110_000_000), entry.AclVersion, default);
    }

    private async Task RemoveAsync(MetadataFollower follower, CatalogEntry entry)
    {
        using (await follower.BeginAsync([entry.Id], default))
            await _catalog.RemoveAsync(entry.Id, default);
    }
}
