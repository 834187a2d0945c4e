using Mdm.Host.Plugins;

namespace Mdm.Host.Staging;

/// <summary>
/// The line before one archive: gathers what is asked at the same time into one retrieval, takes turns between callers, limits retrievals, keeps one place for whoever
/// comes next, and tells at once when the archive does not answer.
/// </summary>
internal sealed class ArchiveLine(string archive, IArchiveSource archives, Retrieval retrieval, LeftBehind left, StagingOptions options, TimeProvider time, ILogger log, DrainGate? drains = null) : IDisposable
{
    private const double Smoothing = 0.2;

    /// <summary>What an object is thought to take before one came: a slow archive sends twenty a second.</summary>
    private const double FirstGuess = 0.05;

    private readonly FetchOptions _fetch = options.Fetch;
    private readonly Lock _gate = new();
    private readonly FairQueue _queue = new();
    private readonly Circuit _circuit = new(options.Fetch, time);
    private readonly Dictionary<DistinguishedName, int> _runningOf = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<Task> _retrievals = [];
    private readonly ArchiveRecord _record = new();
    private int _running;
    private int _runningAhead;
    private int _objectsRunning;
    private bool _isGathering;
    private bool _isBatch = archives.FindArchive(archive) is IBatchReadableBackend;
    private double _meanLength = options.FirstReservation;
    private double _meanSeconds = FirstGuess;

    /// <summary>Most places one caller, or reading ahead, may take.</summary>
    private int PlacesOfOne => Math.Max(1, _fetch.MaxParallel - 1);

    /// <summary>Room to set aside for an object of unknown size: the mean of those seen, and a quarter.</summary>
    public long ExpectedLength
    {
        get
        {
            lock (_gate)
                return Math.Min((long)(_meanLength * 1.25), options.Quota);
        }
    }

