using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace Mdm.Abstractions.Testing;

/// <summary>
/// An archive in memory with every ability, for tests of whatever uses one. Ids are names separated by <c>/</c>, which are the labels too; objects that are <see cref="AttributedText"/>
/// have attributes.
/// </summary>
public sealed class InMemoryBackend(TimeProvider? time = null) : IBrowsableBackend, IAnnouncingBackend, IBatchReadableBackend, IWritableBackend, IErasableBackend, IDescribingBackend, IProbeable, IDiscoverable
{
    /// <summary>Longest object in bytes.</summary>
    public const int MaxObjectBytes = 64 * 1024 * 1024;

    /// <summary>Announcements that wait for one watcher; older ones are lost.</summary>
    public const int MaxAnnouncements = 1000;

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Held> _objects = new(StringComparer.Ordinal);
    private readonly HashSet<Channel<ArchiveEntry>> _watchers = [];

    /// <summary>Puts an object there, or another in its place, and announces it.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>.</exception>
    public KnownObject Put(string id, byte[] content, string mediaType = "application/octet-stream")
    {
        ArgumentNullException.ThrowIfNull(content);
        var held = Add(new ArchiveObjectId(id), content, mediaType, isNew: false);
        return new KnownObject(held.Entry.Info.Id, mediaType, content.Length, held.Sha256);
    }

    /// <inheritdoc/>
    public ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Held(id)?.Entry.Info);
    }

    /// <inheritdoc/>
    public ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Held(id) is { } held ? Open(held) : throw NotFound());
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ArchiveContent> OpenReadManyAsync(IReadOnlyList<ArchiveObjectId> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var id in ids.Distinct())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return OpenOrFail(id);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ArchiveEntry> BrowseAsync(ArchiveSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(selection);
        await Task.CompletedTask.ConfigureAwait(false);
        List<ArchiveEntry> entries;
        lock (_lock)
            entries = [.. _objects.Values.Where(held => !(held.ChangedAt < selection.ChangedSince)).Select(static held => held.Entry).Where(entry => IsSelected(entry, selection))];
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ArchiveEntry> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = Channel.CreateBounded<ArchiveEntry>(new BoundedChannelOptions(MaxAnnouncements) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_lock)
            _watchers.Add(watcher);
        try
        {
            await foreach (var entry in watcher.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return entry;
        }
        finally
        {
            lock (_lock)
                _watchers.Remove(watcher);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveObjectInfo> StoreAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(draft);
        LabelsOf(draft.ProposedId);
        using var kept = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            if (kept.Length + count > MaxObjectBytes)
                throw new MdmException(MdmErrorKind.Refused, $"An object in memory has at most {MaxObjectBytes} bytes.");
            kept.Write(buffer, 0, count);
        }
        cancellationToken.ThrowIfCancellationRequested();
        return Add(draft.ProposedId, kept.ToArray(), draft.MediaType, isNew: true).Entry.Info;
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        cancellationToken.ThrowIfCancellationRequested();
        LabelsOf(id);
        lock (_lock)
            _objects.Remove(id.Value);
        return default;
    }

    /// <inheritdoc/>
    public AttributeDefinition? Define(string keyword) => AttributedText.Define(keyword);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<ArchiveAttribute>> DescribeAsync(string mediaType, ReadOnlyMemory<byte> beginning, IReadOnlyCollection<string> keywords, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keywords);
        cancellationToken.ThrowIfCancellationRequested();
        return new(mediaType == AttributedText.MediaType && AttributedText.Read(beginning.Span) is { } text ? [.. text.Attributes.Where(attribute => keywords.Contains(attribute.Keyword))] : []);
    }

    /// <inheritdoc/>
    public ValueTask<string> ProbeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return new($"An archive in memory with {_objects.Count} objects.");
    }

    /// <summary>Nobody but its own process reaches it, so it announces no endpoint.</summary>
    public ServiceAnnouncement Announce() => new("memory", [], ImmutableDictionary<string, string>.Empty);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            foreach (var watcher in _watchers)
                watcher.Writer.TryComplete();
        }
        return default;
    }

    private static bool IsSelected(ArchiveEntry entry, ArchiveSelection selection) => (selection.Conditions.IsDefault ? [] : selection.Conditions).All(condition =>
        entry.Attributes.FirstOrDefault(attribute => attribute.Keyword == condition.Keyword) is { } attribute
        && condition.AnyOf.Any(pattern => MetadataValues.Matches("text", string.Join('\\', attribute.Values), pattern)));

    private static ArchiveContent Open(Held held) => ArchiveContent.Opened(held.Entry.Info, new MemoryStream(held.Content, writable: false));

    private static MdmException NotFound() => new(MdmErrorKind.NotFound, "The archive has no such object.");

    private static ImmutableArray<string> LabelsOf(ArchiveObjectId id)
    {
        var names = id.Value.Split('/');
        try
        {
            foreach (var name in names)
                _ = StoragePath.Root.Child(name);
        }
        catch (MdmException)
        {
            // Its own words have the name in them.
            throw new MdmException(MdmErrorKind.InvalidName, "An object in memory is named as files are: names separated by '/'.");
        }
        return [.. names];
    }

    private Held Add(ArchiveObjectId id, byte[] content, string mediaType, bool isNew)
    {
        var labels = LabelsOf(id);
        var attributes = mediaType == AttributedText.MediaType && AttributedText.Read(content) is { } text ? text.Attributes : [];
        var digest = Convert.ToHexString(SHA256.HashData(content));
        var entry = new ArchiveEntry(new ArchiveObjectInfo(id, mediaType, content.Length, digest[..16]), labels, attributes);
        var held = new Held(entry, content, digest, _time.GetUtcNow());
        lock (_lock)
        {
            if (isNew && _objects.ContainsKey(id.Value))
                throw new MdmException(MdmErrorKind.AlreadyExists, "There is an object of that id already.");
            _objects[id.Value] = held;
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(entry);
        }
        return held;
    }

    private ArchiveContent OpenOrFail(ArchiveObjectId id)
    {
        try
        {
            return Held(id) is { } held ? Open(held) : ArchiveContent.Failed(id, NotFound());
        }
        catch (MdmException e)
        {
            return ArchiveContent.Failed(id, e);
        }
    }

    private Held? Held(ArchiveObjectId id)
    {
        ArgumentNullException.ThrowIfNull(id);
        LabelsOf(id);
        lock (_lock)
            return _objects.GetValueOrDefault(id.Value);
    }
}

/// <summary>An object that <see cref="InMemoryBackend"/> holds.</summary>
internal sealed record Held(ArchiveEntry Entry, byte[] Content, string Sha256, DateTimeOffset ChangedAt);
