using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Mdm.Srm.Messages;

namespace Mdm.Client.Files;

/// <summary>Fetches many files into memory: in requests of many, with a few downloads at a time, never further ahead of whoever takes them than that.</summary>
/// <param name="http">Brings the bytes.</param>
/// <param name="srm">The host.</param>
/// <param name="options">How many at once, how patient.</param>
/// <param name="decipher">Writes a file that arrives to a stream, deciphered when it is sealed.</param>
internal sealed class MemoryFetch(HttpClient http, SrmClient srm, FetchOptions options, Func<ArrivingStream, Surl, Stream, CancellationToken, Task> decipher)
{
    public async IAsyncEnumerable<FileContent> RunAsync(IAsyncEnumerable<GridEntry> entries, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var arrived = Channel.CreateBounded<FileContent>(new BoundedChannelOptions(options.Parallel) { SingleReader = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var fetching = Task.Run(() => FetchAsync(entries, arrived.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var file in arrived.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return file;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await fetching.ConfigureAwait(false);
        }
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task FetchAsync(IAsyncEnumerable<GridEntry> entries, ChannelWriter<FileContent> arrived, CancellationToken cancellationToken)
    {
#pragma warning disable CA1031 // Whatever it is, whoever takes the files is told.
        try
        {
            var files = entries.Where(entry => entry.Type == FileType.File).Select(entry => new FetchJob(entry, string.Empty));
            await foreach (var batch in files.Chunk(options.FilesPerRequest).WithCancellation(cancellationToken).ConfigureAwait(false))
                await GetAsync(batch, arrived, cancellationToken).ConfigureAwait(false);
            arrived.Complete();
        }
        catch (Exception e)
        {
            arrived.Complete(e);
        }
#pragma warning restore CA1031
    }

    private async Task GetAsync(FetchJob[] batch, ChannelWriter<FileContent> arrived, CancellationToken cancellationToken)
    {
        var session = new GetSession(srm, batch, options, static _ => { });
        try
        {
            var limits = new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(session.ReadyAsync(cancellationToken), limits, async (ready, token) =>
            {
                await arrived.WriteAsync(await TakeAsync(ready, token).ConfigureAwait(false), token).ConfigureAwait(false);
                await session.DoneAsync(ready.Job, token).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        finally
        {
            await session.EndAsync().ConfigureAwait(false);
        }
    }

    private async Task<FileContent> TakeAsync(ReadyFile ready, CancellationToken cancellationToken)
    {
        if (ready.Refusal is not null)
            throw ready.Refusal;
        var entry = ready.Job.Entry;
        var length = ready.Length ?? entry.Length ?? 0;
        if (length > Array.MaxLength)
            throw new SrmException(null, $"{entry.Surl} has {length} bytes; a file of more than {Array.MaxLength} is not fetched into memory whole.");
        var arriving = new ArrivingStream(RemoteFile.Ready(http, srm, entry, options, ready.Turl!));
        await using (arriving.ConfigureAwait(false))
        {
            // What a sealed file takes is enough for its plaintext.
            using var content = new MemoryStream((int)Math.Max(0, length));
            await decipher(arriving, entry.Surl, content, cancellationToken).ConfigureAwait(false);
            return new FileContent(entry, content.GetBuffer().AsMemory(0, (int)content.Length));
        }
    }
}
