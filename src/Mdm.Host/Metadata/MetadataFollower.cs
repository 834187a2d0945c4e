using Mdm.Host.Access;

namespace Mdm.Host.Metadata;

/// <summary>
/// Sees to it that rows follow the catalogue: that a file's row goes when the file goes, and carries its path when it is moved. Noted durably before the catalogue changes, and told
/// again and again until the metadata has it. What is told is what stands in the catalogue then.
/// </summary>
internal sealed class MetadataFollower(MetadataLedger ledger, MetadataPlans plans, IMetadataStore store, ICatalog catalog, ILogger<MetadataFollower> log) : BackgroundService, IRightsFollower
{
    /// <summary>Rows told at a time.</summary>
    private const int Page = 256;

    /// <summary>How often is looked for notes of an earlier life.</summary>
    private static readonly TimeSpan IdlePause = TimeSpan.FromSeconds(15);

    /// <summary>The pause after the first failure; it doubles up to <see cref="IdlePause"/>.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    private readonly ChangesUnderWay _changes = new();
    private readonly SemaphoreSlim _wake = new(0);

    public async ValueTask<IDisposable> BeginAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
    {
        var change = _changes.Begin(files, Wake);
        try
        {
            await ledger.NoteAsync(files, cancellationToken);
            _changes.Note(files);
            return change;
        }
        catch
        {
            change.Dispose();
            throw;
        }
    }

    public Task SettledAsync(FileId file, CancellationToken cancellationToken) => _changes.SettledAsync(file, cancellationToken);

    public override void Dispose()
    {
        base.Dispose();
        _wake.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = IdlePause;
        while (true)
        {
            try
            {
                await _wake.WaitAsync(pause, stoppingToken);
                await TellAsync(stoppingToken);
                pause = IdlePause;
            }
            catch (MdmException failure)
            {
                pause = pause == IdlePause ? FirstPause : pause * 2 < IdlePause ? pause * 2 : IdlePause;
                Log.NotTold(log, failure.Kind, failure.Message, pause);
            }
#pragma warning disable CA1031 // Whatever a store's driver throws, it is told again.
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.TellingFailed(log, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
                pause = IdlePause;
            }
#pragma warning restore CA1031
        }
    }

    private void Wake()
    {
        if (_wake.CurrentCount == 0)
            _wake.Release();
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        var after = default(FileId);
        while (true)
        {
            var page = await ledger.PendingAsync(after, Page, cancellationToken);
            if (page.Count == 0)
                return;
            after = page[^1].Entry;
            var (there, gone) = (new List<MetadataNote>(), new List<MetadataNote>());
            foreach (var note in _changes.Ended(page, note => note.Entry))
            {
                if (await catalog.FindAsync(note.Entry, cancellationToken) is not { } entry)
                {
                    await store.RemoveAsync(note.Entry, cancellationToken);
                    gone.Add(note);
                    continue;
                }
                there.Add(note);
                if (entry.Kind == CatalogEntryKind.File)
                    await TellPathsAsync([entry], cancellationToken);
                else if (entry.Kind == CatalogEntryKind.Directory)
                    await TellBelowAsync(entry, cancellationToken);
            }
            _changes.Settle(await ledger.ToldAsync(there, isGone: false, cancellationToken));
            _changes.Settle(await ledger.ToldAsync(gone, isGone: true, cancellationToken));
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
            await TellPathsAsync(batch, cancellationToken);
            batch.Clear();
        }
        await TellPathsAsync(batch, cancellationToken);
    }

    /// <summary>Only of files that have a row: a publication may give nothing to the metadata.</summary>
    private async Task TellPathsAsync(List<CatalogEntry> files, CancellationToken cancellationToken)
    {
        var known = await ledger.LookAsync(files.ConvertAll(file => file.Id), cancellationToken);
        var rows = files.Zip(known).Where(pair => pair.Second is not null).Select(pair => (pair.First, Plan: plans.Find(pair.First.Publication)))
            .Where(pair => pair.Plan is not null).Select(pair => new MetadataRow(pair.Plan!.Collection, pair.First.Id, pair.First.Path, [])).ToList();
        if (rows.Count > 0)
            await store.PutManyAsync(rows, cancellationToken);
    }
}
