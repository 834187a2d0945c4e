using System.Collections.Concurrent;
using Mdm.Client.Keys;
using Mdm.Formats.Sealed;

namespace Mdm.Client.Files;

/// <summary>Fetches many files: in requests of many, with a few downloads at a time.</summary>
/// <param name="keys">The host's keys; null when sealed files are to be left as they come.</param>
internal sealed class Fetch(HttpClient http, SrmClient srm, FetchOptions options, Action<FetchEvent> report, SiteKeys? keys) : IDisposable
{
    // The host gets the next files ready while the last are being downloaded.
    private const int RequestsAtOnce = 2;
    private const int CompareBuffer = 256 * 1024;

    private readonly SemaphoreSlim _downloads = new(options.Parallel);
    private readonly ConcurrentQueue<FetchedFile> _files = new();
    private readonly ConcurrentQueue<MissedFile> _missed = new();

    public async Task<FetchResult> RunAsync(IAsyncEnumerable<FetchJob> jobs, CancellationToken cancellationToken)
    {
        var wanted = jobs.Select((FetchJob job, CancellationToken token) => WantedAsync(job, token)).OfType<FetchJob>();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = RequestsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(wanted.Chunk(options.FilesPerRequest), limits, async (batch, token) => await GetAsync(batch, token).ConfigureAwait(false)).ConfigureAwait(false);
        return new FetchResult([.. _files], [.. _missed]);
    }

    public void Dispose() => _downloads.Dispose();

    private async Task GetAsync(FetchJob[] batch, CancellationToken cancellationToken)
    {
        report(new FilesFound(batch.Length, batch.Sum(j => j.Entry.Length) is { } sum && batch.All(j => j.Entry.Length is not null) ? sum : null));
        var session = new GetSession(srm, batch, options, report);
        try
        {
            var limits = new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(session.ReadyAsync(cancellationToken), limits, async (ready, token) => await TakeAsync(session, ready, token).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            await session.EndAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask TakeAsync(GetSession session, ReadyFile ready, CancellationToken cancellationToken)
    {
        if (ready.Refusal is not null)
        {
            Miss(ready.Job, ready.Refusal);
            return;
        }
        await _downloads.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var file = ready.Job.IsCompared
                ? await new SealedComparison(http, keys!).RunAsync(ready, cancellationToken).ConfigureAwait(false)
                : await new Download(http, options, srm.Clock, report, keys).RunAsync(ready, cancellationToken).ConfigureAwait(false);
            _files.Enqueue(file);
            report(new FileFetched(file));
        }
        catch (SrmException e)
        {
            Miss(ready.Job, e);
        }
        finally
        {
            _downloads.Release();
        }
        await session.DoneAsync(ready.Job, cancellationToken).ConfigureAwait(false);
    }

    private void Miss(FetchJob job, SrmException reason)
    {
        var missed = new MissedFile(job.Surl, reason);
        _missed.Enqueue(missed);
        report(new FileMissed(missed));
    }

    // What is there already is left alone, and is only an error when it is not the same. Null when there is nothing to fetch.
    private async ValueTask<FetchJob?> WantedAsync(FetchJob job, CancellationToken cancellationToken)
    {
        try
        {
            // Nothing takes the place of a device or pipe, and reading it to compare might never end.
            Destination.OfFile(job.Destination).Dispose();
            if (options.Force || !File.Exists(job.Destination))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(job.Destination)!);
                return job;
            }
            var length = new FileInfo(job.Destination).Length;
            if (job.Entry is { Length: { } listed, Adler32: not null } && keys is not null && SealedFormat.TryPlainLength(listed, out var plain) && plain == length)
                return job with { IsCompared = true };
            var adler32 = await Adler32OfAsync(job.Destination, cancellationToken).ConfigureAwait(false);
            if (job.Entry.Length == length && job.Entry.Adler32 == adler32)
            {
                var file = new FetchedFile(job.Surl, job.Destination, length, adler32, IsVerified: true, FetchOutcome.AlreadyThere);
                _files.Enqueue(file);
                report(new FileFetched(file));
            }
            else
            {
                Miss(job, new SrmException(null, job.Entry.Adler32 is null
                    ? $"{job.Destination} is there already, and the host has no checksum to tell whether it is the same file. Replacing it takes force."
                    : $"{job.Destination} is there already and is another file. Replacing it takes force."));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Miss(job, new SrmException(null, $"{job.Destination}: {e.Message}", e));
        }
        return null;
    }

    internal static async Task<string> Adler32OfAsync(string path, CancellationToken cancellationToken)
    {
        var adler32 = new Adler32();
        var buffer = new byte[CompareBuffer];
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        await using (file.ConfigureAwait(false))
        {
            for (int read; (read = await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
                adler32.Append(buffer.AsSpan(0, read));
        }
        return adler32.ToString();
    }
}
