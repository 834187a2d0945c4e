using System.Collections.Immutable;
using System.Net;
using Mdm.Abstractions.Testing;
using Mdm.Client;
using Mdm.Client.Names;
using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Metadata;
using Mdm.Host.Names;
using Mdm.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using FullCatalog = Mdm.Abstractions.Testing.InMemoryCatalog;

namespace Mdm.Host.Tests.Names;

/// <summary>The door of names on a loopback port, asked by the client that users have, over a catalogue in memory. Who calls is whom the test says.</summary>
internal sealed class NameBench : IRemovalLedger, IRightsFollower, IAsyncDisposable
{
    /// <summary>A publication of originals that only <see cref="Physicians"/> may read.</summary>
    public const string Originals = "clinical";

    /// <summary>A publication that gives to the metadata, of which members of biomed may find something.</summary>
    public const string Searched = "trial";

    private readonly TemporaryDirectory _folder = new();
    private readonly AuditTrail _audit;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly WebApplication _app;

    private NameBench(ICatalog? catalog, IMetadataStore? metadata)
    {
        _audit = new AuditTrail(_folder["audit"], TimeProvider.System);
        var used = catalog ?? Catalog;
        var identity = new IdentityPolicy(ImmutableDictionary<string, ImmutableHashSet<string>>.Empty.Add(Originals, [Physicians.ToString()]), [Admin.Subject.ToString()]);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<CallerOf>(_ => Caller).AddSingleton(_audit).AddSingleton(new SearchAdmission(MetadataPlans.Of(Options), metadata))
            .AddSingleton(new NameSpace(new PathWalk(used), used, identity, this, this, _audit, Time)).AddSingleton<IUserRemoval, OfNames>().AddNames();
        _app = builder.Build();
        _app.UseRouting();
        _app.MapNames();
    }

    public static Fqan Biomed { get; } = Fqan.Parse("/biomed");

    public static Fqan Physicians { get; } = Fqan.Parse("/biomed/Role=physician");

    public static GridIdentity Alice { get; } = new(DistinguishedName.Parse("/DC=org/CN=Alice"), [Biomed, Physicians]);

    public static GridIdentity Bob { get; } = new(DistinguishedName.Parse("/DC=org/CN=Bob"), [Biomed]);

    public static GridIdentity Admin { get; } = new(DistinguishedName.Parse("/DC=org/CN=Admin"));

    public static HostOptions Options { get; } = new()
    {
        Publications = new Dictionary<string, PublicationOptions>
        {
            [Searched] = new()
            {
                Archive = "pacs", Root = StoragePath.Parse("/grid"), Content = "basic", Delivery = Delivery.Sealed, Acl = [AclEntry.Parse("group:/biomed:r-x")], Attributes = ["Modality"],
            },
        },
    };

    public FullCatalog Catalog { get; } = new();

    /// <summary>The host's clock.</summary>
    public ManualTime Time { get; } = new();

    public ConnectionCaller Caller { get; set; } = new(Alice, null);

    /// <summary>What the followers were told of before the catalogue knew.</summary>
    public List<FileId> Noted { get; } = [];

    /// <summary>Followers have confirmed when it ends.</summary>
    public Task Settling { get; set; } = Task.CompletedTask;

    public Uri Address { get; private set; } = null!;

    public HttpClient Http => _http;

    public GridNames Names => new(_http, Address, new SrmClientOptions(), TimeProvider.System);

    public string Trail => string.Concat(Directory.EnumerateFiles(_folder["audit"]).Select(Read));

    public static async Task<NameBench> StartAsync(ICatalog? catalog = null, IMetadataStore? metadata = null)
    {
        var bench = new NameBench(catalog, metadata);
        await bench._app.StartAsync();
        bench.Address = new Uri(bench._app.Urls.First());
        return bench;
    }

    public void As(GridIdentity caller) => Caller = new ConnectionCaller(caller, null);

    /// <summary>What Alice owns, with the rights that the text says.</summary>
    public async Task<FileId> AddAsync(CatalogDraft draft, params string[] acl)
    {
        var whose = draft with { Owner = Alice.Subject, Group = Biomed, Publication = null, Acl = acl.Length > 0 ? Acl.Parse(acl) : Acl.FromMode(0b111_111_111) };
        (await Catalog.CreateManyAsync([whose with { Publication = draft.Publication is Originals or Searched ? draft.Publication : null }], default))[0].Kind.Should().Be(CreateOutcomeKind.Created);
        return draft.Id;
    }

    public Task<FileId> AddDirectoryAsync(string path, params string[] acl) => AddAsync(CatalogDrafts.Directory(path), acl);

    public Task<FileId> AddFileAsync(string path, params string[] acl) => AddAsync(CatalogDrafts.File(path), acl);

    ValueTask IRemovalLedger.RecordAsync(CatalogEntry entry, GridIdentity by, CancellationToken cancellationToken) => default;

    ValueTask<IDisposable> IRightsFollower.BeginAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
    {
        Noted.AddRange(files);
        return new(new MemoryStream());
    }

    Task IRightsFollower.SettledAsync(FileId file, CancellationToken cancellationToken) => Settling.WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        _audit.Dispose();
        _folder.Dispose();
    }

    /// <summary>Where nobody puts or asks for anything, a removal is that of the name.</summary>
    private sealed class OfNames(NameSpace names) : IUserRemoval
    {
        public ValueTask<CatalogEntry> RemoveAsync(GridIdentity caller, StoragePath path, CancellationToken cancellationToken) => names.RemoveAsync(caller, path, cancellationToken);
    }

    private static string Read(string path)
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return file.ReadToEnd();
    }
}
