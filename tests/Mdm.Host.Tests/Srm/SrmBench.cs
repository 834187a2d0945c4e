using System.Collections.Concurrent;
using System.Collections.Immutable;
using Mdm.Abstractions.Testing;
using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Keys;
using Mdm.Host.Members;
using Mdm.Host.Metadata;
using Mdm.Host.Orders;
using Mdm.Host.Plugins;
using Mdm.Host.Publication;
using Mdm.Host.Requests;
using Mdm.Host.Srm;
using Mdm.Host.Staging;
using Mdm.Host.Tests.Doubles;
using Mdm.Host.Transfer;
using Mdm.Host.Uploads;
using Mdm.Host.Usage;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;
using Mdm.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using FullCatalog = Mdm.Abstractions.Testing.InMemoryCatalog;
using HostOptions = Mdm.Host.Configuration.HostOptions;

namespace Mdm.Host.Tests.Srm;

/// <summary>The SRM endpoint over everything that stands behind it, with an archive and a catalogue in memory; may be ended as kill -9 does and started again.</summary>
internal sealed class SrmBench : IArchiveSource, IDisclosureRules, IRemovalLedger, IAsyncDisposable
{
    public const string Publication = "clinical";

    /// <summary>Into which files are put, below <c>/files</c>.</summary>
    public const string FilesPublication = "files";

    /// <summary>Bytes of the area that puts take from.</summary>
    public const int Quota = 1_000_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("mdm-srm-").FullName;
    private readonly ManualTime? _manual;
    private readonly SrmBench? _first;
    private readonly Func<MembersOptions, MembersOptions>? _members;
    private readonly int _port;
    private ServiceProvider _services;
    private int _lives;

    public SrmBench(Func<RequestsOptions, RequestsOptions>? requests = null, Func<StagingOptions, StagingOptions>? staging = null, SrmOptions? srm = null, bool manualTime = false, SrmBench? beside = null, Func<MembersOptions, MembersOptions>? members = null)
    {
        (_first, _members, _port) = (beside, members, beside is null ? 8443 : beside._port + 1);
        _manual = beside is not null ? beside._manual : manualTime ? new ManualTime() : null;
        Time = _manual ?? TimeProvider.System;
        // So that what is to be answered in the call is, on whatever machine; a test of what is not says so.
        var patient = new RequestsOptions { AnswerWithin = TimeSpan.FromSeconds(30) };
        Requests = requests?.Invoke(patient) ?? patient;
        var options = new StagingOptions
        {
            Directory = Path.Combine(_folder, "pool"),
            Quota = 64L << 20,
            UserShare = 1,
            FirstReservation = 16 << 10,
            SpaceWait = TimeSpan.Zero,
            ReadAhead = new ReadAheadOptions { Files = 0 },
            Fetch = new FetchOptions { FirstPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromMilliseconds(20), GiveUp = TimeSpan.FromMilliseconds(100), FailuresUntilClosed = 1000 },
        };
        Staging = staging?.Invoke(options) ?? options;
        Srm = srm ?? new SrmOptions();
        Archive = beside?.Archive ?? new FaultyBatchArchive();
        Catalog = beside?.Catalog ?? new FullCatalog(Time);
        Files = beside?.Files ?? new InMemoryBackend();
        if (beside is null)
        {
            AddDirectory("/grid", 0b111_111_111);
            Add(CatalogDrafts.Directory("/files") with { Owner = PublicationPlan.DefaultOwner, Group = PublicationPlan.NoGroup, Publication = FilesPublication, Acl = PublicationBook.Of(Options).Plans.Single().RootAcl });
        }
        _services = Compose();
        BeginAsync().GetAwaiter().GetResult();
    }

    public static GridIdentity Alice { get; } = new(DistinguishedName.Parse("/DC=org/CN=Alice"), [Fqan.Parse("/biomed"), Fqan.Parse("/biomed/Role=physician")]);

    public static GridIdentity Bob { get; } = new(DistinguishedName.Parse("/DC=org/CN=Bob"));

    public TimeProvider Time { get; }

    public RequestsOptions Requests { get; }

    public StagingOptions Staging { get; }

    public SrmOptions Srm { get; }

    public IReadOnlyList<KeyValuePair<string, string>> OtherServices { get; init; } = [];

    public FaultyBatchArchive Archive { get; }

    public FullCatalog Catalog { get; }

    /// <summary>What is put goes here.</summary>
    public InMemoryBackend Files { get; }

