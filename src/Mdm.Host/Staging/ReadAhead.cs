using Mdm.Host.Access;

namespace Mdm.Host.Staging;

/// <summary>Where read-ahead has its files fetched, and given up.</summary>
internal interface IAheadStaging
{
    bool IsStaged(CatalogEntry entry);

    void StageAhead(AuthorizedFile file);

    /// <summary>Ends the fetch unless somebody waits for it by now.</summary>
    void CancelAhead(FileId id);
}

/// <summary>
/// Notices a caller who walks a directory file by file, each asked for when the last one has come (gfal-copy -r, arccp), and has the next ones fetched before
/// they are asked for: bounded in files and bytes, only what the caller may read, ended when the walk stops.
/// </summary>
internal sealed class ReadAhead : IAsyncDisposable
{
    /// <summary>Most walks watched at once; the longest idle one is forgotten for a new one.</summary>
    private const int MaxWalks = 1024;

    /// <summary>What an entry that was never staged is taken for against the limit of bytes.</summary>
    private const long AssumedLength = 1L << 20;

    private readonly ReadAheadOptions _options;
    private readonly ICatalog _catalog;
    private readonly Authorizer _authorizer;
    private readonly IAheadStaging _staging;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<(DistinguishedName Caller, StoragePath Directory), Walk> _walks = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<Task> _filling = [];
    private readonly ITimer _idle;

    public ReadAhead(ReadAheadOptions options, ICatalog catalog, Authorizer authorizer, IAheadStaging staging, TimeProvider time, ILogger log)
    {
        (_options, _catalog, _authorizer, _staging, _time, _log) = (options, catalog, authorizer, staging, time, log);
        _idle = time.CreateTimer(_ => EndIdleWalks(), null, options.Idle, options.Idle / 2);
    }

    /// <summary>A caller asks for a file. Returns at once.</summary>
    public void Asked(AuthorizedFile file)
    {
        if (_options.Files == 0 || file.Action == FileAction.ReadAhead)
            return;
        var key = (file.Caller.Subject, file.Entry.Path.Parent);
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            if (!_walks.TryGetValue(key, out var walk))
            {
                MakeRoom();
                _walks[key] = new Walk(file, now);
                return;
            }
            walk.LastAskedAt = now;
            var before = walk.Last;
            walk.Last = file;
            var wasExpected = walk.Ahead.Remove(file.Entry.Id, out var bytes);
            walk.AheadBytes -= bytes;
            if (walk.IsFilling || _stop.IsCancellationRequested)
                return;
            if (wasExpected ? walk.Ahead.Count > _options.Files / 2 || walk.IsAtEnd : file.Entry.Id == before.Entry.Id || !_staging.IsStaged(before.Entry))
                return;
            walk.IsFilling = true;
            var filling = Task.Run(() => FillAsync(walk, wasExpected ? null : before.Entry, file));
            _filling.Add(filling);
            _ = filling.ContinueWith(ended =>
            {
                lock (_gate)
                    _filling.Remove(ended);
            }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _idle.Dispose();
        Task[] filling;
        lock (_gate)
        {
            _stop.Cancel();
            filling = [.. _filling];
        }
        await Task.WhenAll(filling);
        _stop.Dispose();
    }

    private async Task FillAsync(Walk walk, CatalogEntry? before, AuthorizedFile file)
    {
        try
        {
            if (before is null || await FollowsAsync(before, file.Entry))
                await FetchNextAsync(walk, file, isNew: before is not null);
        }
        catch (MdmException failure)
        {
            Log.ReadAheadFailed(_log, failure.Kind, failure.Message);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The host is stopping.
        }
        finally
        {
            lock (_gate)
                walk.IsFilling = false;
        }
    }

    /// <summary>True when a file is the next one in its directory.</summary>
    private async Task<bool> FollowsAsync(CatalogEntry before, CatalogEntry entry)
    {
        var next = await _catalog.ListAsync(entry.Path.Parent, before.Path.Name, 0, 1, _stop.Token);
        return next.Count == 1 && next[0].Id == entry.Id;
    }

    private async Task FetchNextAsync(Walk walk, AuthorizedFile file, bool isNew)
    {
        var started = 0;
        string after;
        int room;
        lock (_gate)
        {
            if (isNew)
                Forget(walk);
            after = walk.ListedTo ?? file.Entry.Path.Name;
            room = _options.Files - walk.Ahead.Count;
        }
        var page = room > 0 ? await _catalog.ListAsync(file.Entry.Path.Parent, after, 0, room, _stop.Token) : [];
        foreach (var entry in page)
        {
            lock (_gate)
            {
                if (walk.AheadBytes + LengthOf(entry) > _options.Bytes)
                    break;
                walk.ListedTo = entry.Path.Name;
            }
            if (entry.Source is null || _staging.IsStaged(entry) || await _authorizer.ReadAheadAsync(file.Caller, entry, _stop.Token) is not { } ahead)
                continue;
            lock (_gate)
            {
                // The walk may have come past it meanwhile.
                if (walk.IsOver || string.CompareOrdinal(entry.Path.Name, walk.Last.Entry.Path.Name) <= 0 || !walk.Ahead.TryAdd(entry.Id, LengthOf(entry)))
                    continue;
                walk.AheadBytes += LengthOf(entry);
            }
            _staging.StageAhead(ahead);
            started++;
        }
        lock (_gate)
            walk.IsAtEnd = page.Count < room;
        if (started > 0)
            Log.ReadingAhead(_log, file.Entry.Path.Parent, started);
    }

    private void EndIdleWalks()
    {
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            foreach (var (key, walk) in _walks.Where(w => w.Value.LastAskedAt + _options.Idle <= now).ToList())
                End(key, walk);
        }
    }

    private void MakeRoom()
    {
        if (_walks.Count < MaxWalks)
            return;
        var (key, walk) = _walks.MinBy(w => w.Value.LastAskedAt);
        End(key, walk);
    }

    private void End((DistinguishedName, StoragePath) key, Walk walk)
    {
        walk.IsOver = true;
        _walks.Remove(key);
        Forget(walk);
    }

    private void Forget(Walk walk)
    {
        foreach (var id in walk.Ahead.Keys)
            _staging.CancelAhead(id);
        walk.Ahead.Clear();
        (walk.AheadBytes, walk.ListedTo, walk.IsAtEnd) = (0, null, false);
    }

    private static long LengthOf(CatalogEntry entry) => entry.Facts?.Length ?? AssumedLength;

    private sealed class Walk(AuthorizedFile first, DateTimeOffset now)
    {
        public AuthorizedFile Last { get; set; } = first;

        public DateTimeOffset LastAskedAt { get; set; } = now;

        /// <summary>Fetched, or being fetched, and not yet asked for.</summary>
        public Dictionary<FileId, long> Ahead { get; } = [];

        public long AheadBytes { get; set; }

        /// <summary>The last name looked at.</summary>
        public string? ListedTo { get; set; }

        public bool IsAtEnd { get; set; }

        public bool IsFilling { get; set; }

        public bool IsOver { get; set; }
    }
}
