using Mdm.Host.Keys;

namespace Mdm.Host.Tests.Keys;

/// <summary>A keystore that can be down, and remembers what it was told.</summary>
internal sealed class FaultyKeyStore(IListableKeyStore inner) : IListableKeyStore
{
    public bool IsDown { get; set; }

    public List<KeyDraft> Told { get; } = [];

    public List<KeyId> Destroyed { get; } = [];

    /// <summary>Done before each key is obtained.</summary>
    public Func<Task>? BeforeObtaining { get; set; }

    public async ValueTask<IReadOnlyList<KeyOutcome>> ObtainManyAsync(IReadOnlyList<KeyDraft> drafts, CancellationToken cancellationToken)
    {
        Demand();
        if (BeforeObtaining is { } first)
            await first();
        return await inner.ObtainManyAsync(drafts, cancellationToken);
    }

    public ValueTask<ContentKey> GetAsync(KeyId id, GridIdentity caller, CancellationToken cancellationToken)
    {
        Demand();
        return inner.GetAsync(id, caller, cancellationToken);
    }

    public async ValueTask SetRightsManyAsync(IReadOnlyList<KeyDraft> rights, CancellationToken cancellationToken)
    {
        Demand();
        await inner.SetRightsManyAsync(rights, cancellationToken);
        lock (Told)
            Told.AddRange(rights);
    }

    public async ValueTask DestroyManyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken)
    {
        Demand();
        await inner.DestroyManyAsync(ids, cancellationToken);
        lock (Destroyed)
            Destroyed.AddRange(ids);
    }

    public IAsyncEnumerable<KeyRecord> ListAsync(CancellationToken cancellationToken)
    {
        Demand();
        return inner.ListAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void Demand()
    {
        if (IsDown)
            throw new MdmException(MdmErrorKind.Unavailable, "Two of three keystores do not answer.");
    }
}
