using System.Collections.Concurrent;
using Mdm.Host.Staging;

namespace Mdm.Host.Requests;

/// <summary>
/// The requests that are not at their end, and every change of them: counted against the limits, found by token, path and file, recorded in the store in the order in which
/// they happen, woken when their time comes.
/// </summary>
internal sealed class OpenRequests : IDisposable
{
    /// <summary>
    /// How long a file may be ready before that is written down, together with others. After a crash in between the file is asked for again, lies in the pool,
    /// and is pinned anew.
    /// </summary>
    private static readonly TimeSpan RecordWithin = TimeSpan.FromMilliseconds(100);

    private readonly RequestStore _store;
    private readonly RequestsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly DueTimes _dueTimes;
    private readonly ConcurrentDictionary<string, OpenRequest> _byToken = new(StringComparer.Ordinal);
    private readonly AskIndex<(DistinguishedName Owner, StoragePath Path)> _byPath = new();
    private readonly AskIndex<FileId> _byFile = new();
    private readonly Lock _countGate = new();
    private readonly Dictionary<DistinguishedName, (int Requests, int Files)> _counts = [];
    private int _allFiles;

    public OpenRequests(RequestStore store, RequestsOptions options, TimeProvider time, ILogger log)
    {
        (_store, _options, _time, _log) = (store, options, time, log);
        _dueTimes = new DueTimes(time, RunOut);
    }

    /// <summary>Takes a new request in.</summary>
    /// <exception cref="MdmException">Refused: a limit, which the message names.</exception>
    public void Admit(OpenRequest request, bool isNew)
    {
        Count(request, isNew);
        _byToken[request.Header.Token] = request;
        foreach (var file in request.Files)
        {
            if (file is { State: var state, Path: { } path } && state.IsOpen())
                _byPath.Add((request.Header.Owner.Identity.Subject, path), file);
        }
        lock (request.Gate)
        {
            NoteStates(request, isNew);
            request.SettleIfNothingIsPending();
            LeaveIfEnded(request);
            WakeAt(request, request.NextDue());
        }
    }

    /// <summary>The open request of that name.</summary>
    public OpenRequest? Find(string token) => _byToken.GetValueOrDefault(token);

    /// <summary>The owner's open files of that path, in whichever request.</summary>
    public IReadOnlyList<AskedFile> Find(DistinguishedName owner, StoragePath path) => _byPath.Find((owner, path));

    /// <summary>Everybody's open files that are this one.</summary>
    public IReadOnlyList<AskedFile> Find(FileId file) => _byFile.Find(file);

    /// <summary>All of them.</summary>
    public IEnumerable<OpenRequest> All => _byToken.Values;

    /// <summary>Writes the request down as it stands; later changes follow by themselves.</summary>
    public Task StoreAsync(OpenRequest request)
    {
        lock (request.Gate)
        {
            request.IsStored = true;
            request.Unrecorded.Clear();
            return _store.InsertAsync(request.Header, [.. request.Files.Select(file => file.Row())], request.IsEnded ? _time.GetUtcNow() : null);
        }
    }

    /// <summary>The file was looked up and may be had; false when nobody wants it any more.</summary>
    public bool TryBegin(AskedFile file, CatalogEntry entry, bool isFetching)
    {
        lock (file.Request.Gate)
        {
            if (!file.State.IsPending())
                return false;
            if (file.Entry is null)
                _byFile.Add(entry.Id, file);
            file.Entry = entry;
            // Not recorded: after a restart both mean that it is to be asked for again.
            if (isFetching)
                Change(file, FileState.InProgress);
            return true;
        }
    }

    /// <summary>The file lies in the pool, pinned; false when nobody wants it any more, and the lease is then the caller's to end.</summary>
    public bool TryReady(AskedFile file, StagedFile staged, PinLease lease, Uri? turl)
    {
        lock (file.Request.Gate)
        {
            if (!file.State.IsPending())
                return false;
            (file.Staged, file.Lease, file.Turl) = (staged, lease, turl);
            (file.Length, file.PinnedUntil) = (staged.Facts.Length, lease.Until);
            Change(file, FileState.Ready);
            WakeBy(file.Request, lease.Until);
            file.Request.Unrecorded.Add(file);
            if (file.Request.Unrecorded.Count == 1)
                _ = RecordSoonAsync(file.Request);
            return true;
        }
    }

    /// <summary>The file's pin holds until another time; false when it is not pinned any more.</summary>
    public bool TryExtend(AskedFile file, PinLease lease, Uri? turl, out Task recorded)
    {
        recorded = Task.CompletedTask;
        lock (file.Request.Gate)
        {
            if (file.State != FileState.Ready)
                return false;
            (file.Lease, file.Turl, file.PinnedUntil) = (lease, turl, lease.Until);
            WakeBy(file.Request, lease.Until);
            recorded = RecordAsync(file.Request, [file]);
            return true;
        }
    }

    /// <summary>Ends what is open among the files, all of one request; gives those that were, and completes when that is written down.</summary>
    public IReadOnlyList<AskedFile> End(OpenRequest request, IEnumerable<AskedFile> files, FileState state, FileFault? fault, out Task recorded)
    {
        var ended = new List<AskedFile>();
        lock (request.Gate)
        {
            foreach (var file in files)
            {
                if (!file.State.IsOpen())
                    continue;
                file.Lease?.Dispose();
                (file.Lease, file.Turl, file.Fault) = (null, null, fault);
                Change(file, state);
                if (file.Path is not null)
                    _byPath.Remove((request.Header.Owner.Identity.Subject, file.Path), file);
                if (file.Entry is not null)
                    _byFile.Remove(file.Entry.Id, file);
                ended.Add(file);
            }
            LeaveIfEnded(request);
            recorded = ended.Count == 0 ? Task.CompletedTask : RecordAsync(request, ended);
        }
        // Outside the gate: whoever waits for the token runs at once.
        foreach (var file in ended)
            file.Stop();
        return ended;
    }

