using Mdm.Host.Access;
using Mdm.Host.Members;

namespace Mdm.Host.Metadata;

/// <summary>Sees to it that rows follow the catalogue: a file's row goes when the file goes, carries its path when it is moved, and is found by whom the file's rights name.</summary>
internal sealed class MetadataFollower(MetadataLedger ledger, MetadataPlans plans, IMetadataStore store, ICatalog catalog, Membership members, ILogger<MetadataFollower> log) : CatalogFollower("The metadata servers", members, log)
{
    protected override async Task<IReadOnlyCollection<FileId>> NoteAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
    {
        await ledger.NoteAsync(files, cancellationToken);
        return files;
    }

    protected override Task<List<string>> NotingAsync(CancellationToken cancellationToken) => ledger.NotingAsync(cancellationToken);

    protected override Task MoveAsync(string from, string to, CancellationToken cancellationToken) => ledger.MoveAsync(from, to, cancellationToken);

    protected override async Task TellAsync(CancellationToken cancellationToken)
    {
        var after = default(FileId);
        while (true)
        {
            var page = await ledger.PendingAsync(after, Page, cancellationToken);
            if (page.Count == 0)
                return;
            after = page[^1].Entry;
            var (there, gone) = (new List<MetadataNote>(), new List<MetadataNote>());
            foreach (var note in Changes.Ended(page, note => note.Entry))
            {
                if (await catalog.FindAsync(note.Entry, cancellationToken) is not { } entry)
                {
                    await store.RemoveAsync(note.Entry, cancellationToken);
                    gone.Add(note);
                    continue;
                }
                await TellChangedAsync(entry, cancellationToken);
                // Another host may have changed it and told that before what was told here came in.
                if (IsShared && (await catalog.FindAsync(note.Entry, cancellationToken) is not { } now || now.Path != entry.Path || !SearchRights.Of(now).Equals(SearchRights.Of(entry))))
                    Wake();
                else
                    there.Add(note);
            }
            Changes.Settle(await ledger.ToldAsync(there, isGone: false, cancellationToken));
            Changes.Settle(await ledger.ToldAsync(gone, isGone: true, cancellationToken));
        }
    }

    /// <summary>A path that is refused for good is given up: it must not stand before the removals that come after it. The next change of the row carries the path, too.</summary>
    private async Task TellChangedAsync(CatalogEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            if (entry.Kind == CatalogEntryKind.File)
                await TellRowsAsync([entry], cancellationToken);
            else if (entry.Kind == CatalogEntryKind.Directory)
                await TellBelowAsync(entry, cancellationToken);
        }
        catch (MdmException refusal) when (!refusal.IsTransient)
        {
            Log.PathRefused(log, entry.Id, refusal.Kind, refusal.Message);
        }
    }

    private async Task TellBelowAsync(CatalogEntry directory, CancellationToken cancellationToken)
    {
        var batch = new List<CatalogEntry>(Page);
        await foreach (var entry in TreeWalk.BelowAsync(catalog, directory.Path, cancellationToken))
        {
            if (entry.Kind != CatalogEntryKind.File)
                continue;
            batch.Add(entry);
            if (batch.Count < Page)
                continue;
            await TellRowsAsync(batch, cancellationToken);
            batch.Clear();
        }
        await TellRowsAsync(batch, cancellationToken);
    }

    /// <summary>
    /// Only of files that have a row: a publication may give nothing to the metadata. A file that not everybody may find has one from then on, also where none was put yet: whoever puts one later finds it restricted.
    /// </summary>
    private async Task TellRowsAsync(List<CatalogEntry> files, CancellationToken cancellationToken)
    {
        var isRestrictable = store is IRestrictableMetadataStore;
        var known = await ledger.LookAsync(files.ConvertAll(file => file.Id), cancellationToken);
        var rows = files.Zip(known).Where(pair => pair.Second is not null || (isRestrictable && pair.First.SearchAcl is not null)).Select(pair => (pair.First, Plan: plans.Find(pair.First.Publication)))
            .Where(pair => pair.Plan is not null).Select(pair => new MetadataRow(pair.Plan!.Collection, pair.First.Id, pair.First.Path, []) { Readers = isRestrictable ? SearchRights.Of(pair.First) : null }).ToList();
        if (rows.Count > 0)
            await store.PutManyAsync(rows, cancellationToken);
    }
}
