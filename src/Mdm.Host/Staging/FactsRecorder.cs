using System.Threading.Channels;

namespace Mdm.Host.Staging;

/// <summary>
/// Writes size and checksum of freshly staged files into the catalogue, many at a time, behind the callers' backs: a durable write each would cost more than
/// the fetch. What a crash loses is written when the file is next asked for, since the pool's names carry it.
/// </summary>
internal sealed class FactsRecorder : IAsyncDisposable
{
    /// <summary>Written at a time: what a catalogue gets at the same time it can make durable together.</summary>
    private const int AtOnce = 256;

    /// <summary>How long others are waited for.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);

    private readonly ICatalog _catalog;
    private readonly Action<FileId> _gone;
    private readonly ILogger _log;
    private readonly Channel<(FileId Id, FileFacts? Facts)> _pending = Channel.CreateUnbounded<(FileId, FileFacts?)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writing;

    /// <param name="catalog">Where they are written.</param>
    /// <param name="gone">Told of a file whose entry went while it was being staged: nobody else would ever take it out of the pool.</param>
    /// <param name="log">Where failures are told.</param>
    public FactsRecorder(ICatalog catalog, Action<FileId> gone, ILogger log)
    {
        (_catalog, _gone, _log) = (catalog, gone, log);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Sees to it that the entry has these facts.</summary>
    public void Record(CatalogEntry entry, FileFacts facts)
    {
        if (entry.Facts != facts)
            _pending.Writer.TryWrite((entry.Id, facts));
    }

    /// <summary>The same for a file that was staged a moment ago, whose entry may have gone meanwhile.</summary>
    public void RecordStaged(CatalogEntry entry, FileFacts facts) => _pending.Writer.TryWrite((entry.Id, entry.Facts == facts ? null : facts));

    /// <summary>Writes what is pending.</summary>
    public async ValueTask DisposeAsync()
    {
        _pending.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAsync()
    {
        var writes = new List<Task>(AtOnce);
        while (await _pending.Reader.WaitToReadAsync())
        {
            await Task.WhenAny(Task.Delay(Gather), _pending.Reader.Completion);
            while (writes.Count < AtOnce && _pending.Reader.TryRead(out var next))
                writes.Add(WriteAsync(next.Id, next.Facts));
            await Task.WhenAll(writes);
            writes.Clear();
        }
    }

    private async Task WriteAsync(FileId id, FileFacts? facts)
    {
        try
        {
            if (facts is not null)
                await _catalog.SetFactsAsync(id, facts, CancellationToken.None);
            else if (await _catalog.FindAsync(id, CancellationToken.None) is null)
                _gone(id);
        }
        catch (MdmException gone) when (gone.Kind == MdmErrorKind.NotFound)
        {
            _gone(id);
        }
        catch (MdmException failure)
        {
            // It is written when the file is next asked for.
            Log.FactsNotRecorded(_log, id, failure.Kind, failure.Message);
        }
    }
}
