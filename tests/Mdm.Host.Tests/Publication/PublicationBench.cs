using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Members;
using Mdm.Host.Metadata;
using Mdm.Host.Plugins;
using Mdm.Host.Publication;
using Mdm.Host.Staging;
using Mdm.Host.Tests.Doubles;
using Mdm.Sql;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using InMemoryCatalog = Mdm.Abstractions.Testing.InMemoryCatalog;

namespace Mdm.Host.Tests.Publication;

/// <summary>Publications of an archive in memory into a catalogue in memory, with a real ledger in a folder of its own.</summary>
internal sealed class PublicationBench : IArchiveSource, IAsyncDisposable
{
    public const string Clinical = "clinical";
    public static readonly StoragePath Root = StoragePath.Parse("/grid/biomed/clinical");

    private MetadataFollower? _rowFollower;
    private StagedRows? _stagedRows;
    private readonly string _folder = Directory.CreateTempSubdirectory("mdm-publication-").FullName;

    public PublicationBench(ICatalog? catalog = null, Func<PublicationOptions, PublicationOptions>? configure = null, TimeProvider? time = null, params (string Name, PublicationOptions Options)[] others)
    {
        Time = time ?? TimeProvider.System;
        Catalog = catalog ?? new InMemoryCatalog(Time);
        Options = new HostOptions
        {
            Administrators = [CallerRule.Parse("/DC=org/CN=Admin")],
            Publications = others.Prepend((Clinical, configure is null ? Originals() : configure(Originals()))).ToDictionary(p => p.Item1, p => p.Item2),
        };
        Audit = new AuditTrail(Path.Combine(_folder, "audit"), Time);
        Start();
    }

    public static GridIdentity Physician { get; } = new(DistinguishedName.Parse("/DC=org/CN=Doctor"), [Fqan.Parse("/biomed/Role=physician")]);

    public static GridIdentity Stranger { get; } = new(DistinguishedName.Parse("/DC=org/CN=Stranger"), [Fqan.Parse("/biomed")]);

    public static GridIdentity Admin { get; } = new(DistinguishedName.Parse("/DC=org/CN=Admin"));

    public TimeProvider Time { get; }

    public ICatalog Catalog { get; }

    public HostOptions Options { get; set; }

    public ListedArchive Archive { get; } = new();

    public IDeidentifier? Deidentifier { get; set; }

    public AuditTrail Audit { get; }

    public string Folder => _folder;

    public PublicationBook Book { get; private set; } = null!;

    public PublicationLedger Ledger { get; private set; } = null!;

    public PublicationRunner Runner { get; private set; } = null!;

    public Membership Members { get; private set; } = null!;

    public NamedLeases Leases { get; private set; } = null!;

    public StagingArea Staging { get; private set; } = null!;

    public KeyBench Keys { get; private set; } = null!;

    public Quarantine Quarantine { get; private set; } = null!;

    public EntryRemoval Removal { get; private set; } = null!;

    public PublishedIds Ids { get; private set; } = null!;

    /// <summary>Counts from the next start on.</summary>
    public IMetadataStore? Metadata { get; set; }

    public MetadataLedger RowLedger { get; private set; } = null!;

    public RowReconciler RowReconciler { get; private set; } = null!;

    public IRightsFollower Follower { get; private set; } = null!;

    public Authorizer Authorizer { get; private set; } = null!;

    public NameSpace Names { get; private set; } = null!;

    public static PublicationOptions Originals() => new()
    {
        Archive = "pacs",
        Root = Root,
        Content = PublicationOptions.Original,
        Delivery = Delivery.Clear,
        MaySeeIdentity = [CallerRule.Parse("/biomed/Role=physician")],
        Acl = [AclEntry.Parse("group:/biomed/Role=physician:rwx")],
        MaxVanishedPercent = 50,
    };

    public static PublicationOptions Research() => new()
    {
        Archive = "pacs",
        Root = StoragePath.Parse("/grid/biomed/research"),
        Content = "basic",
        Delivery = Delivery.Clear,
        Acl = [AclEntry.Parse("group:/biomed:r-x")],
    };

    public IStorageBackend? FindArchive(string name) => name == "pacs" ? Archive : null;

    public IDeidentifier? FindDeidentifier(string name) => name == "basic" ? Deidentifier : null;

    public async Task<PublicationProgress> RunAsync(PublicationOrder? order = null, string publication = Clinical)
    {
        var run = Runner.Begin(publication, order ?? new PublicationOrder());
        await run.Done.WaitAsync(TimeSpan.FromMinutes(5));
        return run.Progress;
    }

