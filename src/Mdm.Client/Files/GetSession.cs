using System.Runtime.CompilerServices;
using Mdm.Srm.Messages;

namespace Mdm.Client.Files;

/// <summary>One srmPrepareToGet of many files, from asking to releasing. Each file comes out once, as soon as it is ready or refused.</summary>
internal sealed class GetSession(SrmClient srm, IReadOnlyList<FetchJob> jobs, FetchOptions options, Action<FetchEvent> report)
{
    // Releasing file by file would double the calls; at the end only would keep a small pool full.
    private const int ReleaseEvery = 100;

    private readonly List<string> _done = [];
    private readonly Lock _gate = new();
    private string? _token;
    private bool _isOver;

    public async IAsyncEnumerable<ReadyFile> ReadyAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // By the text that was sent, which hosts send back; the same file may be asked for twice.
        var open = jobs.GroupBy(j => j.Surl.ToString(), StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        var answer = await srm.PrepareToGetAsync([.. jobs.DistinctBy(j => j.Surl).Select(j => j.Surl)], srm.DataProtocols, options.Pin, options.GiveUp, cancellationToken).ConfigureAwait(false);
        _token = answer.RequestToken;
        var (status, files) = (answer.ReturnStatus, answer.FileStatuses ?? []);
        var end = srm.Clock.GetUtcNow() + options.GiveUp;
        for (var round = 0; ; round++)
        {
            foreach (var file in files)
            {
                if (SrmClient.IsPending(file.Status.StatusCode) || !open.Remove(file.SourceSurl, out var settled))
                    continue;
                foreach (var job in settled)
                    yield return Settle(job, file);
            }
            if (open.Count == 0)
                break;
            if (!SrmClient.IsPending(status.StatusCode))
            {
                // The request is over, and the host has not said a word about these.
                foreach (var job in open.Values.SelectMany(o => o))
                    yield return new ReadyFile(job, null, null, SrmException.Of(status, job.Surl.ToString()));
                break;
            }
            if (_token is null)
                throw new SrmException(null, $"{srm.Endpoint.Authority} queued a request and gave no token to ask for it.");
            if (srm.Clock.GetUtcNow() >= end)
                throw new SrmException(StatusCode.RequestTimedOut, $"{open.Count} files were not ready within {options.GiveUp}.");
            await ReleaseDoneAsync(cancellationToken).ConfigureAwait(false);
            var waits = files.Where(f => SrmClient.IsPending(f.Status.StatusCode)).Select(f => f.EstimatedWaitTime).ToArray();
            report(new FilesAwaited(open.Count, waits.Max() is { } longest ? TimeSpan.FromSeconds(longest) : null));
            await srm.PauseAsync(round, waits.Min(), cancellationToken).ConfigureAwait(false);
            var progress = await srm.StatusOfGetAsync(_token, cancellationToken).ConfigureAwait(false);
            (status, files) = (progress.ReturnStatus, progress.FileStatuses ?? []);
        }
        _isOver = true;
    }

    /// <summary>The file was downloaded and need not stay.</summary>
    public async ValueTask DoneAsync(FetchJob job, CancellationToken cancellationToken)
    {
        bool isMany;
        lock (_gate)
        {
            _done.Add(job.Surl.ToString());
            isMany = _done.Count >= ReleaseEvery;
        }
        if (isMany)
            await ReleaseDoneAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Releases what is left, or ends the request when not all of it was had.</summary>
    public async ValueTask EndAsync()
    {
        if (_token is null)
            return;
        if (!_isOver)
        {
            await srm.AbortAsync(_token).ConfigureAwait(false);
            return;
        }
        using var limit = new CancellationTokenSource(SrmClient.GoodbyeTimeout, srm.Clock);
        try
        {
            await srm.ReleaseFilesAsync(_token, null, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SrmException or OperationCanceledException)
        {
            // The files are here. Pins that could not be given back end by themselves.
        }
    }

    private ReadyFile Settle(FetchJob job, GetRequestFileStatus file)
    {
        if (!SrmClient.IsGood(file.Status.StatusCode))
            return new ReadyFile(job, null, null, SrmException.Of(file.Status, job.Surl.ToString()));
        if (!Uri.TryCreate(file.TransferUrl, UriKind.Absolute, out var turl) || !srm.DataProtocols.Contains(turl.Scheme))
            return new ReadyFile(job, null, null, new SrmException(null, $"{job.Surl}: the host names an address that was not asked for."));
        return new ReadyFile(job, turl, file.FileSize, null);
    }

    private async ValueTask ReleaseDoneAsync(CancellationToken cancellationToken)
    {
        string[] done;
        lock (_gate)
        {
            done = [.. _done];
            _done.Clear();
        }
        if (done.Length == 0)
            return;
        try
        {
            await srm.ReleaseFilesAsync(_token, done, cancellationToken).ConfigureAwait(false);
        }
        catch (SrmException)
        {
            // As above.
        }
    }
}