    /// <summary>Where it goes instead; null for there.</summary>
    public IStorageBackend? FilesArchive { get; set; }

    public HostOptions Options { get; } = new()
    {
        Publications = new Dictionary<string, PublicationOptions>
        {
            [FilesPublication] = new()
            {
                Archive = FilesPublication,
                Root = StoragePath.Parse("/files"),
                Content = PublicationOptions.Original,
                Delivery = Delivery.Clear,
                MaySeeIdentity = [CallerRule.Parse("/biomed")],
                Acl = [AclEntry.Parse("group:/biomed:rwx")],
                Put = new PutOptions { Areas = ["SCRATCH"] },
            },
        },
        Areas = new Dictionary<string, AreaOptions> { ["SCRATCH"] = new() { Quota = new ByteSize(Quota), Reservable = true } },
        Uploads = new UploadsOptions { FirstReservation = new ByteSize(10_000), LongestTurlTime = TimeSpan.FromHours(2) },
    };

    public UploadKeeper Keeper => _services.GetRequiredService<UploadKeeper>();

    public UploadStore Uploads => _services.GetRequiredService<UploadStore>();

    public UploadBook Puts => _services.GetRequiredService<UploadBook>();

    public ConcurrentQueue<StoragePath> Removed { get; } = new();

    public RequestBook Book => _services.GetRequiredService<RequestBook>();

    public ThisHost Me => _services.GetRequiredService<ThisHost>();

    public Membership Members => _services.GetRequiredService<Membership>();

    public Signals Signals => _services.GetRequiredService<Signals>();

    public NamedLeases Leases => _services.GetRequiredService<NamedLeases>();

    public Bans Bans => _services.GetRequiredService<Bans>();

    public UsageBook Usage => _services.GetRequiredService<UsageBook>();

    public Drains Drains => _services.GetRequiredService<Drains>();

    public StagingArea Area => _services.GetRequiredService<StagingArea>();

    public static string Surl(string path) => "srm://localhost" + path;

    public void Advance(TimeSpan by) => _manual!.Advance(by);

    /// <summary>Publishes an object that everybody may read, or those whom the entries say.</summary>
    public byte[] Publish(string path, int length = 1000, params string[] acl)
    {
        var content = StagingBench.Bytes(path, length);
        Archive.Put(path, content);
        var at = StoragePath.Parse(path);
        foreach (var directory in at.Ancestors().Where(one => !one.IsRoot))
            AddDirectory(directory.ToString(), 0b111_111_111);
        Add(CatalogDrafts.File(path) with
        {
            Publication = Publication,
            Owner = Alice.Subject,
            Source = new FileSource("pacs", new ArchiveObjectId(path), "application/dicom"),
            Acl = Acl.Parse(acl.Length > 0 ? acl : ["user::rw-", "group::r--", "other::r--"]),
        });
        return content;
    }

    public void AddDirectory(string path, int mode) =>
        Add(CatalogDrafts.Directory(path) with { Owner = Alice.Subject, Group = Fqan.Parse("/biomed"), Acl = Acl.FromMode(mode), Publication = path == "/grid" ? null : Publication });

    public void AddLink(string path, string target) => Add(CatalogDrafts.Link(path, target) with { Owner = Alice.Subject });

    public CatalogEntry? Find(string path)
    {
        var at = StoragePath.Parse(path);
        var last = Catalog.WalkAsync(at, CancellationToken.None).AsTask().GetAwaiter().GetResult()[^1];
        return last.Path == at ? last : null;
    }

    /// <summary>Calls as a client would: written as SOAP, served by the endpoint, read back.</summary>
    public async Task<T> CallAsync<T>(SrmRequest request, GridIdentity? caller = null, DateTimeOffset? validUntil = null, CancellationToken leaving = default)
        where T : SrmResponse
    {
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        SoapWriter.WriteRequest(body, request);
        var (status, answer) = await PostAsync(body.WrittenMemory.ToArray(), new ConnectionCaller(caller ?? Alice, null, validUntil), leaving);
        status.Should().Be(200);
        return (T)SoapReader.ReadResponse(answer, SoapLimits.Response);
    }

