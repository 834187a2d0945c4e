using System.Collections.Concurrent;

namespace Mdm.Host.Tests.Doubles;

/// <summary>A catalogue of what a test puts in; reading, listing and facts only.</summary>
internal sealed class InMemoryCatalog : ICatalog
{
    private readonly ConcurrentDictionary<string, CatalogEntry> _byPath = new(StringComparer.Ordinal);

    public InMemoryCatalog() => Add(Entry(StoragePath.Root, CatalogEntryKind.Directory));

    public static DistinguishedName Owner { get; } = DistinguishedName.Parse("/DC=org/CN=host");

    public ConcurrentQueue<(FileId Id, FileFacts? Facts)> Recorded { get; } = new();

    public CatalogEntry AddFile(string path, string archive, string objectId, string publication = "clinical", string acl = "other::r--")
    {
        var at = StoragePath.Parse(path);
        foreach (var directory in at.Ancestors())
            _byPath.GetOrAdd(directory.ToString(), _ => Entry(directory, CatalogEntryKind.Directory));
        return Add(Entry(at, CatalogEntryKind.File) with
        {
            Publication = publication,
            Source = new FileSource(archive, new ArchiveObjectId(objectId), "application/dicom"),
            Acl = Acl.Parse(["user::rw-", "group::r--", acl]),
        });
    }

    public CatalogEntry Add(CatalogEntry entry) => _byPath[entry.Path.ToString()] = entry;

    public CatalogEntry Get(string path) => _byPath[path];

    public ValueTask<IReadOnlyList<CatalogEntry>> WalkAsync(StoragePath path, CancellationToken cancellationToken)
    {
        var chain = new List<CatalogEntry>();
        foreach (var step in path.Ancestors().Append(path))
        {
            if (!_byPath.TryGetValue(step.ToString(), out var entry))
                break;
            chain.Add(entry);
        }
        return ValueTask.FromResult<IReadOnlyList<CatalogEntry>>(chain);
    }

    public ValueTask<CatalogEntry?> FindAsync(FileId id, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_byPath.Values.FirstOrDefault(entry => entry.Id == id));

    public ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(StoragePath directory, string? after, int skip, int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<CatalogEntry>>([.. _byPath.Values
            .Where(entry => !entry.Path.IsRoot && entry.Path.Parent == directory && (after is null || string.CompareOrdinal(entry.Path.Name, after) > 0))
            .OrderBy(entry => entry.Path.Name, StringComparer.Ordinal).Skip(skip).Take(limit)]);

    public ValueTask<IReadOnlyList<CreateOutcome>> CreateManyAsync(IReadOnlyList<CatalogDraft> drafts, CancellationToken cancellationToken) =>
        throw new MdmException(MdmErrorKind.Unsupported, "This catalogue is filled by its test.");

    public ValueTask<CreateOutcome> ReplaceAsync(FileId old, CatalogDraft draft, CancellationToken cancellationToken) =>
        throw new MdmException(MdmErrorKind.Unsupported, "This catalogue is filled by its test.");

    public ValueTask<CatalogEntry> SetAclAsync(FileId id, Acl acl, long expectedVersion, CancellationToken cancellationToken)
    {
        var entry = _byPath.Values.First(e => e.Id == id);
        return ValueTask.FromResult(Add(entry with { Acl = acl, AclVersion = expectedVersion + 1 }));
    }

    public ValueTask SetFactsAsync(FileId id, FileFacts? facts, CancellationToken cancellationToken)
    {
        Recorded.Enqueue((id, facts));
        var entry = _byPath.Values.FirstOrDefault(e => e.Id == id) ?? throw new MdmException(MdmErrorKind.NotFound, "No such entry.");
        Add(entry with { Facts = facts });
        return default;
    }

    public ValueTask<CatalogEntry> MoveAsync(FileId id, StoragePath to, CancellationToken cancellationToken) =>
        throw new MdmException(MdmErrorKind.Unsupported, "This catalogue is filled by its test.");

    public ValueTask<bool> RemoveAsync(FileId id, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_byPath.Values.FirstOrDefault(e => e.Id == id) is { } entry && _byPath.TryRemove(entry.Path.ToString(), out _));

    public ValueTask DisposeAsync() => default;

    private static CatalogEntry Entry(StoragePath path, CatalogEntryKind kind) => new()
    {
        Id = new FileId(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(path.ToString())).AsSpan(0, FileId.Size)),
        Path = path,
        Kind = kind,
        Owner = Owner,
        Group = Fqan.Parse("/biomed"),
        Acl = Acl.FromMode(0b111_101_101),
        CreatedAt = DateTimeOffset.UnixEpoch,
        ModifiedAt = DateTimeOffset.UnixEpoch,
        AclVersion = 0,
    };
}
