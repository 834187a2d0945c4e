using Mdm.Formats.Sealed;
using Mdm.Host.Keys;
using Mdm.Host.Plugins;

namespace Mdm.Host.Staging;

/// <summary>How a retrieval went.</summary>
/// <param name="Delivered">Objects that arrived whole.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="ArchiveFailed">The archive itself gave up or did not answer.</param>
/// <param name="Postponed">To be asked for in another retrieval.</param>
/// <param name="Failure">What the archive failed with; null when it did not.</param>
internal sealed record RetrievalOutcome(int Delivered, long Bytes, bool ArchiveFailed, IReadOnlyList<FetchAttempt> Postponed, string? Failure = null);

/// <summary>Makes a complete pool file of disclosed content; only the staging area can.</summary>
internal delegate PoolSlot CompleteFile(DisclosedContent content, FetchAttempt attempt, PartialFile partial, FileFacts facts);

/// <summary>
/// Fetches objects and passes each through disclosure into the pool. While one object is hashed and written the next is fetched. What happens to one object does not
/// touch the others, unless the archive itself fails.
/// </summary>
internal sealed class Retrieval(PoolDirectory directory, ContentKeys contentKeys, Quarantine quarantine, Discloser discloser, CompleteFile complete, StagingOptions options, TimeProvider time, ILogger log, PluginCalls calls, AuditTrail? audit = null, IContentDescriber? describer = null)
{
    /// <summary>Objects being hashed and written behind the one that is fetched: bounds memory, and one slow write does not hold up the archive.</summary>
    private const int MaxFinishing = 4;

    private readonly FetchOptions _fetch = options.Fetch;

    /// <summary>Every attempt has its result, or is postponed, when this returns; it does not throw.</summary>
    public async Task<RetrievalOutcome> RunAsync(string archive, IStorageBackend backend, IReadOnlyList<FetchAttempt> batch, CancellationToken stop)
    {
        PullAudit? pull;
        try
        {
            pull = PullAudit.Begin(audit, archive, batch);
        }
        catch (MdmException unwritten)
        {
            foreach (var attempt in batch)
                attempt.Fail(unwritten);
            return new RetrievalOutcome(0, 0, ArchiveFailed: false, []);
        }
        await using var keys = new BatchKeys(contentKeys, [.. batch.Select(attempt => attempt.Job.Entry)], stop);
        var run = new Run(archive, keys, calls.OfArchive(archive));
        if (batch.Count > 1 && backend is IBatchReadableBackend many)
            await RunManyAsync(run, many, batch, stop);
        else
            await RunOneAsync(run, backend, batch[0], stop);
        await Task.WhenAll(run.Finishing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        pull?.End();
        return new RetrievalOutcome(run.Delivered, run.Bytes, run.ArchiveFailed, run.Postponed, run.Failure);
    }

    private async Task RunOneAsync(Run run, IStorageBackend backend, FetchAttempt attempt, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, attempt.Token);
        using var patience = new Patience(run.Archive, run.Left, time, either.Token);
        try
        {
            var content = await patience.WaitAsync(token => backend.OpenReadAsync(attempt.Object, token), _fetch.FirstByte, "did not open an object");
            await PassAsync(run, content, attempt, patience);
        }
        catch (Exception failure)
        {
            attempt.Fail(Explain(run, failure, attempt.Token));
        }
    }

    private async Task RunManyAsync(Run run, IBatchReadableBackend backend, IReadOnlyList<FetchAttempt> batch, CancellationToken stop)
    {
        var waiting = new Dictionary<ArchiveObjectId, FetchAttempt>();
        foreach (var attempt in batch)
        {
            // Two publications of one object: an id may stand in a retrieval once only.
            if (!waiting.TryAdd(attempt.Object, attempt))
                run.Postponed.Add(attempt);
        }
        using var patience = new Patience(run.Archive, run.Left, time, stop);
        MdmException? reason = null;
        IAsyncEnumerator<ArchiveContent>? objects = null;
        try
        {
            objects = backend.OpenReadManyAsync([.. waiting.Keys], patience.Token).GetAsyncEnumerator(patience.Token);
            while (waiting.Values.Any(attempt => !attempt.Token.IsCancellationRequested)
                && await patience.WaitAsync(_ => objects.MoveNextAsync(), _fetch.FirstByte, "stopped sending objects"))
            {
                var content = objects.Current;
                if (waiting.Remove(content.Info.Id, out var attempt))
                    await PassAsync(run, content, attempt, patience);
                else
                    await content.DisposeAsync();
            }
        }
        catch (Exception failure)
        {
            reason = Explain(run, failure, CancellationToken.None) as MdmException;
        }
        if (objects is not null)
            await CloseAsync(run, objects, patience);
        foreach (var attempt in waiting.Values)
        {
            attempt.Fail(attempt.Token.IsCancellationRequested ? new OperationCanceledException(attempt.Token)
                : reason ?? new MdmException(MdmErrorKind.Unavailable, $"Archive {run.Archive} did not send the object. Try again later."));
        }
    }

