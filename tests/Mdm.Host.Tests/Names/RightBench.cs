using System.Collections.Immutable;
using Mdm.Abstractions.Testing;
using Mdm.Host.Access;
using Mdm.Host.Keys;
using Mdm.Host.Members;
using Mdm.Host.Metadata;
using Mdm.Host.Tests.Doubles;
using Mdm.Sql;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using FullCatalog = Mdm.Abstractions.Testing.InMemoryCatalog;

namespace Mdm.Host.Tests.Names;

/// <summary>Where a host dies while a right changes: between every two of its steps.</summary>
public enum Death
{
    BeforeAnythingIsNoted,
    WhenKeysAreNoted,
    WhenAllIsNoted,
    WhenTheCatalogueHasChanged,
    WhenTheKeystoresAreTold,
    BeforeTheMetadataIsTold,
    WhenTheMetadataIsTold,
    Never,
}

/// <summary>
/// One file with a key and a row, and a host that changes its right: catalogue, keystore and metadata last, the host dies and another takes its place with what was written to the ledgers. From its death on a host reaches
/// nobody, whatever its threads still try.
/// </summary>
internal sealed class RightBench : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly AuditTrail _audit;
    private readonly MetadataPlans _plans = MetadataPlans.Of(NameBench.Options);
    private readonly InMemoryMetadataStore _rows = new();
    private Life _life;

    private RightBench()
    {
        _audit = new AuditTrail(_folder["audit"], TimeProvider.System);
        _life = new Life(this, Death.Never);
    }

    public static GridIdentity Owner => NameBench.Alice;

    public FullCatalog Catalog { get; } = new();

    public CatalogEntry File => Catalog.FindAsync(CatalogDrafts.Id("/f"), default).AsTask().GetAwaiter().GetResult()!;

    /// <summary>True while the keystore does not answer.</summary>
    public bool AreKeysAway { get; set; }

    /// <summary>True while the metadata does not answer.</summary>
    public bool IsMetadataAway { get; set; }

    private MetadataPlan Plan => _plans.Find(NameBench.Searched)!;

    public static async Task<RightBench> StartAsync()
    {
        var bench = new RightBench();
        await bench.Catalog.CreateManyAsync(
            [CatalogDrafts.File("/f") with { Owner = Owner.Subject, Group = NameBench.Biomed, Acl = Acl.FromMode(0b110_100_000), Publication = NameBench.Searched }], default);
        var root = bench.Catalog.WalkAsync(StoragePath.Root, default).AsTask().GetAwaiter().GetResult()[0];
        await bench.Catalog.SetAclAsync(root.Id, Acl.FromMode(0b111_111_111), root.AclVersion, default);
        (await bench._life.Keys.Keys.ObtainAsync([bench.File], default))[0].Key!.Dispose();
        await bench._rows.DeclareAsync(new MetadataCollection(bench.Plan.Collection, [new MetadataColumn("Modality", "varchar(255)", "image")]), bench.Plan.Readers, default);
        await bench._life.Rows.PutAsync(bench.Plan, [(bench.File, [new ArchiveAttribute("Modality", "CS", ["CT"])])], default);
        await bench._life.Ledger.PutAsync(bench.Plan.Collection, [(bench.File.Id, [1])], default);
        return bench;
    }

    /// <summary>The host ends as kill -9 ends it, and another takes its place, which will die there.</summary>
    public async Task LiveAgainAsync(Death death = Death.Never)
    {
        await _life.DisposeAsync();
        _life = new Life(this, death);
    }

    /// <summary>Changes both rights; false where the host died or failed on the way.</summary>
    public async Task<bool> ChangeAsync(Acl acl, Acl? search)
    {
        try
        {
            await _life.Names.SetRightsAsync(Owner, StoragePath.Parse("/f"), _ => (acl, search), default);
            return true;
        }
        catch (MdmException)
        {
            return false;
        }
    }

    public Task<bool> IsSettledAsync(TimeSpan limit) => _life.Names.HaveRightsSettledAsync(File, limit, default).AsTask();

    /// <summary>Until this host has told all that there was to tell.</summary>
    public async Task AllIsToldAsync()
    {
        _life.Wake();
        await Here.UntilAsync(async () => (await _life.Ledger.BacklogAsync(default)).Count == 0 && (await _life.Keys.Ledger.BacklogAsync(default)).Count == 0, TimeSpan.FromSeconds(60), "all is told");
    }

    /// <summary>Until it has died where it was to die.</summary>
    public Task DiesAsync() => Here.UntilAsync(() => Task.FromResult(_life.IsDead), TimeSpan.FromSeconds(60), "the host dies");

    /// <summary>The rights as the keystore has them, and whether a member of the group finds the file.</summary>
    public async Task<(Acl Key, bool IsFound)> HeldAsync()
    {
        var keys = new List<KeyRecord>();
        await foreach (var key in ((IListableKeyStore)_life.Keys.Store).ListAsync(default))
            keys.Add(key);
        var found = false;
        await foreach (var row in _rows.QueryAsync(new MetadataQuery(Plan.Collection, [], [], 10), NameBench.Bob, default))
            found |= row.File == File.Id;
        return (keys.Single().Rights.Acl, found);
    }

    /// <summary>What a reconciliation finds.</summary>
    public async Task<List<string>> DifferencesAsync()
    {
        var found = new List<string>();
        await foreach (var finding in _life.Keys.Reconciler.RunAsync(false, default))
            found.Add(finding.Drift.ToString());
        await foreach (var finding in new RowReconciler(_plans, _rows, Catalog, _life.Ledger, null).RunAsync(false, default))
            found.Add(finding.Drift.ToString());
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await _life.DisposeAsync();
        _audit.Dispose();
        _folder.Dispose();
    }

    /// <summary>A host's life.</summary>
    private sealed class Life : IRestrictableMetadataStore
    {
        private readonly RightBench _bench;
        private readonly Death _death;
        private readonly MetadataFollower _follower;
        private int _isDead;

        public Life(RightBench bench, Death death)
        {
            (_bench, _death) = (bench, death);
            Keys = new KeyBench(bench._folder["keys"], bench.Catalog, TimeProvider.System, ledger => new MortalKeyStore(new LocalKeyStore(ledger), this));
            Ledger = MetadataLedger.Open(SqlStoreAddress.Parse("sqlite:rows.db", bench._folder.Path), TimeProvider.System, Membership.Alone("host"));
            _follower = new MetadataFollower(Ledger, bench._plans, this, bench.Catalog, Membership.Alone("host"), NullLogger<MetadataFollower>.Instance);
            Rows = new MetadataRows(this, bench._plans, null!, Ledger, _follower, bench.Catalog, new byte[32], NullLogger<MetadataRows>.Instance);
            _follower.StartAsync(CancellationToken.None);
            var catalog = new MortalCatalog(bench.Catalog, this);
            var identity = new IdentityPolicy(ImmutableDictionary<string, ImmutableHashSet<string>>.Empty, []);
            var followers = new RightsFollowers([new Gate(this, Death.BeforeAnythingIsNoted), Keys.Outbox, new Gate(this, Death.WhenKeysAreNoted), _follower, new Gate(this, Death.WhenAllIsNoted)]);
            Names = new NameSpace(new PathWalk(catalog), catalog, identity, null!, followers, bench._audit, TimeProvider.System);
        }

        public KeyBench Keys { get; }

        public MetadataLedger Ledger { get; }

        public MetadataRows Rows { get; }

        public NameSpace Names { get; }

        public bool IsDead => Volatile.Read(ref _isDead) != 0;

        public void Wake()
        {
            Keys.Outbox.Wake();
            _follower.Wake();
        }

        /// <summary>Here it dies, if it was to.</summary>
        public void Pass(Death point)
        {
            if (_death == point)
                Volatile.Write(ref _isDead, 1);
            Live();
        }

        public void Live()
        {
            if (IsDead)
                throw new MdmException(MdmErrorKind.Unavailable, "The host is dead.");
        }

        public async ValueTask PutManyAsync(IReadOnlyList<MetadataRow> rows, CancellationToken cancellationToken)
        {
            if (_bench.IsMetadataAway)
                throw new MdmException(MdmErrorKind.Unavailable, "The metadata is away.");
            Pass(Death.BeforeTheMetadataIsTold);
            await _bench._rows.PutManyAsync(rows, cancellationToken);
            Pass(Death.WhenTheMetadataIsTold);
        }

        public ValueTask<Guid> DeclareAsync(MetadataCollection collection, ImmutableArray<MetadataGrant> readers, CancellationToken cancellationToken) => _bench._rows.DeclareAsync(collection, readers, cancellationToken);

        public ValueTask RemoveAsync(FileId file, CancellationToken cancellationToken) => _bench._rows.RemoveAsync(file, cancellationToken);

        public IAsyncEnumerable<RowRights> ListReadersAsync(StoragePath collection, CancellationToken cancellationToken) => _bench._rows.ListReadersAsync(collection, cancellationToken);

        public IAsyncEnumerable<MetadataCollection> DescribeAsync(GridIdentity caller, CancellationToken cancellationToken) => _bench._rows.DescribeAsync(caller, cancellationToken);

        public IAsyncEnumerable<MetadataRow> QueryAsync(MetadataQuery query, GridIdentity caller, CancellationToken cancellationToken) => _bench._rows.QueryAsync(query, caller, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            // What its threads still try reaches nobody.
            Volatile.Write(ref _isDead, 1);
            await _follower.StopAsync(CancellationToken.None);
            _follower.Dispose();
            await Ledger.DisposeAsync();
            await Keys.DisposeAsync();
        }

        /// <summary>Throws where the keystore does not answer.</summary>
        public void DemandKeys()
        {
            Live();
            if (_bench.AreKeysAway)
                throw new MdmException(MdmErrorKind.Unavailable, "Two of three keystores do not answer.");
        }
    }

    private sealed class MortalKeyStore(IListableKeyStore inner, Life life) : IListableKeyStore
    {
        public ValueTask<IReadOnlyList<KeyOutcome>> ObtainManyAsync(IReadOnlyList<KeyDraft> drafts, CancellationToken cancellationToken) => inner.ObtainManyAsync(drafts, cancellationToken);

        public ValueTask<ContentKey> GetAsync(KeyId id, GridIdentity caller, CancellationToken cancellationToken) => inner.GetAsync(id, caller, cancellationToken);

        public async ValueTask SetRightsManyAsync(IReadOnlyList<KeyDraft> rights, CancellationToken cancellationToken)
        {
            life.DemandKeys();
            await inner.SetRightsManyAsync(rights, cancellationToken);
            life.Pass(Death.WhenTheKeystoresAreTold);
        }

        public ValueTask DestroyManyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken) => inner.DestroyManyAsync(ids, cancellationToken);

        public IAsyncEnumerable<KeyRecord> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class MortalCatalog(FullCatalog inner, Life life) : IFindableCatalog
    {
        public async ValueTask<CatalogEntry> SetRightsAsync(FileId id, Acl acl, Acl? search, long expectedVersion, CancellationToken cancellationToken)
        {
            life.Live();
            var changed = await inner.SetRightsAsync(id, acl, search, expectedVersion, cancellationToken);
            life.Pass(Death.WhenTheCatalogueHasChanged);
            return changed;
        }

        public ValueTask<IReadOnlyList<CatalogEntry>> WalkAsync(StoragePath path, CancellationToken cancellationToken) => inner.WalkAsync(path, cancellationToken);

        public ValueTask<CatalogEntry?> FindAsync(FileId id, CancellationToken cancellationToken) => inner.FindAsync(id, cancellationToken);

        public ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(StoragePath directory, string? after, int skip, int limit, CancellationToken cancellationToken) => inner.ListAsync(directory, after, skip, limit, cancellationToken);

        public ValueTask<IReadOnlyList<CreateOutcome>> CreateManyAsync(IReadOnlyList<CatalogDraft> drafts, CancellationToken cancellationToken) => inner.CreateManyAsync(drafts, cancellationToken);

        public ValueTask<CreateOutcome> ReplaceAsync(FileId old, CatalogDraft draft, CancellationToken cancellationToken) => inner.ReplaceAsync(old, draft, cancellationToken);

        public ValueTask<CatalogEntry> SetAclAsync(FileId id, Acl acl, long expectedVersion, CancellationToken cancellationToken) => inner.SetAclAsync(id, acl, expectedVersion, cancellationToken);

        public ValueTask SetFactsAsync(FileId id, FileFacts? facts, CancellationToken cancellationToken) => inner.SetFactsAsync(id, facts, cancellationToken);

        public ValueTask<CatalogEntry> MoveAsync(FileId id, StoragePath to, CancellationToken cancellationToken) => inner.MoveAsync(id, to, cancellationToken);

        public ValueTask<bool> RemoveAsync(FileId id, CancellationToken cancellationToken) => inner.RemoveAsync(id, cancellationToken);

        public ValueTask DisposeAsync() => default;
    }

    private sealed class Gate(Life life, Death point) : IRightsFollower
    {
        public ValueTask<IDisposable> BeginAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
        {
            life.Pass(point);
            return new(new MemoryStream());
        }

        public Task SettledAsync(FileId file, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
