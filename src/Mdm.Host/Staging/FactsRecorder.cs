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
    private readonly ILogger _log;
    private readonly Channel<(FileId Id, FileFacts Facts)> _pending = Channel.CreateUnbounded<(FileId, FileFacts)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writing;

    public FactsRecorder(ICatalog catalog, ILogger log)
    {
        (_catalog, _log) = (catalog, log);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Sees to it that the entry has these facts.</summary>
    public void Record(CatalogEntry entry, FileFacts facts)
    {
        if (entry.Facts != facts)
            _pending.Writer.TryWrite((entry.Id, facts));
    }

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

    private async Task WriteAsync(FileId id, FileFacts facts)
    {
        try
        {
            await _catalog.SetFactsAsync(id, facts, CancellationToken.None);
        }
        catch (MdmException failure)
        {
            // Removed meanwhile, or the catalogue is busy.
            Log.FactsNotRecorded(_log, id, failure.Kind, failure.Message);
        }
    }
}
