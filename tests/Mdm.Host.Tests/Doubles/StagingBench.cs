using System.Collections.Concurrent;
using System.Collections.Immutable;
using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Staging;

namespace Mdm.Host.Tests.Doubles;

/// <summary>A staging area over an archive in memory, with its catalogue, authorizer and a pool in a folder of its own.</summary>
internal sealed class StagingBench : IArchiveSource, IDisclosureRules, IAsyncDisposable
{
    public const string Publication = "clinical";

    private readonly string _folder = Directory.CreateTempSubdirectory("mdm-staging-").FullName;
    private readonly TimeProvider _time;

    public StagingBench(FaultyArchive? archive = null, TimeProvider? time = null, Func<StagingOptions, StagingOptions>? configure = null)
    {
        (Archive, _time) = (archive ?? new FaultyBatchArchive(), time ?? TimeProvider.System);
        var options = new StagingOptions
        {
            Directory = Path.Combine(_folder, "pool"),
            Quota = 64L << 20,
            UserShare = 1,
            SpaceWait = TimeSpan.FromMinutes(1),
            ReadAhead = new ReadAheadOptions { Files = 0 },
            Fetch = new FetchOptions { FirstPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromMilliseconds(50), GiveUp = TimeSpan.FromMinutes(1), FailuresUntilClosed = 1000 },
        };
        Options = configure?.Invoke(options) ?? options;
        Rules[Publication] = new DisclosureRule(Publication, DisclosureRule.Original, ["/biomed/Role=physician"], Delivery.Clear);
        Keys = new KeyBench(Path.Combine(_folder, "keys"), Catalog, _time);
        Quarantine = new Quarantine(new QuarantineInMemory(), _time);
        Audit = new AuditTrail(Path.Combine(_folder, "audit"), _time);
        Authorizer = new Authorizer(new PathWalk(Catalog), Catalog, Audit);
        Area = Start();
    }

    public static GridIdentity Alice { get; } = new(DistinguishedName.Parse("/DC=org/CN=Alice"));

    public static GridIdentity Bob { get; } = new(DistinguishedName.Parse("/DC=org/CN=Bob"));

    public FaultyArchive Archive { get; }

    public InMemoryCatalog Catalog { get; } = new();

    public StagingOptions Options { get; }

    public ConcurrentDictionary<string, DisclosureRule> Rules { get; } = new();

    public Dictionary<string, IDeidentifier> Deidentifiers { get; } = [];

    public AuditTrail Audit { get; }

    public Authorizer Authorizer { get; }

    public StagingArea Area { get; private set; }

    public KeyBench Keys { get; }

    public Quarantine Quarantine { get; }

    public string Pool => Options.Directory;

    public string Folder => _folder;

    /// <summary>Complete files in the pool, by name.</summary>
    public IReadOnlyList<string> PoolFiles =>
        [.. Directory.EnumerateFiles(Pool, "*", SearchOption.AllDirectories).Select(Path.GetFileName).OfType<string>().Where(name => PoolName.TryParse(name, out _))];

    public int PartialFiles => Directory.EnumerateFiles(Pool, "partial-*", SearchOption.AllDirectories).Count();

    /// <summary>Publishes an object of so many bytes; which bytes depends on its name.</summary>
    public byte[] Publish(string path, int length, string publication = Publication)
    {
        var content = Bytes(path, length);
        Archive.Put(path, content);
        Catalog.AddFile(path, "pacs", path, publication);
        return content;
    }

    public static byte[] Bytes(string seed, int length)
    {
        var content = new byte[length];
        var state = 2166136261u;
        foreach (var c in seed)
            state = (state ^ c) * 16777619;
        for (var i = 0; i < length; i++)
        {
            state = (state * 1664525) + 1013904223;
            content[i] = (byte)(state >> 24);
        }
        return content;
    }

    public Task<AuthorizedFile> AuthorizeAsync(string path, GridIdentity? caller = null) =>
        Authorizer.ReadAsync(caller ?? Alice, StoragePath.Parse(path), CancellationToken.None).AsTask();

    public async Task<StagedFile> StageAsync(string path, GridIdentity? caller = null, PinOrder? pin = null, CancellationToken cancellationToken = default) =>
        await Area.StageAsync(await AuthorizeAsync(path, caller), pin, cancellationToken);

    public PinOrder Pin(string key, TimeSpan life, GridIdentity? caller = null) => new(key, (caller ?? Alice).Subject, _time.GetUtcNow() + life);

    public async Task<StagedReader?> OpenAsync(StagedFile file) =>
        await Area.TryOpenAsync(await AuthorizeAsync((await Catalog.FindAsync(file.Id, CancellationToken.None))!.Path.ToString()), file, CancellationToken.None);

    /// <summary>What would be delivered of a file.</summary>
    public async Task<byte[]> ReadAsync(StagedFile file)
    {
        using var reader = await OpenAsync(file) ?? throw new InvalidOperationException("It has left the pool.");
        var content = new byte[reader.Length];
        var at = 0;
        for (int count; (count = reader.Read(at, content.AsSpan(at))) > 0;)
            at += count;
        return content[..at];
    }

    public async Task RestartAsync()
    {
        await Area.DisposeAsync();
        Area = Start();
    }

    public IStorageBackend? FindArchive(string name) => name == "pacs" ? Archive : null;

    public IDeidentifier? FindDeidentifier(string name) => Deidentifiers.GetValueOrDefault(name);

    public DisclosureRule? Find(string publication) => Rules.GetValueOrDefault(publication);

    public async ValueTask DisposeAsync()
    {
        await Area.DisposeAsync();
        await Keys.DisposeAsync();
        Audit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private StagingArea Start() => new(Options, this, this, Catalog, Keys.Keys, Quarantine, Authorizer, _time, null, Audit);
}

/// <summary>Waits for a state, with a limit.</summary>
internal static class Eventually
{
    public static async Task HoldsAsync(Func<bool> state, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!state())
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"It never came to pass that {what}.");
            await Task.Delay(5);
        }
    }
}
