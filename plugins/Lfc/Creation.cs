using Mdm.Abstractions;
using Mdm.Sql;

namespace Mdm.Plugins.Lfc;

/// <summary>Creating many entries in one transaction: one statement a draft where nothing is in its way.</summary>
internal sealed class Creation(SqlSession session)
{
    private const string InsertSql = """
        INSERT INTO entries (id, parent, name, kind, owner, owner_group, acl, acl_version, publication, archive, media_type, object, target, created, modified)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11, $12, $13, $13)
        ON CONFLICT DO NOTHING RETURNING entry
        """;

    private readonly Terms _terms = new(session, null);
    private readonly Dictionary<StoragePath, EntryPlace> _directories = [];

    /// <summary>Makes the root if there is none.</summary>
    public void Root(DateTimeOffset now)
    {
        if (EntryQueries.Find(session, default) is null)
            Insert(CatalogDraft.Root(now), null);
    }

    public CreateOutcome Create(CatalogDraft draft)
    {
        if (draft.Path.IsRoot)
            return Hindered(draft, CreateOutcomeKind.NameTaken);
        var parent = DirectoryAt(draft.Path.Parent);
        if (parent.Hindrance is { } hindrance)
            return Hindered(draft, hindrance);
        if (Insert(draft, parent.Entry) is not { } entry)
            return Hindered(draft, CreateOutcomeKind.NameTaken);
        if (draft.Kind == CatalogEntryKind.Directory)
            _directories[draft.Path] = new EntryPlace(entry, null);
        else
            _directories.Remove(draft.Path);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(draft.CreatedAt.ToUnixTimeMilliseconds());
        return new CreateOutcome(CreateOutcomeKind.Created, new CatalogEntry
        {
            Id = draft.Id,
            Path = draft.Path,
            Kind = draft.Kind,
            Owner = draft.Owner,
            Group = draft.Group,
            Acl = draft.Acl,
            AclVersion = 1,
            Publication = draft.Publication,
            Source = draft.Source,
            Target = draft.Target,
            CreatedAt = at,
            ModifiedAt = at,
        });
    }

    private CreateOutcome Hindered(CatalogDraft draft, CreateOutcomeKind otherwise)
    {
        // An entry of that id comes first: whoever publishes twice is told "existing", wherever it went meanwhile.
        if (EntryQueries.Find(session, draft.Id) is { } existing)
            return new CreateOutcome(CreateOutcomeKind.Existing, existing.At(EntryQueries.PathOf(session, existing), _terms));
        if (otherwise != CreateOutcomeKind.NameTaken)
            return new CreateOutcome(otherwise, null);
        var taken = draft.Path.IsRoot ? EntryQueries.Find(session, default) : EntryQueries.Child(session, DirectoryAt(draft.Path.Parent).Entry, draft.Path.Name);
        return new CreateOutcome(otherwise, taken!.At(draft.Path, _terms));
    }

    private long? Insert(CatalogDraft draft, long? parent)
    {
        var entry = session.Scalar<long>(InsertSql,
            draft.Id.ToBytes(), parent, draft.Path.Name, (int)draft.Kind, _terms.Number(draft.Owner), _terms.Number(draft.Group), _terms.Number(draft.Acl),
            _terms.Number(draft.Publication), _terms.Number(draft.Source?.Archive), _terms.Number(draft.Source?.MediaType), draft.Source?.Object.Value, draft.Target?.ToString(),
            draft.CreatedAt.ToUnixTimeMilliseconds());
        return entry == 0 ? null : entry;
    }

    private EntryPlace DirectoryAt(StoragePath path)
    {
        if (_directories.TryGetValue(path, out var known))
            return known;
        var walk = EntryQueries.Walk(session, path);
        if (!walk[^1].IsDirectory)
            return new EntryPlace(0, CreateOutcomeKind.ParentNotADirectory);
        // What is missing now may be created by a later draft, so only what exists is remembered.
        if (walk.Count <= path.Names.Length)
            return new EntryPlace(0, CreateOutcomeKind.NoParent);
        return _directories[path] = new EntryPlace(walk[^1].Entry, null);
    }

    private readonly record struct EntryPlace(long Entry, CreateOutcomeKind? Hindrance);
}