    /// <summary>Passes one object through disclosure. Throws only what ends the whole retrieval.</summary>
    private async Task PassAsync(Run run, ArchiveContent content, FetchAttempt attempt, Patience patience)
    {
        PartialFile? partial = null;
        DisclosedSink? sink = null;
        try
        {
            attempt.Token.ThrowIfCancellationRequested();
            // Before the object is fetched: what cannot be sealed need not come.
            var key = await run.Keys.OfAsync(attempt.Job.Entry.Id);
            if (KeyTrouble(attempt, key) is { } trouble)
            {
                attempt.Fail(trouble);
                return;
            }
            var fetched = new FetchedStream(content.Stream, content.Info.Length, options.MaxObjectLength, patience, _fetch.Stall);
            if (content.Info.Length is { } length)
                attempt.Reservation.GrowTo(SealedFormat.SealedLength(Math.Min(length, options.MaxObjectLength)));
            partial = directory.Begin(attempt.Job.Entry.Id);
            sink = new DisclosedSink(new SealedWriter(partial, attempt.Job.Version.Delivery), key.Key!, key.Id, attempt.Reservation,
                describer?.Wants(attempt.Job.Entry) == true ? beginning => describer.DescribeAsync(attempt.Job.Entry, beginning) : null);
            var disclosed = await discloser.DiscloseAsync(attempt.Job.Entry, fetched, sink, attempt.Token);
            await run.Places.WaitAsync(CancellationToken.None);
            run.Finishing.Add(FinishAsync(run, disclosed, attempt, partial, sink));
        }
        catch (Exception failure)
        {
            if (sink is not null)
                await sink.AbandonAsync();
            partial?.Discard();
            attempt.Fail(Explain(run, failure, attempt.Token, isObjectOnly: content.Failure is not null));
            if (failure is MdmException { Kind: MdmErrorKind.Refused } refusal && ShortageException.Of(refusal) is null && discloser.IsDeidentified(attempt.Job.Entry))
                await quarantine.AddAsync(attempt.Job.Entry.Id, attempt.Job.Version, refusal.Message);
            if (patience.IsSpent)
                throw;
        }
        finally
        {
            await CloseAsync(run, content, patience);
        }
    }

    private async Task FinishAsync(Run run, DisclosedContent disclosed, FetchAttempt attempt, PartialFile partial, DisclosedSink sink)
    {
        try
        {
            var facts = await sink.FinishAsync();
            var slot = complete(disclosed, attempt, partial, facts);
            run.Count(facts.Length);
            attempt.Succeed(slot);
            if (!sink.Described.IsEmpty)
                describer?.Staged(attempt.Job.Entry, attempt.Job.Version, sink.Described);
        }
        catch (Exception failure)
        {
            partial.Discard();
            attempt.Fail(Explain(run, failure, attempt.Token, isObjectOnly: true));
        }
        finally
        {
            run.Places.Release();
        }
    }

    /// <summary>Why a file cannot be sealed; says nothing against its archive.</summary>
    private static MdmException? KeyTrouble(FetchAttempt attempt, KeyOutcome key) =>
        key.Key is null ? key.Failure
        : key.Id == attempt.Job.Version.Key ? null
        : new MdmException(MdmErrorKind.Busy, "The file's key was changed while it was being fetched. Try again.");

    /// <summary>What to tell for an exception: the contract's own as it is; anything else is a fault of the plugin, of which nobody but the log hears more.</summary>
    private Exception Explain(Run run, Exception failure, CancellationToken cancelled, bool isObjectOnly = false)
    {
        switch (failure)
        {
            case OperationCanceledException when cancelled.IsCancellationRequested:
                return failure;
            case MdmException known:
                if (known.Kind == MdmErrorKind.Unavailable && !isObjectOnly)
                    run.Fail(known.Message);
                return known;
            case IOException full when PoolDirectory.IsDiskFull(full):
                return ShortageException.Refusal(Shortage.Disk, "The disk under the pool is full: no free space. Try again later.");
            default:
                run.Fail($"The plugin threw {failure.GetType().Name}; the host's log says where.");
                if (failure is not OperationCanceledException)
                    Log.PluginThrew(log, run.Archive, failure.GetType().FullName, failure.StackTrace?.Split('\n')[0].Trim());
                return new MdmException(MdmErrorKind.Unavailable, $"Archive {run.Archive} failed while an object was fetched. Try again later.", failure);
        }
    }

    /// <summary>Closing must neither hang nor hide what went wrong before.</summary>
    private async Task CloseAsync(Run run, IAsyncDisposable closing, Patience patience)
    {
        if (patience.Abandoned is { } abandoned)
        {
            // What is still used cannot be closed.
            _ = abandoned.ContinueWith(_ => closing.DisposeAsync().AsTask(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return;
        }
        var ending = Task.Run(() => closing.DisposeAsync().AsTask());
        try
        {
            await ending.WaitAsync(LeftBehind.Grace + _fetch.Stall, time, CancellationToken.None);
        }
        catch (TimeoutException) when (!ending.IsCompleted)
        {
            run.Left.Add(ending);
            run.Fail("It did not close what it had opened.");
        }
        catch (Exception failure)
        {
            Explain(run, failure, CancellationToken.None);
        }
    }

    private sealed class Run(string archive, BatchKeys keys, LeftBehind left)
    {
        private int _delivered;
        private long _bytes;

        public string Archive => archive;

        public BatchKeys Keys => keys;

        public LeftBehind Left => left;

        public SemaphoreSlim Places { get; } = new(MaxFinishing);

        public List<Task> Finishing { get; } = [];

        public List<FetchAttempt> Postponed { get; } = [];

        public bool ArchiveFailed { get; private set; }

        public string? Failure { get; private set; }

        public int Delivered => _delivered;

        public long Bytes => _bytes;

        public void Fail(string why)
        {
            ArchiveFailed = true;
            Failure ??= why;
        }

        public void Count(long bytes)
        {
            Interlocked.Increment(ref _delivered);
            Interlocked.Add(ref _bytes, bytes);
        }
    }
}
