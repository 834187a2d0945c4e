using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using Mdm.Formats.Sealed;
using Mdm.Srm.Messages;

namespace Mdm.Client.Files;

/// <summary>Fetches many files into memory: in requests of many, with a few downloads at a time, never further ahead of whoever takes them than that.</summary>
/// <param name="http">Brings the bytes.</param>
/// <param name="srm">The host.</param>
/// <param name="options">How many at once, how patient.</param>
/// <param name="decipher">Reads a file that arrives into memory, deciphered when it is sealed.</param>
internal sealed class MemoryFetch(HttpClient http, SrmClient srm, FetchOptions options, Func<ArrivingStream, Surl, ArrivedContent, CancellationToken, Task> decipher)
{
    private readonly BytesAllowance _allowance = new(options.MostBytes);

    public async IAsyncEnumerable<FileContent> RunAsync(IAsyncEnumerable<GridEntry> entries, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var arrived = Channel.CreateUnbounded<FileContent>(new UnboundedChannelOptions { SingleReader = true });
        // A place for each file that arrives or waits to be taken.
        using var places = new SemaphoreSlim(options.Parallel, options.Parallel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var fetching = Task.Run(() => FetchAsync(entries, arrived.Writer, places, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var file in arrived.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                places.Release();
                yield return file;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await fetching.ConfigureAwait(false);
            while (arrived.Reader.TryRead(out var left))
                CryptographicOperations.ZeroMemory(MemoryMarshal.AsMemory(left.Bytes).Span);
        }
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task FetchAsync(IAsyncEnumerable<GridEntry> entries, ChannelWriter<FileContent> arrived, SemaphoreSlim places, CancellationToken cancellationToken)
    {
#pragma warning disable CA1031 // Whatever it is, whoever takes the files is told.
        try
        {
            var files = entries.Where(entry => entry.Type == FileType.File).Select(Expected);
            await foreach (var batch in files.Chunk(options.FilesPerRequest).WithCancellation(cancellationToken).ConfigureAwait(false))
                await GetAsync(batch, arrived, places, cancellationToken).ConfigureAwait(false);
            arrived.Complete();
        }
        catch (Exception e)
        {
            arrived.Complete(e);
        }
#pragma warning restore CA1031
    }

    private FetchJob Expected(GridEntry entry)
    {
        // Whether it is sealed is known when it comes.
        var length = entry.Length ?? 0;
        _allowance.Expect(SealedFormat.TryPlainLength(length, out var plain) ? plain : length);
        return new FetchJob(entry, string.Empty);
    }

    private async Task GetAsync(FetchJob[] batch, ChannelWriter<FileContent> arrived, SemaphoreSlim places, CancellationToken cancellationToken)
    {
        var session = new GetSession(srm, batch, options, static _ => { });
        try
        {
            var limits = new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(session.ReadyAsync(cancellationToken), limits, async (ready, token) =>
            {
                await places.WaitAsync(token).ConfigureAwait(false);
                // Never full: there is a place for it.
                arrived.TryWrite(await TakeAsync(ready, token).ConfigureAwait(false));
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
            using var content = new ArrivedContent(length, _allowance);
            await decipher(arriving, entry.Surl, content, cancellationToken).ConfigureAwait(false);
            return new FileContent(entry, content.Take());
        }
    }
}
