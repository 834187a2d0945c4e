using System.Runtime.CompilerServices;
using Mdm.Srm.Messages;

namespace Mdm.Client.Files;

/// <summary>A directory and all below it, parents first. Symbolic names are entries, not ways.</summary>
internal sealed class DirectoryWalk(SrmClient srm)
{
    // Listings asked for before they are needed: enough to hide the way to the host, too few to burden it.
    private const int Ahead = 4;

    public IAsyncEnumerable<GridEntry> BelowAsync(Surl directory, CancellationToken cancellationToken) =>
        BelowAsync(ListAsync(directory, cancellationToken), cancellationToken);

    private async IAsyncEnumerable<GridEntry> BelowAsync(Task<List<GridEntry>> listing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entries = await listing.ConfigureAwait(false);
        foreach (var entry in entries)
            yield return entry;

        var directories = entries.Where(e => e.Type == FileType.Directory).ToArray();
        var listings = new Queue<Task<List<GridEntry>>>();
        for (var i = 0; i < directories.Length; i++)
        {
            for (var next = i + listings.Count; listings.Count < Ahead && next < directories.Length; next++)
                listings.Enqueue(ListAsync(directories[next].Surl, cancellationToken));
            await foreach (var entry in BelowAsync(listings.Dequeue(), cancellationToken).ConfigureAwait(false))
                yield return entry;
        }
    }

    private async Task<List<GridEntry>> ListAsync(Surl directory, CancellationToken cancellationToken)
    {
        var entries = new List<GridEntry>();
        var isSelf = true;
        await foreach (var detail in srm.ListAsync(directory, isFull: true, cancellationToken).ConfigureAwait(false))
        {
            if (!isSelf)
                entries.Add(GridEntry.Of(detail, GridEntry.SurlOf(detail, directory)));
            isSelf = false;
        }
        return entries;
    }
}
