namespace Mdm.Host.Usage;

/// <summary>
/// Counts who uses how much: in memory, and every minute and at the end into the store. What was counted since the last minute is lost when the process is killed. Safe for concurrent use.
/// </summary>
internal sealed class UsageBook(UsageStore store, TimeProvider time, ILogger<UsageBook> log) : IHostedService, IDisposable
{
    /// <summary>Most users, archives and days that are counted between two writes; what is beyond is counted for nobody in particular.</summary>
    public const int MaxKeys = 100_000;

    /// <summary>Between two writes.</summary>
    public static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private Dictionary<UsageKey, UsageCounts> _counts = [];
    private ITimer? _timer;
    private bool _isFailing;

    /// <summary>Counts that are not written yet.</summary>
    public int Pending
    {
        get
        {
            lock (_gate)
                return _counts.Count;
        }
    }

    public void Requested(GridIdentity caller) => Count(caller, string.Empty, new UsageCounts(Requests: 1));

    /// <summary>A file came from an archive for the caller.</summary>
    public void Staged(GridIdentity caller, string archive, long bytes) => Count(caller, archive, new UsageCounts(Fetched: 1, Staged: bytes));

    /// <summary>Bytes of a file of that archive went to the caller.</summary>
    public void Delivered(GridIdentity caller, string archive, long bytes) => Count(caller, archive, new UsageCounts(Deliveries: 1, Delivered: bytes));

    /// <summary>The caller put a file into an archive.</summary>
    public void Put(GridIdentity caller, string archive, long bytes) => Count(caller, archive, new UsageCounts(Puts: 1, Put: bytes));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(_ => _ = WriteQuietlyAsync(), null, WriteEvery, WriteEvery);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_timer is not null)
            await _timer.DisposeAsync();
        await WriteQuietlyAsync();
    }

    /// <summary>Sums, with all that was counted until now.</summary>
    /// <exception cref="MdmException">Unavailable: the store.</exception>
    public async Task<List<UsageSum>> SumAsync(DateOnly since, DateOnly until, UsageBy by, CancellationToken cancellationToken)
    {
        await WriteAsync();
        return await store.SumAsync(since, until, by, cancellationToken);
    }

    /// <summary>Writes what was counted.</summary>
    /// <exception cref="MdmException">Unavailable: it is written the next time.</exception>
    public async Task WriteAsync()
    {
        await _writing.WaitAsync();
        try
        {
            Dictionary<UsageKey, UsageCounts> counted;
            lock (_gate)
                (counted, _counts) = (_counts, []);
            if (counted.Count == 0)
                return;
            try
            {
                await store.AddAsync(counted, Today());
            }
            catch
            {
                foreach (var (key, counts) in counted)
                    Add(key, counts);
                throw;
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _writing.Dispose();
    }

    private DateOnly Today() => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    private void Count(GridIdentity caller, string archive, UsageCounts counts) =>
        Add(new UsageKey(Today(), caller.PrimaryFqan?.VirtualOrganisation ?? string.Empty, caller.Subject.ToString(), archive), counts);

    private void Add(UsageKey key, UsageCounts counts)
    {
        lock (_gate)
        {
            if (_counts.Count >= MaxKeys && !_counts.ContainsKey(key))
                key = new UsageKey(key.Day, string.Empty, string.Empty, string.Empty);
            _counts[key] = _counts.GetValueOrDefault(key) + counts;
        }
    }

    private async Task WriteQuietlyAsync()
    {
        try
        {
            await WriteAsync();
            _isFailing = false;
        }
        catch (Exception e) when (e is MdmException or ObjectDisposedException)
        {
            // Once, not every minute.
            if (!_isFailing)
                Log.NotWritten(log, e);
            _isFailing = true;
        }
    }
}
