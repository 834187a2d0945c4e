using Mdm.Abstractions.Testing;
using Mdm.Host.Keys;
using Mdm.Host.Tests.Doubles;
using FullCatalog = Mdm.Abstractions.Testing.InMemoryCatalog;

namespace Mdm.Host.Tests.Keys;

public sealed class ContentKeysTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly GridIdentity Alice = new(DistinguishedName.Parse("/DC=org/CN=Alice"));
    private static readonly GridIdentity Bob = new(DistinguishedName.Parse("/DC=org/CN=Bob"));

    private readonly string _folder = Directory.CreateTempSubdirectory("mdm-keys-").FullName;
    private readonly FullCatalog _catalog = new();
    private FaultyKeyStore _store = null!;
    private KeyBench _bench = null!;

    public Task InitializeAsync()
    {
        Start();
        return Task.CompletedTask;
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_file_has_the_same_key_each_time_and_after_a_restart()
    {
        var entry = await AddAsync("/a");
        var first = await KeyAsync(entry);

        await RestartAsync();

        (await KeyAsync(entry)).Should().Equal(first);
        (await KeyAsync(await AddAsync("/b"))).Should().NotEqual(first);
    }

    [Fact]
    public async Task The_keystore_refuses_who_may_not_read_the_file()
    {
        var entry = await AddAsync("/a", Acl.FromMode(0b110_000_000));
        await KeyAsync(entry);

        using var key = await _bench.Keys.GetAsync(entry.Id, Alice, default);
        (await FluentActions.Awaiting(() => _bench.Keys.GetAsync(entry.Id, Bob, default)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.AccessDenied);
    }

    [Fact]
    public async Task Rights_follow_the_catalogue_once_the_change_is_there()
    {
        var entry = await AddAsync("/a", Acl.FromMode(0b110_000_100));
        await KeyAsync(entry);
        (await _bench.Keys.GetAsync(entry.Id, Bob, default)).Dispose();

        using (await _bench.Outbox.BeginAsync([entry.Id], default))
        {
            _bench.Outbox.Wake();
            await _catalog.SetAclAsync(entry.Id, Acl.FromMode(0b110_000_000), entry.AclVersion, default);
        }
        await _bench.Outbox.SettledAsync(entry.Id, default).WaitAsync(TimeSpan.FromSeconds(60));

        await FluentActions.Awaiting(() => _bench.Keys.GetAsync(entry.Id, Bob, default)).Should().ThrowAsync<MdmException>();
        lock (_store.Told)
            _store.Told.Select(told => told.Acl.Mode).Should().Equal(0b110_000_000);
    }

    [Fact]
    public async Task A_change_that_a_keystore_missed_is_told_when_it_is_back_also_after_a_restart()
    {
        var entry = await AddAsync("/a", Acl.FromMode(0b110_000_100));
        await KeyAsync(entry);
        _store.IsDown = true;

        using (await _bench.Outbox.BeginAsync([entry.Id], default))
            await _catalog.SetAclAsync(entry.Id, Acl.FromMode(0b110_000_000), entry.AclVersion, default);
        (await _bench.Ledger.BacklogAsync(default)).Count.Should().Be(1);
        await RestartAsync();

        _bench.Outbox.Wake();
        await Eventually.HoldsAsync(() => _bench.Ledger.BacklogAsync(default).Result.Count == 0, "the keystores have been told");
        await FluentActions.Awaiting(() => _bench.Keys.GetAsync(entry.Id, Bob, default)).Should().ThrowAsync<MdmException>();
    }

    [Fact]
    public async Task Rights_that_change_while_the_first_key_is_made_are_told_too()
    {
        var entry = await AddAsync("/a", Acl.FromMode(0b110_000_100));
        _store.BeforeObtaining = async () => await _catalog.SetAclAsync(entry.Id, Acl.FromMode(0b110_000_000), entry.AclVersion, default);

        await KeyAsync(entry);
        _bench.Outbox.Wake();

        await Eventually.HoldsAsync(() => _bench.Ledger.BacklogAsync(default).Result.Count == 0, "the keystores have been told");
        await FluentActions.Awaiting(() => _bench.Keys.GetAsync(entry.Id, Bob, default)).Should().ThrowAsync<MdmException>();
    }

    [Fact]
    public async Task A_removed_file_s_key_is_destroyed_and_its_id_never_used_again()
    {
        var entry = await AddAsync("/a");
        var (id, key) = (_bench.Keys.IdOf(entry.Id), await KeyAsync(entry));

        using (await _bench.Outbox.BeginAsync([entry.Id], default))
            await _catalog.RemoveAsync(entry.Id, default);
        await _bench.Outbox.SettledAsync(entry.Id, default).WaitAsync(TimeSpan.FromSeconds(60));

        lock (_store.Destroyed)
            _store.Destroyed.Should().Equal(id);
        var again = await AddAsync("/a");
        _bench.Keys.IdOf(again.Id).Should().NotBe(id);
        (await KeyAsync(again)).Should().NotEqual(key);
    }

    [Fact]
    public async Task A_removal_that_did_not_come_to_pass_destroys_nothing()
    {
        var entry = await AddAsync("/a");
        var key = await KeyAsync(entry);

        using (await _bench.Outbox.BeginAsync([entry.Id], default))
        {
            // The process dies here, before the catalogue knows.
        }
        await _bench.Outbox.SettledAsync(entry.Id, default).WaitAsync(TimeSpan.FromSeconds(60));

        (await KeyAsync(entry)).Should().Equal(key);
    }

    [Fact]
    public async Task A_rotated_file_gets_another_key_and_the_old_one_is_destroyed()
    {
        var entry = await AddAsync("/a");
        var (id, key) = (_bench.Keys.IdOf(entry.Id), await KeyAsync(entry));

        await _bench.Keys.RotateAsync([entry.Id], default);
        _bench.Outbox.Wake();

        (await KeyAsync(entry)).Should().NotEqual(key);
        await Eventually.HoldsAsync(() => _store.Destroyed.Contains(id), "the old key is destroyed");
        await RestartAsync();
        _bench.Keys.IdOf(entry.Id).Should().NotBe(id);
    }

    [Fact]
    public async Task Reconciling_finds_and_mends_what_drifted()
    {
        var (drifted, gone, lost, sound) = (await AddAsync("/drifted"), await AddAsync("/gone"), await AddAsync("/lost"), await AddAsync("/sound"));
        foreach (var entry in new[] { drifted, gone, lost, sound })
            await KeyAsync(entry);
        var orphan = new KeyDraft(KeyId.Parse("ffffffffffffffffffffffffffffff01"), sound.Owner, sound.Group, sound.Acl);
        (await _store.ObtainManyAsync([orphan], default))[0].Key!.Dispose();
        await _catalog.SetAclAsync(drifted.Id, Acl.FromMode(0), drifted.AclVersion, default);
        await _catalog.RemoveAsync(gone.Id, default);
        await _store.DestroyManyAsync([_bench.Keys.IdOf(lost.Id)], default);

        var found = await _bench.Reconciler.RunAsync(mend: true, default).ToListAsync();

        found.Select(f => (f.Drift, f.File)).Should().BeEquivalentTo(
            [(KeyDrift.RightsDiffer, (FileId?)drifted.Id), (KeyDrift.FileGone, gone.Id), (KeyDrift.Lost, lost.Id), (KeyDrift.Orphan, null)]);
        await Eventually.HoldsAsync(() => _bench.Ledger.BacklogAsync(default).Result.Count == 0, "all of it is told");
        (await _bench.Reconciler.RunAsync(mend: false, default).ToListAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Reconciling_after_the_ledger_was_lost_costs_no_key()
    {
        var entry = await AddAsync("/a");
        var key = await KeyAsync(entry);
        await _bench.Ledger.WriteAsync(session => session.Execute("DELETE FROM keys"), default);

        (await _bench.Reconciler.RunAsync(mend: true, default).ToListAsync()).Should().BeEmpty();

        (await KeyAsync(entry)).Should().Equal(key);
    }

    private void Start() => _bench = new KeyBench(_folder, _catalog, TimeProvider.System, ledger => _store = new FaultyKeyStore(new LocalKeyStore(ledger)));

    private async Task RestartAsync()
    {
        await _bench.DisposeAsync();
        Start();
    }

    private async Task<CatalogEntry> AddAsync(string path, Acl? acl = null) => (await _catalog.CreateManyAsync(
        [CatalogDrafts.File(path) with { Owner = Alice.Subject, Acl = acl ?? Acl.FromMode(0b110_100_100) }], default))[0].Entry!;

    private async Task<byte[]> KeyAsync(CatalogEntry entry)
    {
        using var key = (await _bench.Keys.ObtainAsync([entry], default))[0].Key!;
        return key.Bytes.ToArray();
    }
}