    /// <summary>Posts a body as it is; gives the HTTP status and the body of the answer.</summary>
    public async Task<(int Status, byte[] Answer)> PostAsync(byte[] body, ConnectionCaller caller, CancellationToken leaving = default)
    {
        var answer = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = _services, RequestAborted = leaving };
        http.Request.Method = "POST";
        http.Request.Body = new MemoryStream(body);
        http.Request.ContentLength = body.Length;
        http.Response.Body = answer;
        http.Items[typeof(ConnectionCaller)] = caller;
        var serving = _services.GetRequiredService<SrmEndpoint>().ServeAsync(http);
        while (_manual is not null && !serving.IsCompleted)
        {
            // No quicker than the machine's own: what works while the clock is moved may be slow.
            _manual.Advance(TimeSpan.FromMilliseconds(1));
            await Task.WhenAny(serving, Task.Delay(1, CancellationToken.None));
        }
        await serving;
        await http.Response.BodyWriter.FlushAsync(CancellationToken.None);
        return (http.Response.StatusCode, answer.ToArray());
    }

    public Task<PrepareToGetResponse> GetAsync(string path, GridIdentity? caller = null, int? pin = null, int? total = null, DateTimeOffset? validUntil = null) =>
        GetAsync([path], caller, pin, total, validUntil);

    public Task<PrepareToGetResponse> GetAsync(IEnumerable<string> paths, GridIdentity? caller = null, int? pin = null, int? total = null, DateTimeOffset? validUntil = null) =>
        CallAsync<PrepareToGetResponse>(new PrepareToGetRequest
        {
            FileRequests = [.. paths.Select(path => new GetFileRequest(Surl(path)))],
            DesiredPinLifeTime = pin,
            DesiredTotalRequestTime = total,
            TransferParameters = new TransferParameters { TransferProtocols = ["gsiftp", "https", "root"] },
        }, caller, validUntil);

    public Task<StatusOfGetRequestResponse> StatusAsync(string token, GridIdentity? caller = null) =>
        CallAsync<StatusOfGetRequestResponse>(new StatusOfGetRequestRequest { RequestToken = token }, caller);

    /// <summary>Asks until the request has come to that status.</summary>
    public async Task<StatusOfGetRequestResponse> StatusAsync(string token, StatusCode until)
    {
        StatusOfGetRequestResponse? last = null;
        await Eventually.HoldsAsync(() => (last = StatusAsync(token).GetAwaiter().GetResult()).ReturnStatus.StatusCode == until, $"the request is {until}");
        return last!;
    }

    /// <summary>What is on disk this moment is all that the next process gets.</summary>
    public async Task KillAsync()
    {
        // Where requests are elsewhere, the place itself is what the next process gets.
        var image = StateFolder(_lives + 1);
        Directory.CreateDirectory(image);
        foreach (var file in Directory.EnumerateFiles(Directory.CreateDirectory(StateFolder(_lives)).FullName, "*.db*").Where(file => !file.EndsWith(".owner", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(image, Path.GetFileName(file)));
        await _services.DisposeAsync();
        _lives++;
    }

    public async Task StartAsync()
    {
        _services = Compose();
        await BeginAsync();
    }

    /// <summary>Starts after somebody was banned in the store while no process had it open.</summary>
    public async Task StartBannedAsync(Ban ban)
    {
        await using (var ledger = OrderLedger.Open(Mdm.Sql.SqlStoreAddress.Parse("sqlite:orders.db", MakeFolder("orders"))))
            await ledger.PlaceAsync(ban);
        await StartAsync();
    }

    /// <summary>Sends a request to an address that bytes are put to, as an HTTP client would.</summary>
    public async Task<HttpResponse> SendAsync(string method, string turl, Stream? body = null, GridIdentity? caller = null, Action<HttpRequest>? configure = null, CancellationToken leaving = default)
    {
        var address = new Uri(turl);
        var http = new DefaultHttpContext { RequestServices = _services, RequestAborted = leaving };
        http.Request.Method = method;
        http.Request.Path = address.AbsolutePath;
        http.Request.Body = body ?? Stream.Null;
        http.Request.ContentLength = body?.GetType() == typeof(MemoryStream) ? body.Length : null;
        http.Request.RouteValues["ticket"] = address.Segments[2].TrimEnd('/');
        http.Request.RouteValues["name"] = Uri.UnescapeDataString(address.Segments[3]);
        http.Response.Body = new MemoryStream();
        http.Items[typeof(ConnectionCaller)] = new ConnectionCaller(caller ?? Alice, null);
        configure?.Invoke(http.Request);
        await _services.GetRequiredService<UploadDoor>().HandleAsync(http);
        return http.Response;
    }

    public IStorageBackend? FindArchive(string name) => name switch
    {
        "pacs" => Archive,
        FilesPublication => FilesArchive ?? Files,
        _ => null,
    };

    public IDeidentifier? FindDeidentifier(string name) => null;

    DisclosureRule? IDisclosureRules.Find(string publication) =>
        publication switch
        {
            Publication => new DisclosureRule(Publication, DisclosureRule.Original, ["/biomed/Role=physician"], Delivery.Clear),
            FilesPublication => new DisclosureRule(FilesPublication, DisclosureRule.Original, ["/biomed"], Delivery.Clear),
            _ => null,
        };

    public ValueTask RecordAsync(CatalogEntry entry, GridIdentity by, CancellationToken cancellationToken)
    {
        Removed.Enqueue(entry.Path);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static MembersOptions Patient { get; } = new() { Lease = MembersOptions.LongestLease };

    private string SharedFolder => _first?.SharedFolder ?? _folder;

    private async Task BeginAsync()
    {
        await _services.GetRequiredService<Membership>().StartAsync(CancellationToken.None);
        await Book.StartAsync(CancellationToken.None);
        await _services.GetServices<IHostedService>().OfType<BannedRequests>().Single().StartAsync(CancellationToken.None);
        await Keeper.StartAsync(CancellationToken.None);
    }

    private string MakeFolder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    private string StateFolder(int life) => Path.Combine(_folder, $"state-{life}");

    private void Add(CatalogDraft draft) => Catalog.CreateManyAsync([draft], CancellationToken.None).AsTask().GetAwaiter().GetResult();

    private ServiceProvider Compose() => new ServiceCollection()
        .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
        .AddSingleton(Time)
        .AddSingleton(new PluginCalls(NullLogger.Instance))
        .AddSingleton<ICatalog>(Catalog)
        .AddSingleton(new IdentityPolicy(ImmutableDictionary<string, ImmutableHashSet<string>>.Empty, []))
        // As instances: a provider disposes of what it made itself, and this lives longer.
        .AddSingleton<IArchiveSource>(this)
        .AddSingleton<IDisclosureRules>(this)
        .AddSingleton<IQuarantineLedger>(new QuarantineInMemory())
        .AddSingleton(TestStores.AreElsewhere ? Requests with { Store = TestStores.At(SharedFolder, "requests") } : Requests)
        .AddSingleton(Staging)
        .AddSingleton(Srm)
        .AddSingleton(new TransferOptions { BaseAddress = new UriBuilder(Uri.UriSchemeHttps, "localhost", _port).Uri, SecretFile = Path.Combine(SharedFolder, "secret") })
        .AddOrders(MakeFolder("orders"), "sqlite:orders.db")
        .AddDrains()
        .AddUsage(MakeFolder("usage"), "sqlite:usage.db")
        .AddCallers(context => (ConnectionCaller)context.Items[typeof(ConnectionCaller)]!)
        .AddSingleton(s => new AuditTrail(Path.Combine(_folder, "audit"), s.GetRequiredService<TimeProvider>()))
        // Outlasts every leap of a clock that is moved by hand.
        .AddSingleton(_members?.Invoke(Patient) ?? Patient)
        .AddMembers(MakeFolder("host"))
        // Leases are over when the clock says so that the test moves.
        .AddSingleton<StoreClock>(_ => Time.GetUtcNow().ToUnixTimeMilliseconds())
        .AddAccess()
        .AddKeys(Path.Combine(SharedFolder, "keys"), TestStores.At(SharedFolder, "ledger"), null)
        .AddSingleton<IRightsFollower>(s => s.GetRequiredService<KeyOutbox>())
        .AddStaging()
        .AddTransfer()
        .AddRequests(StateFolder(_lives))
        .AddSingleton<ConnectOther>((_, _, _) => throw new MdmException(MdmErrorKind.Unavailable, "Nobody is there."))
        .AddSingleton(PublicationBook.Of(Options))
        .AddSingleton(new PublishedIds(new byte[32]))
        .AddSingleton<EntryRemoval>()
        .AddSingleton(new MetadataRows(null, null!, this, null!, null, Catalog, new byte[32], NullLogger<MetadataRows>.Instance))
        .AddUploads(TestStores.AreElsewhere ? Options with { Uploads = Options.Uploads with { Store = TestStores.At(SharedFolder, "uploads") } } : Options, StateFolder(_lives), _ => this)
        .AddSrm(_ => () => new(OtherServices))
        .BuildServiceProvider();
}
