using System.Runtime.CompilerServices;

namespace Mdm.Host.Metadata;

/// <summary>What is not as it should be between the catalogue and the metadata.</summary>
internal enum RowDrift
{
    /// <summary>Others find the row than the file's rights say.</summary>
    ReadersDiffer,

    /// <summary>The file is gone, its row is not.</summary>
    FileGone,
}

/// <summary>One thing that was found.</summary>
internal sealed record RowFinding(RowDrift Drift, StoragePath Collection, FileId File, bool IsMended);

/// <summary>Compares who finds rows with what the catalogue says, row by row, in bounded memory. Mending only notes: the follower tells the metadata.</summary>
/// <param name="plans">Which collections there are.</param>
/// <param name="store">The configured metadata; null where there is none.</param>
/// <param name="catalog">The truth.</param>
/// <param name="ledger">Takes notes of what is to be told.</param>
/// <param name="follower">Tells it; null where there is no metadata.</param>
internal sealed class RowReconciler(MetadataPlans plans, IMetadataStore? store, ICatalog catalog, MetadataLedger ledger, MetadataFollower? follower)
{
    /// <exception cref="MdmException">What the store throws.</exception>
    public async IAsyncEnumerable<RowFinding> RunAsync(bool mend, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A store that restricts no row has nothing to differ in.
        if (store is not IRestrictableMetadataStore restrictable)
            yield break;
        foreach (var plan in plans.All)
        {
            await foreach (var rights in RowsAsync(restrictable, plan.Collection, cancellationToken))
            {
                if (await DriftAsync(rights, cancellationToken) is not { } drift)
                    continue;
                if (mend)
                    await ledger.NoteAsync([rights.File], cancellationToken);
                yield return new RowFinding(drift, plan.Collection, rights.File, mend);
            }
        }
        if (mend)
            follower?.Wake();
    }

    /// <summary>How much waits, and since when the oldest.</summary>
    public Task<(long Count, DateTimeOffset? Since)> BacklogAsync(CancellationToken cancellationToken) => ledger.BacklogAsync(cancellationToken);

    private async Task<RowDrift?> DriftAsync(RowRights rights, CancellationToken cancellationToken) => await catalog.FindAsync(rights.File, cancellationToken) is not { } entry ? RowDrift.FileGone
        : SearchRights.Of(entry).Equals(rights.Readers) ? null : RowDrift.ReadersDiffer;

    private static async IAsyncEnumerable<RowRights> RowsAsync(IRestrictableMetadataStore store, StoragePath collection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = store.ListReadersAsync(collection, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var _ = rows;
        while (await NextAsync(rows))
            yield return rows.Current;
    }

    // A publication that never ran has no collection.
    private static async Task<bool> NextAsync(IAsyncEnumerator<RowRights> rows)
    {
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (MdmException missing) when (missing.Kind == MdmErrorKind.NotFound)
        {
            return false;
        }
    }
}
