using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Mdm.Host.Orders;

namespace Mdm.Host.Publication;

/// <summary>A run that was ordered; it goes on whether anybody watches or not.</summary>
internal sealed class PublicationRun(RunCounts counts, Task done, TimeProvider time)
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    /// <summary>Ends with the run; does not fail.</summary>
    public Task Done => done;

    public PublicationProgress Progress => counts.Snapshot();

    /// <summary>How far it is, every second, and how it ended.</summary>
    public async IAsyncEnumerable<PublicationProgress> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (!done.IsCompleted)
        {
            // Its end is told once, below.
            if (Progress is { Outcome: null } running)
                yield return running;
            using var interval = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(done, Task.Delay(WatchInterval, time, interval.Token));
            await interval.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
        yield return Progress;
    }
}

/// <summary>Carries out orders, one after the other for each archive, and remembers how each publication's last run went.</summary>
internal sealed class PublicationRunner(PublicationBook book, PublicationScan scan, PublicationLedger ledger, TimeProvider time, ILogger<PublicationRunner> log, Drains? drains = null) : IAsyncDisposable
{
    /// <summary>Most runs under way and waiting.</summary>
    public const int MaxRuns = 32;

    /// <summary>How often a run is shown in the log.</summary>
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _archives = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PublicationRun> _latest = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _running = [];

    /// <summary>Orders a run; it begins when no other reads the same archive.</summary>
    /// <exception cref="MdmException">NotFound: no such publication; InvalidName: the order; Busy: too many are waiting.</exception>
    public PublicationRun Begin(string publication, PublicationOrder order)
    {
        var plan = book.Get(publication);
        order.Check();
        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
                throw new MdmException(MdmErrorKind.Unavailable, "The host is stopping.");
            if (_running.Count == MaxRuns)
                throw new MdmException(MdmErrorKind.Busy, $"{MaxRuns} runs are under way or waiting; order again when one has ended.");
            var counts = new RunCounts(plan.Name, time);
            var done = Task.Run(() => CarryOutAsync(plan, order, counts));
            _running.Add(done);
            _ = done.ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return _latest[plan.Name] = new PublicationRun(counts, done, time);
        }
    }

    /// <summary>The run under way or last ended since this process started.</summary>
    public PublicationRun? Latest(string publication) => _latest.GetValueOrDefault(publication);

    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_gate)
            running = [.. _running];
        await _stop.CancelAsync();
        await Task.WhenAll(running);
        _stop.Dispose();
        foreach (var archive in _archives.Values)
            archive.Dispose();
    }

    private void Ended(Task done)
    {
        lock (_gate)
            _running.Remove(done);
    }

    private async Task CarryOutAsync(PublicationPlan plan, PublicationOrder order, RunCounts counts)
    {
        var archive = _archives.GetOrAdd(plan.Options.Archive, _ => new SemaphoreSlim(1, 1));
        var isMine = false;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var showing = ShowAsync(counts, over.Token);
#pragma warning disable CA1031 // A run must not take the process with it; whatever it is, it is in the log.
        try
        {
            await archive.WaitAsync(_stop.Token);
            isMine = true;
            if (drains?.Of(plan.Options.Archive) is { } drain)
                counts.End(RunOutcome.Incomplete, Drains.SentenceOf(drain));
            else
                await scan.RunAsync(plan, order, counts, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            counts.End(RunOutcome.Incomplete, "The host was stopped.");
        }
        catch (Exception fault)
        {
            Log.RunFailed(log, plan.Name, fault);
            counts.End(RunOutcome.Incomplete, "The run failed; the host's log says why.");
        }
#pragma warning restore CA1031
        finally
        {
            if (isMine)
                archive.Release();
        }
        await over.CancelAsync();
        await showing;
        await ConcludeAsync(counts.Snapshot());
    }

    private async Task ConcludeAsync(PublicationProgress end)
    {
        if (end.Outcome == RunOutcome.Complete)
            Log.Complete(log, end.Publication, end.Seconds, end.Listed, end.Created, end.Changed, end.Missing, end.Vanished, end.Held, end.Failed);
        else
            Log.NotComplete(log, end.Publication, end.Outcome, end.Listed, end.Reason);
        if (end is { Outcome: RunOutcome.Complete, Reason: { } held })
            Log.HeldBack(log, end.Publication, held);
        try
        {
            await ledger.SaveRunAsync(end.Publication, JsonSerializer.Serialize(end, PublicationDoor.Json), CancellationToken.None);
        }
        catch (MdmException failure)
        {
            Log.RunNotKept(log, end.Publication, failure.Message);
        }
    }

    private async Task ShowAsync(RunCounts counts, CancellationToken over)
    {
        using var timer = new PeriodicTimer(LogInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                var now = counts.Snapshot();
                Log.Running(log, now.Publication, now.Listed, now.Created, now.Existing, now.Tombstoned, now.Skipped, now.Failed, now.PerSecond);
            }
        }
        catch (OperationCanceledException)
        {
            // The run has ended.
        }
    }
}