    /// <summary>Forgets a request that was never acknowledged.</summary>
    public void Drop(OpenRequest request) => End(request, request.Files, FileState.Aborted, null, out _);

    /// <summary>Writes down what is not written yet; what fails is in the log.</summary>
    public async Task FlushAsync() => await Task.WhenAll(All.Select(RecordReady)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public void Dispose() => _dueTimes.Dispose();

    // What was open before a restart begins again.
    private void NoteStates(OpenRequest request, bool isNew)
    {
        var now = isNew ? request.Header.CreatedAt : _time.GetUtcNow();
        foreach (var file in request.Files)
        {
            if (isNew || file.State.IsOpen())
                file.History.Add(file.State, now);
        }
    }

    private void Change(AskedFile file, FileState state)
    {
        var before = file.State;
        file.State = state;
        file.History.Add(state, _time.GetUtcNow());
        file.Request.Count(before, state);
    }

    private void RunOut(OpenRequest request)
    {
        var now = _time.GetUtcNow();
        var header = request.Header;
        // What has the end of a pin is ready, or was before a restart and is about to be again.
        End(request, request.Files.Where(file => file.PinnedUntil <= now), FileState.Expired, null, out _);
        if (now >= header.Deadline)
            End(request, request.Files.Where(file => file.PinnedUntil is null), FileState.TimedOut, null, out _);
        else if (header.Owner.ValidUntil is { } end && now >= end)
            End(request, request.Files.Where(file => file.PinnedUntil is null), FileState.Failed, CredentialEnded(end), out _);
        lock (request.Gate)
        {
            WakeAt(request, request.NextDue());
        }
    }

    /// <summary>The fault of what was not ready when its owner's credential ended.</summary>
    public static FileFault CredentialEnded(DateTimeOffset end) => new(FaultCause.CredentialEnded, MdmErrorKind.AccessDenied,
        $"The proxy certificate that the request was made with ended at {end.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, before the file was ready; make a new one and ask again.");

    private void WakeAt(OpenRequest request, DateTimeOffset? at)
    {
        request.WakesAt = at;
        _dueTimes.Set(request, at);
    }

    // Waking too early does no harm, so that only what is due sooner than anything before it needs doing.
    private void WakeBy(OpenRequest request, DateTimeOffset at)
    {
        if (request.WakesAt is null || at < request.WakesAt)
            WakeAt(request, at);
    }

    private void LeaveIfEnded(OpenRequest request)
    {
        if (!request.IsEnded || request.HasLeft)
            return;
        request.HasLeft = true;
        // What is in the store is found here until its end is written there too; else it would be told as it stood before.
        if (!request.IsStored)
            _byToken.TryRemove(request.Header.Token, out _);
        WakeAt(request, null);
        lock (_countGate)
        {
            var owner = request.Header.Owner.Identity.Subject;
            var (requests, files) = _counts[owner];
            _allFiles -= request.Files.Length;
            if (requests == 1)
                _counts.Remove(owner);
            else
                _counts[owner] = (requests - 1, files - request.Files.Length);
        }
    }

    private void Count(OpenRequest request, bool isNew)
    {
        var owner = request.Header.Owner.Identity.Subject;
        lock (_countGate)
        {
            var (requests, files) = _counts.GetValueOrDefault(owner);
            // What was acknowledged before a restart stays, whatever the limits are now.
            if (isNew && requests >= _options.MaxOpenRequestsPerUser)
                throw Refusal($"You have {requests} open requests, as many as a user may have; release what you no longer need, or wait until pins end.");
            if (isNew && files + request.Files.Length > _options.MaxOpenFilesPerUser)
                throw Refusal($"With this request you would have more than {_options.MaxOpenFilesPerUser} files in open requests; release what you no longer need.");
            if (isNew && _allFiles + request.Files.Length > _options.MaxOpenFiles)
                throw new MdmException(MdmErrorKind.Busy, "The host has as many requests open as it can take; ask again later.");
            _counts[owner] = (requests + 1, files + request.Files.Length);
            _allFiles += request.Files.Length;
        }
    }

    private static MdmException Refusal(string message) => new(MdmErrorKind.Refused, message);

    private async Task RecordSoonAsync(OpenRequest request)
    {
        await Task.Delay(RecordWithin, _time);
        await RecordReady(request).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Task RecordReady(OpenRequest request)
    {
        lock (request.Gate)
        {
            return request.Unrecorded.Count == 0 ? Task.CompletedTask : RecordAsync(request, []);
        }
    }

    // Called under the request's gate, so that the store's queue gets changes in the order in which they happened.
    private Task RecordAsync(OpenRequest request, IEnumerable<AskedFile> files)
    {
        if (!request.IsStored)
            return Task.CompletedTask;
        var rows = files.Union(request.Unrecorded).Select(file => file.Row()).ToList();
        request.Unrecorded.Clear();
        var recorded = _store.UpdateAsync(request.Header.Token, rows, request.IsEnded ? _time.GetUtcNow() : null);
        _ = ObserveAsync(request.Header.Token, recorded, isLast: request.IsEnded);
        return recorded;
    }

    private async Task ObserveAsync(string token, Task recorded, bool isLast)
    {
        try
        {
            await recorded;
        }
        catch (Exception e) when (e is MdmException or ObjectDisposedException)
        {
            Log.NotRecorded(_log, token, e);
        }
        if (isLast)
            _byToken.TryRemove(token, out _);
    }
}
