using System.Runtime.CompilerServices;
using Mdm.Host.Access;

namespace Mdm.Host.Keys;

/// <summary>What is not as it should be between the catalogue and the keystores.</summary>
internal enum KeyDrift
{
    /// <summary>The keystores keep a key that no file has.</summary>
    Orphan,

    /// <summary>The file is gone, its key is not.</summary>
    FileGone,

    /// <summary>The key's rights are not the file's.</summary>
    RightsDiffer,

    /// <summary>A keystore lacks its share, or has other rights; see <c>mdm keystore repair</c>.</summary>
    NotWhole,

    /// <summary>A key that was made is not kept any more: what is sealed with it cannot be opened and is fetched and sealed anew.</summary>
    Lost,
}

/// <summary>One thing that was found.</summary>
internal sealed record KeyFinding(KeyDrift Drift, KeyId Key, FileId? File, bool IsMended);

/// <summary>
/// Compares what the keystores keep with what the catalogue says, key by key in the order of their ids, in bounded memory. Mending only notes: the outbox tells the keystores.
/// </summary>
internal sealed class KeyReconciler(KeyLedger ledger, ContentKeys keys, IKeyStore store, ICatalog catalog, KeyOutbox outbox)
{
    private const int Page = 1000;

    /// <summary>Most keys of unknown files that one run looks for in the catalogue.</summary>
    private const int MaxUnknown = 100_000;

    /// <exception cref="MdmException">Unsupported: the keystore cannot list; Unavailable: not now.</exception>
    public async IAsyncEnumerable<KeyFinding> RunAsync(bool mend, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (store is not IListableKeyStore listable)
            throw new MdmException(MdmErrorKind.Unsupported, "The configured keystore cannot tell what it keeps, so there is nothing to compare.");
        var unknown = new HashSet<KeyId>();
        var known = KnownAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var _ = known;
        var hasKnown = await known.MoveNextAsync();
        await foreach (var record in listable.ListAsync(cancellationToken))
        {
            for (; hasKnown && known.Current.Key.CompareTo(record.Rights.Id) < 0; hasKnown = await known.MoveNextAsync())
                yield return await LostAsync(known.Current, mend, cancellationToken);
            if (hasKnown && known.Current.Key == record.Rights.Id)
            {
                if (await CompareAsync(record, known.Current.File, mend, cancellationToken) is { } finding)
                    yield return finding;
                hasKnown = await known.MoveNextAsync();
            }
            else if (unknown.Count < MaxUnknown && !await ledger.IsRetiredAsync(record.Rights.Id, cancellationToken))
            {
                unknown.Add(record.Rights.Id);
            }
        }
        for (; hasKnown; hasKnown = await known.MoveNextAsync())
            yield return await LostAsync(known.Current, mend, cancellationToken);
        await foreach (var orphan in OrphansAsync(unknown, mend, cancellationToken))
            yield return orphan;
        if (mend)
            outbox.Wake();
    }

    private async IAsyncEnumerable<(FileId File, KeyId Key)> KnownAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = default(KeyId);
        while (true)
        {
            var page = await ledger.KeysAsync(after, Page, cancellationToken);
            foreach (var pair in page)
                yield return pair;
            if (page.Count < Page)
                yield break;
            after = page[^1].Key;
        }
    }

    private async Task<KeyFinding?> CompareAsync(KeyRecord record, FileId file, bool mend, CancellationToken cancellationToken)
    {
        KeyDrift drift;
        if (await catalog.FindAsync(file, cancellationToken) is not { } entry)
            drift = KeyDrift.FileGone;
        else if (keys.DraftOf(entry) with { Id = record.Rights.Id } != record.Rights)
            drift = KeyDrift.RightsDiffer;
        else if (!record.IsWhole)
            drift = KeyDrift.NotWhole;
        else
            return null;
        // Telling the rights anew also reaches a keystore that has older ones; a share that is missing only repair can make.
        var isMended = mend && (await ledger.NoteChangesAsync([file], cancellationToken)).Count > 0 && drift != KeyDrift.NotWhole;
        return new KeyFinding(drift, record.Rights.Id, file, isMended);
    }

    private async Task<KeyFinding> LostAsync((FileId File, KeyId Key) pair, bool mend, CancellationToken cancellationToken)
    {
        if (mend)
            await keys.RotateAsync([pair.File], cancellationToken);
        return new KeyFinding(KeyDrift.Lost, pair.Key, pair.File, mend);
    }

    /// <summary>
    /// Keys of which the ledger knows nothing. Before one is called an orphan, the whole catalogue is asked whether it is one of its files': a ledger that was lost must not cost a
    /// single key.
    /// </summary>
    private async IAsyncEnumerable<KeyFinding> OrphansAsync(HashSet<KeyId> unknown, bool mend, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (unknown.Count == 0)
            yield break;
        var found = new List<(FileId, KeyId)>();
        await foreach (var entry in TreeWalk.BelowAsync(catalog, StoragePath.Root, cancellationToken))
        {
            if (entry.Kind == CatalogEntryKind.File && unknown.Remove(keys.IdOf(entry.Id)))
                found.Add((entry.Id, keys.IdOf(entry.Id)));
        }
        await ledger.NoteKeysAsync(found, cancellationToken);
        if (mend)
            await ledger.RetireAsync(unknown, cancellationToken);
        foreach (var key in unknown)
            yield return new KeyFinding(KeyDrift.Orphan, key, null, mend);
    }
}
