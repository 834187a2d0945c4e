using Mdm.Host.Access;
using Mdm.Host.Members;

namespace Mdm.Host.Keys;

/// <summary>Sees to it that content keys follow the catalogue: the keystores are told of rights, and keys of files that went are destroyed.</summary>
internal sealed class KeyOutbox(KeyLedger ledger, ContentKeys keys, IKeyStore store, ICatalog catalog, Membership members, ILogger<KeyOutbox> log) : CatalogFollower("The keystores", members, log)
{
    private readonly List<FileId> _leaving = [];

    protected override async Task<IReadOnlyCollection<FileId>> NoteAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken) => await ledger.NoteChangesAsync(files, cancellationToken);

    protected override Task<List<string>> NotingAsync(CancellationToken cancellationToken) => ledger.NotingAsync(cancellationToken);

    protected override Task MoveAsync(string from, string to, CancellationToken cancellationToken) => ledger.MoveAsync(from, to, cancellationToken);

    protected override async Task TellAsync(CancellationToken cancellationToken)
    {
        await TellRightsAsync(cancellationToken);
        await DestroyRetiredAsync(cancellationToken);
    }

    private async Task TellRightsAsync(CancellationToken cancellationToken)
    {
        var after = default(FileId);
        while (true)
        {
            var page = await ledger.PendingAsync(after, Page, cancellationToken);
            if (page.Count == 0)
                return;
            after = page[^1].File;
            var ready = Changes.Ended(page, note => note.File);
            var (there, gone) = (new List<(KeyNote Note, KeyDraft Draft)>(), new List<KeyNote>());
            foreach (var note in ready)
            {
                if (await catalog.FindAsync(note.File, cancellationToken) is { } entry)
                    there.Add((note, keys.DraftOf(entry) with { Id = note.Key }));
                else
                    gone.Add(note);
            }
            if (there.Count > 0)
            {
                await store.SetRightsManyAsync(there.ConvertAll(t => t.Draft), cancellationToken);
                var same = await StillAsync(there, cancellationToken);
                Changes.Settle(await ledger.ToldAsync(same, cancellationToken));
            }
            if (gone.Count > 0)
            {
                // A file that comes back gets another key: one that was destroyed may lie on a keystore that is down.
                await keys.RotateAsync(gone.ConvertAll(note => note.File), cancellationToken);
                _leaving.AddRange(gone.Select(note => note.File));
            }
        }
    }

    /// <summary>
    /// What was told and is still so. Another host may have changed the rights and told that before what was told here came in; then this host's note stays, and is told again.
    /// </summary>
    private async Task<List<KeyNote>> StillAsync(List<(KeyNote Note, KeyDraft Draft)> told, CancellationToken cancellationToken)
    {
        if (!IsShared)
            return told.ConvertAll(one => one.Note);
        var same = new List<KeyNote>(told.Count);
        foreach (var (note, draft) in told)
        {
            if (await catalog.FindAsync(note.File, cancellationToken) is { } entry && keys.DraftOf(entry) with { Id = note.Key } == draft)
                same.Add(note);
            else
                Wake();
        }
        return same;
    }

    private async Task DestroyRetiredAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var retired = await ledger.RetiredAsync(Page, cancellationToken);
            if (retired.Count == 0)
            {
                Changes.Settle(_leaving);
                _leaving.Clear();
                return;
            }
            await store.DestroyManyAsync(retired, cancellationToken);
            await ledger.DestroyedAsync(retired, cancellationToken);
            Log.Destroyed(log, retired.Count);
        }
    }
}
