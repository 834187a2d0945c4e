namespace Mdm.Host.Tests.Publication;

/// <summary>A catalogue between whose steps others do something, or the process dies.</summary>
internal sealed class InterferingCatalog(ICatalog inner) : ICatalog
{
    /// <summary>Runs before entries are created; may throw.</summary>
    public Func<IReadOnlyList<CatalogDraft>, Task>? BeforeCreate { get; set; }

    /// <summary>Runs before an entry is removed; may throw.</summary>
    public Action? BeforeRemove { get; set; }

    public async ValueTask<IReadOnlyList<CreateOutcome>> CreateManyAsync(IReadOnlyList<CatalogDraft> drafts, CancellationToken cancellationToken)
    {
        if (BeforeCreate is { } before)
            await before(drafts);
        return await inner.CreateManyAsync(drafts, cancellationToken);
    }

    public ValueTask<IReadOnlyList<CatalogEntry>> WalkAsync(StoragePath path, CancellationToken cancellationToken) => inner.WalkAsync(path, cancellationToken);

    public ValueTask<CatalogEntry?> FindAsync(FileId id, CancellationToken cancellationToken) => inner.FindAsync(id, cancellationToken);

    public ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(StoragePath directory, string? after, int skip, int limit, CancellationToken cancellationToken) =>
        inner.ListAsync(directory, after, skip, limit, cancellationToken);

    public ValueTask<CreateOutcome> ReplaceAsync(FileId old, CatalogDraft draft, CancellationToken cancellationToken) => inner.ReplaceAsync(old, draft, cancellationToken);

    public ValueTask<CatalogEntry> SetAclAsync(FileId id, Acl acl, long expectedVersion, CancellationToken cancellationToken) => inner.SetAclAsync(id, acl, expectedVersion, cancellationToken);

    public ValueTask SetFactsAsync(FileId id, FileFacts? facts, CancellationToken cancellationToken) => inner.SetFactsAsync(id, facts, cancellationToken);

    public ValueTask<CatalogEntry> MoveAsync(FileId id, StoragePath to, CancellationToken cancellationToken) => inner.MoveAsync(id, to, cancellationToken);

    public ValueTask<bool> RemoveAsync(FileId id, CancellationToken cancellationToken)
    {
        BeforeRemove?.Invoke();
        return inner.RemoveAsync(id, cancellationToken);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

/// <summary>A catalogue that takes everything and keeps the ids only, so that what is measured is not its own memory.</summary>
internal sealed class ForgetfulCatalog : ICatalog
{
    private readonly HashSet<FileId> _ids = [];

    public int Count => _ids.Count;

    public ValueTask<IReadOnlyList<CreateOutcome>> CreateManyAsync(IReadOnlyList<CatalogDraft> drafts, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<CreateOutcome>>([.. drafts.Select(draft => new CreateOutcome(_ids.Add(draft.Id) ? CreateOutcomeKind.Created : CreateOutcomeKind.Existing, Entry(draft)))]);

    public ValueTask<IReadOnlyList<CatalogEntry>> WalkAsync(StoragePath path, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<CatalogEntry?> FindAsync(FileId id, CancellationToken cancellationToken) => ValueTask.FromResult<CatalogEntry?>(null);

    public ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(StoragePath directory, string? after, int skip, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<CreateOutcome> ReplaceAsync(FileId old, CatalogDraft draft, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<CatalogEntry> SetAclAsync(FileId id, Acl acl, long expectedVersion, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask SetFactsAsync(FileId id, FileFacts? facts, CancellationToken cancellationToken) => default;

    public ValueTask<CatalogEntry> MoveAsync(FileId id, StoragePath to, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<bool> RemoveAsync(FileId id, CancellationToken cancellationToken) => ValueTask.FromResult(_ids.Remove(id));

    public ValueTask DisposeAsync() => default;

    private static CatalogEntry Entry(CatalogDraft draft) => new()
    {
        Id = draft.Id,
        Path = draft.Path,
        Kind = draft.Kind,
        Owner = draft.Owner,
        Group = draft.Group,
        Acl = draft.Acl,
        Publication = draft.Publication,
        Source = draft.Source,
        CreatedAt = draft.CreatedAt,
        ModifiedAt = draft.CreatedAt,
        AclVersion = 1,
    };
}
