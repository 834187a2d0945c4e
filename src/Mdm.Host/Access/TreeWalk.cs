using System.Runtime.CompilerServices;

namespace Mdm.Host.Access;

/// <summary>All entries below a directory, a page at a time: for the host's own work, which asks no rights.</summary>
internal static class TreeWalk
{
    private const int Page = 1000;

    public static async IAsyncEnumerable<CatalogEntry> BelowAsync(ICatalog catalog, StoragePath top, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var left = new Stack<StoragePath>([top]);
        while (left.TryPop(out var directory))
        {
            string? after = null;
            while (true)
            {
                var page = await PageAsync(catalog, directory, after, cancellationToken);
                foreach (var entry in page)
                {
                    if (entry.Kind == CatalogEntryKind.Directory)
                        left.Push(entry.Path);
                    yield return entry;
                }
                if (page.Count < Page)
                    break;
                after = page[^1].Path.Name;
            }
        }
    }

    private static async Task<IReadOnlyList<CatalogEntry>> PageAsync(ICatalog catalog, StoragePath directory, string? after, CancellationToken cancellationToken)
    {
        try
        {
            return await catalog.ListAsync(directory, after, 0, Page, cancellationToken);
        }
        catch (MdmException gone) when (gone.Kind is MdmErrorKind.NotFound or MdmErrorKind.NotADirectory)
        {
            // Removed or moved while it was walked.
            return [];
        }
    }
}
