namespace Mdm.Abstractions.Testing;

/// <summary>Keys in memory, for tests of whatever uses a key store. It keeps every obligation but durability.</summary>
public sealed class InMemoryKeyStore : IListableKeyStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<KeyId, (KeyDraft Rights, ContentKey Key)> _keys = [];
    private readonly HashSet<KeyId> _destroyed = [];

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<KeyOutcome>> ObtainManyAsync(IReadOnlyList<KeyDraft> drafts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(drafts);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return new([.. drafts.Select(Obtain)]);
    }

    /// <inheritdoc/>
    public ValueTask<ContentKey> GetAsync(KeyId id, GridIdentity caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return _keys.TryGetValue(id, out var kept) && kept.Rights.Acl.Permits(caller, kept.Rights.Owner, kept.Rights.Group, Permissions.Read)
                ? new(new ContentKey(kept.Key.Bytes))
                : throw new MdmException(MdmErrorKind.NotFound, $"There is no key {id}, or you have no right to it.");
        }
    }

    /// <inheritdoc/>
    public ValueTask SetRightsManyAsync(IReadOnlyList<KeyDraft> rights, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rights);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            foreach (var one in rights)
            {
                if (_keys.TryGetValue(one.Id, out var kept))
                    _keys[one.Id] = (one, kept.Key);
            }
        }
        return default;
    }

    /// <inheritdoc/>
    public ValueTask DestroyManyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            foreach (var id in ids)
            {
                if (_keys.Remove(id, out var kept))
                    kept.Key.Dispose();
                _destroyed.Add(id);
            }
        }
        return default;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyRecord> ListAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        KeyRecord[] all;
        lock (_lock)
            all = [.. _keys.Values.Select(kept => new KeyRecord(kept.Rights, IsWhole: true))];
        foreach (var record in all)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return record;
        }
        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            foreach (var (_, key) in _keys.Values)
                key.Dispose();
            _keys.Clear();
        }
        return default;
    }

    private KeyOutcome Obtain(KeyDraft draft)
    {
        if (_destroyed.Contains(draft.Id))
            return new KeyOutcome(draft.Id, null, new MdmException(MdmErrorKind.Refused, $"The key {draft.Id} was destroyed, and its id is not used again."));
        if (!_keys.TryGetValue(draft.Id, out var kept))
            _keys[draft.Id] = kept = (draft, ContentKey.Create());
        return new KeyOutcome(draft.Id, new ContentKey(kept.Key.Bytes), null);
    }
}
