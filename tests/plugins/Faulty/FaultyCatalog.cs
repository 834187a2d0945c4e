using Mdm.Abstractions;
using Mdm.Abstractions.Testing;

namespace Mdm.TestPlugins.Faulty;

public sealed class FaultyCatalogOptions
{
    /// <summary>Whoever walks to this path waits for ever, and holds his thread.</summary>
    public string Hole { get; set; } = "/hole";
}

/// <summary>A catalogue in memory in which one path leads nowhere.</summary>
public sealed class FaultyCatalog(FaultyCatalogOptions options) : ICatalog
{
    private readonly InMemoryCatalog _behind = new();
    private readonly ManualResetEventSlim _never = new();
    private readonly StoragePath _hole = StoragePath.Parse(options.Hole);

    public ValueTask<IReadOnlyList<CatalogEntry>> WalkAsync(StoragePath path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.IsAtOrBelow(_hole))
            _never.Wait(CancellationToken.None);
        return _behind.WalkAsync(path, cancellationToken);
    }

    public ValueTask<CatalogEntry?> FindAsync(FileId id, CancellationToken cancellationToken) => _behind.FindAsync(id, cancellationToken);

    public ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(StoragePath directory, string? after, int skip, int limit, CancellationToken cancellationToken) => _behind.ListAsync(directory, after, skip, limit, cancellationToken);

    public ValueTask<IReadOnlyList<CreateOutcome>> CreateManyAsync(IReadOnlyList<CatalogDraft> drafts, CancellationToken cancellationToken) => _behind.CreateManyAsync(drafts, cancellationToken);

    public ValueTask<CreateOutcome> ReplaceAsync(FileId old, CatalogDraft draft, CancellationToken cancellationToken) => _behind.ReplaceAsync(old, draft, cancellationToken);

    public ValueTask<CatalogEntry> SetAclAsync(FileId id, Acl acl, long expectedVersion, CancellationToken cancellationToken) => _behind.SetAclAsync(id, acl, expectedVersion, cancellationToken);

    public ValueTask SetFactsAsync(FileId id, FileFacts? facts, CancellationToken cancellationToken) => _behind.SetFactsAsync(id, facts, cancellationToken);

    public ValueTask<CatalogEntry> MoveAsync(FileId id, StoragePath to, CancellationToken cancellationToken) => _behind.MoveAsync(id, to, cancellationToken);

    public ValueTask<bool> RemoveAsync(FileId id, CancellationToken cancellationToken) => _behind.RemoveAsync(id, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _never.Dispose();
        return _behind.DisposeAsync();
    }
}