    /// <summary>Everything below a directory, by path.</summary>
    public async Task<SortedDictionary<string, CatalogEntry>> AllAsync(StoragePath? directory = null)
    {
        var all = new SortedDictionary<string, CatalogEntry>(StringComparer.Ordinal);
        var left = new Stack<StoragePath>([directory ?? StoragePath.Root]);
        while (left.TryPop(out var next))
        {
            foreach (var entry in await Catalog.ListAsync(next, null, 0, int.MaxValue, default))
            {
                all.Add(entry.Path.ToString(), entry);
                if (entry.Kind == CatalogEntryKind.Directory)
                    left.Push(entry.Path);
            }
        }
        return all;
    }

    public async Task<List<string>> FilesAsync() => [.. (await AllAsync()).Where(e => e.Value.Kind == CatalogEntryKind.File).Select(e => e.Key)];

    public async Task<CatalogEntry> AtAsync(string path) =>
        (await Catalog.WalkAsync(StoragePath.Parse(path), default))[^1] is var entry && entry.Path.ToString() == path ? entry : throw new InvalidOperationException(path + " is not there.");

    /// <summary>What follows the catalogue for the metadata looks now for what is left to be told, as it does by itself every quarter of a minute.</summary>
    public void LookForRows() => _rowFollower?.Wake();

    public async Task RestartAsync()
    {
        await StopAsync();
        Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (!Directory.Exists(_folder))
            return;
        await StopAsync();
        Audit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Start()
    {
        Book = PublicationBook.Of(Options);
        var members = Members = Membership.Alone("host");
        var ids = Ids = PublishedIds.Open(Path.Combine(_folder, "secrets", "publications"));
        Ledger = PublicationLedger.Open(SqlStoreAddress.Parse(TestStores.At(_folder, "publications"), _folder), Time, members);
        var signals = new Signals(members, new MembersOptions(), Time, NullLogger<Signals>.Instance);
        var walk = new PathWalk(Catalog);
        Authorizer = new Authorizer(walk, Catalog, Audit);
        Keys = new KeyBench(Path.Combine(_folder, "keys"), Catalog, Time);
        RowLedger = MetadataLedger.Open(SqlStoreAddress.Parse(TestStores.At(_folder, "rows"), _folder), Time, members);
        var plans = MetadataPlans.Of(Options);
        _rowFollower = Metadata is null ? null : new MetadataFollower(RowLedger, plans, Metadata, Catalog, members, NullLogger<MetadataFollower>.Instance);
        var rows = new MetadataRows(Metadata, plans, this, RowLedger, _rowFollower, Catalog, new byte[32], NullLogger<MetadataRows>.Instance);
        if (_rowFollower is not null)
        {
            _stagedRows = new StagedRows(plans, rows, this, RowLedger, new PluginCalls(NullLogger.Instance), Time, NullLogger<StagedRows>.Instance);
            _rowFollower.StartAsync(CancellationToken.None);
            _stagedRows.StartAsync(CancellationToken.None);
        }
        RowReconciler = new RowReconciler(plans, Metadata, Catalog, RowLedger, _rowFollower);
        Follower = _rowFollower is null ? Keys.Outbox : new RightsFollowers([Keys.Outbox, _rowFollower]);
        Names = new NameSpace(walk, Catalog, Book.Identity, Ledger, Follower, Audit, Time);
        Staging = new StagingArea(new StagingOptions { Directory = Path.Combine(_folder, "pool"), ReadAhead = new ReadAheadOptions { Files = 0 } }, this, Book, Catalog, Keys.Keys, Quarantine = new Quarantine(Ledger, Time), Authorizer, TimeProvider.System, describer: _stagedRows);
        Removal = new EntryRemoval(Catalog, Staging, Follower, signals);
        var tree = new PublicationTree(Catalog, ids, Book.Identity, Time);
        var scan = new PublicationScan(this, Ledger, new EntryNaming(ids, this), new EntryRegistrar(Catalog, Ledger, tree, ids, Staging, Removal, rows, signals), tree, new Vanishing(Catalog, Ledger, tree, Removal), rows, new ListingLimits(new StagingOptions(), new PluginCalls(NullLogger.Instance), TimeProvider.System), NullLogger<PublicationScan>.Instance);
        Runner = new PublicationRunner(Book, scan, Ledger, Leases = new NamedLeases(members, NullLogger<NamedLeases>.Instance), Time, NullLogger<PublicationRunner>.Instance);
    }

    private async Task StopAsync()
    {
        await Runner.DisposeAsync();
        await Staging.DisposeAsync();
        foreach (var service in new Microsoft.Extensions.Hosting.BackgroundService?[] { _rowFollower, _stagedRows })
        {
            if (service is null)
                continue;
            await service.StopAsync(CancellationToken.None);
            service.Dispose();
        }
        (_rowFollower, _stagedRows) = (null, null);
        await RowLedger.DisposeAsync();
        await Keys.DisposeAsync();
        await Ledger.DisposeAsync();
    }
}