    /// <summary>Stands in line and is fetched.</summary>
    /// <exception cref="MdmException">Unavailable at once while the archive is left alone; what the retrieval met.</exception>
    public async Task<PoolSlot> FetchAsync(StageJob job, PoolReservation reservation)
    {
        var attempt = new FetchAttempt(job, reservation);
        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
                throw Stopping();
            if (_circuit.IsClosed)
                throw LeftAlone();
            drains?.Demand(archive);
            left.ThrowIfFull();
            job.Attempt = attempt;
            _queue.Add(attempt);
            Pump();
        }
        await using var withdrawal = attempt.Token.UnsafeRegister(_ => Withdraw(attempt), null);
        return await attempt.Result;
    }

    /// <summary>Somebody waits now for what was only read ahead.</summary>
    public void Promote(StageJob job)
    {
        lock (_gate)
        {
            job.IsWanted = true;
            if (job.Attempt is { IsTaken: false } attempt)
            {
                _queue.Add(attempt);
                Pump();
            }
        }
    }

    /// <summary>The archive is another instance from now on: what is known of the old one's failures says nothing of it.</summary>
    public void Renew()
    {
        lock (_gate)
        {
            _isBatch = archives.FindArchive(archive) is IBatchReadableBackend;
            _circuit.Succeeded();
            Pump();
        }
    }

    public static MdmException NotConfigured(string archive) => new(MdmErrorKind.Unavailable, $"Archive {archive} is not configured on this host. Ask its administrator.");

    /// <summary>Gives up what is in line while the archive is drained: each asks again when that ends, and holds no room until then.</summary>
    public void DrainChanged()
    {
        if (drains?.Refusal(archive) is not { } refusal)
            return;
        lock (_gate)
        {
            foreach (var attempt in _queue.TakeAll())
                attempt.Fail(refusal);
        }
    }

    /// <summary>What it does now, and how it went lately.</summary>
    public ArchiveLoad Load
    {
        get
        {
            lock (_gate)
            {
                var circuit = _circuit.IsClosed ? CircuitStatus.Closed : _circuit.IsOnTrial ? CircuitStatus.OnTrial : CircuitStatus.Open;
                return _record.Load(archive) with { Retrievals = _running, MaxRetrievals = _fetch.MaxParallel, Objects = _objectsRunning, Queued = _queue.Count, Circuit = circuit, Failures = _circuit.Failures, ClosedFor = _circuit.Remaining };
            }
        }
    }

    /// <summary>Whether asking makes sense now; false while it is left alone.</summary>
    public bool IsAnswering
    {
        get
        {
            lock (_gate)
                return !_circuit.IsClosed && !left.IsFull;
        }
    }

    /// <summary>When a file asked for now would be there, from how it went lately.</summary>
    public TimeSpan EstimateWait()
    {
        lock (_gate)
            return _circuit.Remaining + TimeSpan.FromSeconds((_queue.Count + _objectsRunning + 1) * _meanSeconds);
    }

    /// <summary>Ends what is under way.</summary>
    public async Task StopAsync()
    {
        Task[] running;
        lock (_gate)
        {
            _stop.Cancel();
            foreach (var attempt in _queue.TakeAll())
                attempt.Fail(Stopping());
            running = [.. _retrievals];
        }
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();

    private void Withdraw(FetchAttempt attempt)
    {
        lock (_gate)
        {
            if (attempt.IsTaken)
                return;
            attempt.IsTaken = true;
        }
        attempt.Fail(new OperationCanceledException(attempt.Token));
    }

    /// <summary>Starts what may start. Under the lock.</summary>
    private void Pump()
    {
        if (_isBatch)
        {
            if (!_isGathering && MayStart())
            {
                _isGathering = true;
                _ = GatherAsync();
            }
            return;
        }
        while (MayStart() && Take(1) is { Count: > 0 } one)
            Start(one);
    }

    private bool MayStart() => !_stop.IsCancellationRequested && !left.IsFull && _running < (_circuit.IsOnTrial ? 1 : _fetch.MaxParallel)
        && (_queue.HasWanted || (_queue.HasAhead && _runningAhead == 0));

    private async Task GatherAsync()
    {
        // A directory's files are asked for in one breath; the few milliseconds make one retrieval of them.
        if (_fetch.Gather > TimeSpan.Zero)
            await Task.Delay(_fetch.Gather, time);
        else
            await Task.Yield();
        lock (_gate)
        {
            _isGathering = false;
            if (MayStart() && Take(_circuit.IsOnTrial ? 1 : _fetch.MaxBatch) is { Count: > 0 } batch)
            {
                Start(batch);
                Pump();
            }
        }
    }

    private List<FetchAttempt> Take(int most)
    {
        var wanted = _queue.TakeWanted(most, caller => _runningOf.GetValueOrDefault(caller) >= PlacesOfOne);
        return wanted.Count > 0 || _runningAhead > 0 ? wanted : _queue.TakeAhead(most);
    }

    private void Start(List<FetchAttempt> batch)
    {
        var isAhead = batch.TrueForAll(attempt => !attempt.Job.IsWanted);
        var callers = batch.Select(attempt => attempt.Job.Subject).Distinct().ToList();
        _running++;
        _runningAhead += isAhead ? 1 : 0;
        _objectsRunning += batch.Count;
        foreach (var caller in callers)
            _runningOf[caller] = _runningOf.GetValueOrDefault(caller) + 1;
        var task = Task.Run(() => RunAsync(batch, callers, isAhead));
        _retrievals.Add(task);
        _ = task.ContinueWith(ended =>
        {
            lock (_gate)
                _retrievals.Remove(ended);
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task RunAsync(List<FetchAttempt> batch, List<DistinguishedName> callers, bool isAhead)
    {
        var began = time.GetTimestamp();
        var outcome = await RetrieveAsync(batch);
        lock (_gate)
        {
            _running--;
            _runningAhead -= isAhead ? 1 : 0;
            _objectsRunning -= batch.Count;
            foreach (var caller in callers)
            {
                if (--_runningOf[caller] == 0)
                    _runningOf.Remove(caller);
            }
            Learn(outcome, time.GetElapsedTime(began), batch.Count);
            _record.Note(outcome, time.GetElapsedTime(began), batch.Count, time.GetUtcNow());
            foreach (var attempt in outcome.Postponed)
            {
                attempt.IsTaken = false;
                _queue.Add(attempt);
            }
            if (drains?.Refusal(archive) is { } refusal)
            {
                foreach (var attempt in _queue.TakeAll())
                    attempt.Fail(refusal);
            }
            // Nobody would take them when a call has ended; they are told instead.
            if (left.IsFull)
                FailAll(left.Refusal);
            Pump();
        }
    }

    /// <summary>With the instance that is configured now, which is not let go before the end.</summary>
    private async Task<RetrievalOutcome> RetrieveAsync(List<FetchAttempt> batch)
    {
        try
        {
            await using var use = archives.UseArchive(archive) ?? throw NotConfigured(archive);
            if (batch.Count == 1 || use.Value is IBatchReadableBackend)
                return await retrieval.RunAsync(archive, use.Value, batch, _stop.Token);
            // Gathered for an instance that took many at once; this one takes them one by one.
            var outcome = await retrieval.RunAsync(archive, use.Value, [batch[0]], _stop.Token);
            return outcome with { Postponed = [.. outcome.Postponed, .. batch.Skip(1)] };
        }
        catch (MdmException gone)
        {
            foreach (var attempt in batch)
                attempt.Fail(gone);
            return new RetrievalOutcome(0, 0, ArchiveFailed: false, []);
        }
    }

    private void FailAll(Func<MdmException> why)
    {
        foreach (var attempt in _queue.TakeAll())
            attempt.Fail(why());
    }

    private void Learn(RetrievalOutcome outcome, TimeSpan took, int count)
    {
        if (outcome.Delivered > 0)
        {
            _meanLength += Smoothing * ((outcome.Bytes / (double)outcome.Delivered) - _meanLength);
            _meanSeconds += Smoothing * ((took.TotalSeconds / count) - _meanSeconds);
            if (_circuit.Succeeded())
                Log.ArchiveOpen(log, archive);
            PluginMetrics.ArchiveAnswers.Record(1, new KeyValuePair<string, object?>("archive", archive));
        }
        if (!outcome.ArchiveFailed || _stop.IsCancellationRequested)
            return;
        if (_circuit.Failed() is { } period)
        {
            Log.ArchiveClosed(log, archive, _circuit.Failures, period);
            PluginMetrics.ArchiveAnswers.Record(0, new KeyValuePair<string, object?>("archive", archive));
            FailAll(LeftAlone);
        }
    }

    private MdmException LeftAlone() => new(MdmErrorKind.Unavailable,
        $"Archive {archive} has not answered {_circuit.Failures} times in a row. It is asked again in {Math.Ceiling(_circuit.Remaining.TotalSeconds)} seconds; try again then.")
    {
        RetryAfter = _circuit.Remaining,
    };

    private static MdmException Stopping() => new(MdmErrorKind.Unavailable, "The host is stopping. Try again later.");
}
