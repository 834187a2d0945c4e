using System.Threading.Channels;
using Mdm.Host.Plugins;
using Mdm.Host.Staging;

namespace Mdm.Host.Publication;

/// <summary>
/// An archive's listing as a scan reads it: it goes on in time and has an end, or it throws. The archive lists on a thread of its own, a little ahead, so that one that blocks
/// holds up nobody else.
/// </summary>
internal sealed class ArchiveListing : IAsyncDisposable
{
    /// <summary>Entries listed ahead: enough for both sides to work at one time, little enough that the scan's pace is the listing's.</summary>
    private const int Ahead = 64;

    /// <summary>The first so many objects are remembered: they show a listing that goes round.</summary>
    private const int Remembered = 1000;

    /// <summary>How often they may come again.</summary>
    private const int MostRounds = 10;

    /// <summary>Most objects of one listing: more than any archive has.</summary>
    private const long MaxObjects = 1_000_000_000;

    private readonly Channel<ArchiveEntry> _entries = Channel.CreateBounded<ArchiveEntry>(new BoundedChannelOptions(Ahead) { SingleReader = true, SingleWriter = true });
    private readonly HashSet<ArchiveObjectId> _first = [];
    private readonly CancellationTokenSource _stop;
    private readonly LeftBehind _left;
    private readonly TimeSpan _silence;
    private readonly TimeProvider _time;
    private readonly Task _listing;
    private long _count;
    private long _repeats;

    /// <param name="backend">The archive.</param>
    /// <param name="selection">What is asked for.</param>
    /// <param name="left">What its listings left behind.</param>
    /// <param name="silence">Longest wait for the next entry.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MdmException">Unavailable: an earlier listing still goes on.</exception>
    public ArchiveListing(IBrowsableBackend backend, ArchiveSelection selection, LeftBehind left, TimeSpan silence, TimeProvider time, CancellationToken cancellationToken)
    {
        left.ThrowIfFull();
        (_left, _silence, _time) = (left, silence, time);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var token = _stop.Token;
        _listing = Task.Run(() => ListAsync(backend, selection, token), CancellationToken.None);
    }

    public ArchiveEntry Current { get; private set; } = null!;

    /// <exception cref="MdmException">Unavailable: nothing came in time; Corrupt: it has no end; what the archive says.</exception>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_entries.Reader.TryRead(out var entry))
            {
                Check(entry);
                Current = entry;
                return true;
            }
            try
            {
                if (!await _entries.Reader.WaitToReadAsync(CancellationToken.None).AsTask().WaitAsync(_silence, _time, cancellationToken))
                    return false;
            }
            catch (TimeoutException) when (!_entries.Reader.Completion.IsCompleted)
            {
                throw new MdmException(MdmErrorKind.Unavailable, $"nothing came for {_silence.TotalSeconds:0.#} seconds (Staging:Fetch:Listing).");
            }
        }
    }

    /// <summary>Ends the listing; one that does not end is left behind.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        // A listing that waits for room needs nobody's cancellation.
        while (_entries.Reader.TryRead(out _))
            continue;
        try
        {
            await _listing.WaitAsync(LeftBehind.Grace, _time);
        }
        catch (TimeoutException) when (!_listing.IsCompleted)
        {
            _left.Add(_listing);
        }
        _stop.Dispose();
    }

    private void Check(ArchiveEntry entry)
    {
        // What changes while it is listed may come twice; that is no harm.
        if (_first.Contains(entry.Info.Id))
        {
            if (++_repeats > MostRounds * _first.Count)
                throw new MdmException(MdmErrorKind.Corrupt, $"it goes round: its first {_first.Count} objects came more than {MostRounds} times over.");
        }
        else if (_first.Count < Remembered)
        {
            _first.Add(entry.Info.Id);
        }
        if (++_count > MaxObjects)
            throw new MdmException(MdmErrorKind.Corrupt, $"it lists more than {MaxObjects} objects.");
    }

    /// <summary>Does not throw: what the archive throws is the reader's.</summary>
    private async Task ListAsync(IBrowsableBackend backend, ArchiveSelection selection, CancellationToken token)
    {
#pragma warning disable CA1031 // A driver may throw anything; the reader judges it.
        try
        {
            await foreach (var entry in backend.BrowseAsync(selection, token).ConfigureAwait(false))
                await _entries.Writer.WriteAsync(entry, token).ConfigureAwait(false);
            _entries.Writer.TryComplete();
        }
        catch (Exception fault)
        {
            _entries.Writer.TryComplete(fault);
        }
#pragma warning restore CA1031
    }
}

/// <summary>How patient scans are with archives that list.</summary>
internal sealed class ListingLimits(StagingOptions options, PluginCalls calls, TimeProvider time)
{
    /// <summary>One listing that does not end is enough: the archive is not asked for another before it has.</summary>
    private const int MostLeftBehind = 1;

    /// <exception cref="MdmException">Unavailable: an earlier listing still goes on.</exception>
    public ArchiveListing Begin(string archive, IBrowsableBackend backend, ArchiveSelection selection, CancellationToken cancellationToken) =>
        new(backend, selection, calls.Of($"Archives:{archive} listing", MostLeftBehind), options.Fetch.Listing, time, cancellationToken);
}
