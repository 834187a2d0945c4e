using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests.Broken;

/// <summary>An archive in memory each of whose methods can be replaced by a worse one.</summary>
internal sealed class TunedBackend : IBrowsableBackend, IAnnouncingBackend, IBatchReadableBackend, IIdentifyingBackend, IErasableBackend, IDescribingBackend, IProbeable, IDiscoverable
{
    private readonly ConcurrentDictionary<string, byte> _identified = new();

    public TunedBackend(InMemoryBackend sound)
    {
        Sound = sound;
        (Find, OpenRead, OpenReadMany) = (sound.FindAsync, sound.OpenReadAsync, sound.OpenReadManyAsync);
        (Browse, Watch) = (sound.BrowseAsync, sound.WatchAsync);
        (Store, Delete, Identify) = (StoreNamedAsync, sound.DeleteAsync, IdentifySoundAsync);
        (DefineOne, Describe) = (sound.Define, sound.DescribeAsync);
        (Probe, AnnounceOne, Close) = (sound.ProbeAsync, sound.Announce, static () => default);
    }

    public InMemoryBackend Sound { get; }

    public Func<ArchiveObjectId, CancellationToken, ValueTask<ArchiveObjectInfo?>> Find { get; set; }

    public Func<ArchiveObjectId, CancellationToken, ValueTask<ArchiveContent>> OpenRead { get; set; }

    public Func<IReadOnlyList<ArchiveObjectId>, CancellationToken, IAsyncEnumerable<ArchiveContent>> OpenReadMany { get; set; }

    public Func<ArchiveSelection, CancellationToken, IAsyncEnumerable<ArchiveEntry>> Browse { get; set; }

    public Func<CancellationToken, IAsyncEnumerable<ArchiveEntry>> Watch { get; set; }

    public Func<Stream, ArchiveObjectDraft, CancellationToken, ValueTask<ArchiveObjectInfo>> Store { get; set; }

    public Func<Stream, ArchiveObjectDraft, CancellationToken, ValueTask<ObjectIdentity>> Identify { get; set; }

    public Func<ArchiveObjectId, CancellationToken, ValueTask> Delete { get; set; }

    public Func<string, AttributeDefinition?> DefineOne { get; set; }

    public Func<string, ReadOnlyMemory<byte>, IReadOnlyCollection<string>, CancellationToken, ValueTask<ImmutableArray<ArchiveAttribute>>> Describe { get; set; }

    public Func<CancellationToken, ValueTask<string>> Probe { get; set; }

    public Func<ServiceAnnouncement> AnnounceOne { get; set; }

    public Func<ValueTask> Close { get; set; }

    public ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken) => Find(id, cancellationToken);

    public ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken) => OpenRead(id, cancellationToken);

    public IAsyncEnumerable<ArchiveContent> OpenReadManyAsync(IReadOnlyList<ArchiveObjectId> ids, CancellationToken cancellationToken) => OpenReadMany(ids, cancellationToken);

    public IAsyncEnumerable<ArchiveEntry> BrowseAsync(ArchiveSelection selection, CancellationToken cancellationToken) => Browse(selection, cancellationToken);

    public IAsyncEnumerable<ArchiveEntry> WatchAsync(CancellationToken cancellationToken) => Watch(cancellationToken);

    public ValueTask<ArchiveObjectInfo> StoreAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken) => Store(content, draft, cancellationToken);

    public ValueTask<ObjectIdentity> IdentifyAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken) => Identify(content, draft, cancellationToken);

    public ValueTask DeleteAsync(ArchiveObjectId id, CancellationToken cancellationToken) => Delete(id, cancellationToken);

    public AttributeDefinition? Define(string keyword) => DefineOne(keyword);

    public ValueTask<ImmutableArray<ArchiveAttribute>> DescribeAsync(string mediaType, ReadOnlyMemory<byte> beginning, IReadOnlyCollection<string> keywords, CancellationToken cancellationToken) =>
        Describe(mediaType, beginning, keywords, cancellationToken);

    public ValueTask<string> ProbeAsync(CancellationToken cancellationToken) => Probe(cancellationToken);

    public ServiceAnnouncement Announce() => AnnounceOne();

    public ValueTask DisposeAsync() => Close();

    // What was identified is named by its content, whatever is proposed.
    private async ValueTask<ObjectIdentity> IdentifySoundAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken)
    {
        var name = NameOf(await BytesAsync(content, cancellationToken));
        _identified.TryAdd(name, 0);
        return new ObjectIdentity(new ArchiveObjectId($"content/{name}/0"), ["content", name, "0"]);
    }

    private async ValueTask<ArchiveObjectInfo> StoreNamedAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken)
    {
        if (_identified.IsEmpty)
            return await Sound.StoreAsync(content, draft, cancellationToken);
        var bytes = await BytesAsync(content, cancellationToken);
        var name = NameOf(bytes);
        return await Sound.StoreAsync(new MemoryStream(bytes, writable: false), _identified.ContainsKey(name) ? draft with { ProposedId = new ArchiveObjectId($"content/{name}/0") } : draft, cancellationToken);
    }

    private static string NameOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16));

    private static async Task<byte[]> BytesAsync(Stream content, CancellationToken cancellationToken)
    {
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy, cancellationToken);
        return copy.ToArray();
    }
}
