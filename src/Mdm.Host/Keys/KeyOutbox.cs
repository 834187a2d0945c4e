using Mdm.Host.Access;

namespace Mdm.Host.Keys;

/// <summary>
/// Sees to it that content keys follow the catalogue: what changes is noted durably before the catalogue changes, and told to the keystores, again and again until it holds.
/// What is told is what stands in the catalogue then, so that a note too many does no harm.
/// </summary>
internal sealed class KeyOutbox(KeyLedger ledger, ContentKeys keys, IKeyStore store, ICatalog catalog, ILogger<KeyOutbox> log) : BackgroundService, IRightsFollower
{
    /// <summary>Keys told at a time.</summary>
    private const int Page = 256;

    /// <summary>How often is looked for notes of an earlier life, or of another host.</summary>
    private static readonly TimeSpan IdlePause = TimeSpan.FromSeconds(15);

    /// <summary>The pause after the first failure; it doubles up to <see cref="IdlePause"/>.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    private readonly ChangesUnderWay _changes = new();
    private readonly List<FileId> _leaving = [];
    private readonly SemaphoreSlim _wake = new(0);

    public async ValueTask<IDisposable> BeginAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
    {
        var change = _changes.Begin(files, Wake);
        try
        {
            _changes.Note(await ledger.NoteChangesAsync(files, cancellationToken));
            return change;
        }
        catch
        {
            change.Dispose();
            throw;
        }
    }

    public Task SettledAsync(FileId file, CancellationToken cancellationToken) => _changes.SettledAsync(file, cancellationToken);

    /// <summary>Looks for work now.</summary>
    public void Wake()
    {
        if (_wake.CurrentCount == 0)
            _wake.Release();
    }

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
                await DestroyRetiredAsync(stoppingToken);
                pause = IdlePause;
            }
            catch (MdmException failure)
            {
                pause = pause == IdlePause ? FirstPause : pause * 2 < IdlePause ? pause * 2 : IdlePause;
                Log.NotTold(log, failure.Kind, failure.Message, pause);
            }
#pragma warning disable CA1031 // Whatever a keystore's driver throws, it is told again.
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.OutboxFailed(log, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
                pause = IdlePause;
            }
#pragma warning restore CA1031
        }
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        var after = default(FileId);
        while (true)
        {
            var page = await ledger.PendingAsync(after, Page, cancellationToken);
            if (page.Count == 0)
                return;
            after = page[^1].File;
            var ready = _changes.Ended(page, note => note.File);
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
                _changes.Settle(await ledger.ToldAsync(there.ConvertAll(t => t.Note), cancellationToken));
            }
            if (gone.Count > 0)
            {
                // A file that comes back gets another key: one that was destroyed may lie on a keystore that is down.
                await keys.RotateAsync(gone.ConvertAll(note => note.File), cancellationToken);
                _leaving.AddRange(gone.Select(note => note.File));
            }
        }
    }

    private async Task DestroyRetiredAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var retired = await ledger.RetiredAsync(Page, cancellationToken);
            if (retired.Count == 0)
            {
                _changes.Settle(_leaving);
                _leaving.Clear();
                return;
            }
            await store.DestroyManyAsync(retired, cancellationToken);
            await ledger.DestroyedAsync(retired, cancellationToken);
            Log.Destroyed(log, retired.Count);
        }
    }
}
