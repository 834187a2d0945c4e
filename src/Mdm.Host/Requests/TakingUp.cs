using Mdm.Host.Members;
using Mdm.Host.Staging;

namespace Mdm.Host.Requests;

/// <summary>
/// Which open requests this host works on: its own of before a restart, those that nobody works on, those of hosts that died. A request that another host took meanwhile it lets go; what others
/// changed of its own it follows; when it stops it gives back what it has not begun.
/// </summary>
internal sealed class TakingUp : IDisposable
{
    /// <summary>Requests taken up in one turn: the other hosts want some, too.</summary>
    public const int AtOnce = 200;

    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(200);

    private readonly RequestStore _store;
    private readonly OpenRequests _open;
    private readonly FileRunner _runner;
    private readonly Action<OpenRequest> _run;
    private readonly ICatalog _catalog;
    private readonly Membership _members;
    private readonly Signals _signals;
    private readonly MembersOptions _options;
    private readonly Func<bool> _isDrained;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private Task _polling = Task.CompletedTask;
    private volatile bool _isStopping;
    private volatile bool _othersTake;
    private DateTimeOffset _comparedAt;

    public TakingUp(RequestStore store, OpenRequests open, FileRunner runner, Action<OpenRequest> run, SharedWork shared, Func<bool> isDrained, TimeProvider time, ILogger log)
    {
        (_store, _open, _runner, _run, _catalog, _members, _signals, _options, _isDrained, _time, _log) = (store, open, runner, run, shared.Catalog, shared.Members, shared.Signals, shared.Options, isDrained, time, log);
        _signals.Handle(Signals.Request, FollowAsync);
        _signals.Handle(Signals.File, ForgetAsync);
        _members.OnRegained(CompareAsync);
    }

    /// <summary>Hosts that live, as far as this one knows.</summary>
    public int Hosts { get; private set; } = 1;

    /// <summary>True while other hosts are to take what is new: this one stops, or is drained and others are not.</summary>
    public bool IsForOthers => _isStopping || (_isDrained() && _othersTake);

    /// <summary>This host, as others know it.</summary>
    public (string Id, Uri? Address) Host => (_members.Id, _members.Address);

    /// <summary>True while what this host remembers of its requests is what holds.</summary>
    public bool IsSure => _members.Holds;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var mine = await _store.MineAsync(cancellationToken);
        mine.ForEach(Resume);
        // What a file holds is its one host's.
        for (var left = _members.IsShared ? 0 : AtOnce; left == AtOnce;)
        {
            var taken = await _store.TakeUpAsync(alsoOfDead: true, AtOnce);
            taken.ForEach(Resume);
            mine.AddRange(taken);
            left = taken.Count;
        }
        if (mine.Count > 0)
            Log.Resumed(_log, mine.Count);
        if (_members.IsShared)
            _polling = Task.Run(PollAsync, CancellationToken.None);
    }

    /// <summary>Looks once for work that nobody has.</summary>
    /// <returns>How many requests were taken up.</returns>
    /// <exception cref="MdmException">What the store throws.</exception>
    public async Task<int> LookAsync(CancellationToken cancellationToken)
    {
        var living = await _members.LivingAsync(cancellationToken);
        (Hosts, _othersTake) = (living.Count, living.Any(other => other.Takes && other.Host != _members.Id));
        _members.Takes = !_isStopping && !_isDrained();
        if (!_members.Holds || _isStopping)
            return 0;
        if (_isDrained())
        {
            // What it has begun it ends.
            if (_othersTake)
                await GiveBackAsync(static file => file.State is FileState.Ready or FileState.InProgress);
            return 0;
        }
        var alsoOfDead = _members.MayTakeOver;
        if (!await _store.IsAnyFreeAsync(alsoOfDead, cancellationToken))
            return 0;
        var taken = await _store.TakeUpAsync(alsoOfDead, AtOnce);
        taken.ForEach(Resume);
        if (taken.Count > 0)
            Log.TakenUp(_log, taken.Count);
        return taken.Count;
    }

    /// <summary>Where other hosts live: gives back what has not begun, and waits until what is pinned here was fetched and released, a limited time.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!_members.IsShared || !(await _members.LivingAsync(cancellationToken)).Any(other => other.Takes && other.Host != _members.Id))
                return;
            _isStopping = true;
            _members.Takes = false;
            Log.GivenBack(_log, await GiveBackAsync(static file => file.State == FileState.Ready), _options.Drain);
            using var over = new CancellationTokenSource(_options.Drain, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
            using var timer = new PeriodicTimer(DrainPoll, _time);
            while (_open.All.Any() && await timer.WaitForNextTickAsync(either.Token))
            {
                // What is pinned here is served here. What was being taken in as the stop began is not.
                await GiveBackAsync(static file => file.State == FileState.Ready);
            }
        }
        catch (OperationCanceledException)
        {
            // What is pinned now stays this host's while its lease runs.
        }
        catch (MdmException failure)
        {
            Log.NotGivenBack(_log, failure.Kind, failure.Message);
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _polling;
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>Tells the other hosts that what they hold of a file is of no use.</summary>
    public async Task TellGoneAsync(FileId file)
    {
        try
        {
            await _signals.TellOthersAsync(Signals.File, [file.ToString()], CancellationToken.None);
        }
        catch (Exception failure) when (failure is MdmException or ObjectDisposedException)
        {
            Log.GoneNotTold(_log, file, failure);
        }
    }

    /// <summary>Gives back the requests that have no file of that kind.</summary>
    private async Task<int> GiveBackAsync(Func<AskedFile, bool> keeps)
    {
        var free = _open.All.Where(request => request is { IsStored: true, IsEnded: false } && !request.Files.Any(keeps)).ToList();
        free.ForEach(_open.LetGo);
        if (free.Count > 0)
            await _store.GiveBackAsync(free.ConvertAll(request => request.Header.Token));
        return free.Count;
    }

    private void Resume(StoredRequest stored)
    {
        if (_open.Find(stored.Header.Token) is not null)
            return;
        var request = new OpenRequest(stored.Header, stored.Files) { IsStored = true };
        _open.Admit(request, isNew: false);
        _run(request);
    }

    private async Task FollowAsync(string token, CancellationToken cancellationToken)
    {
        if (_open.Find(token) is not { IsStored: true } request)
            return;
        if (await _store.FindAsync(token, cancellationToken) is not { } stored || stored.Host != _members.Id)
        {
            Log.TakenOver(_log, token);
            _open.LetGo(request);
            return;
        }
        foreach (var (file, until) in _open.Follow(request, stored.Files))
        {
            if (_runner.TryExtend(file, until - _time.GetUtcNow()) is var (lease, turl) && !_open.TryExtend(file, lease, turl, out _))
                lease.Dispose();
        }
    }

    /// <summary>It may have gone, or its object has changed, or it has come back meanwhile: the catalogue knows.</summary>
    private async Task ForgetAsync(string subject, CancellationToken cancellationToken)
    {
        var id = FileId.Parse(subject);
        if (await _catalog.FindAsync(id, cancellationToken) is null)
            _open.EndRemoved(id);
        _runner.Forget(id);
    }

    /// <summary>What is remembered here and what the store says is made one: the store's word holds.</summary>
    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        _comparedAt = _time.GetUtcNow();
        // In line with the writes: what is open and stored now is in the answer, when it is this host's.
        var stored = _open.All.Where(request => request.IsStored).ToList();
        var claimed = await _store.ClaimedAsync();
        foreach (var request in stored.Where(request => !request.IsEnded && !claimed.Contains(request.Header.Token)))
        {
            // Ended by another host, which has told it and was not heard yet; or another's now.
            await FollowAsync(request.Header.Token, cancellationToken);
        }
        // A claim whose acknowledgement was lost with the connection.
        foreach (var token in claimed.Where(token => _open.Find(token) is null))
        {
            if (await _store.FindAsync(token, cancellationToken) is { } request && request.Host == _members.Id && request.Files.Any(file => file.State.IsOpen()))
                Resume(request);
        }
    }

    private async Task PollAsync()
    {
        using var timer = new PeriodicTimer(_options.Poll, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
#pragma warning disable CA1031 // Whatever happens in one turn, there is a next one.
                try
                {
                    await LookAsync(_stop.Token);
                    if (_members.Holds && !_isStopping && _time.GetUtcNow() - _comparedAt > _options.Lease)
                        await CompareAsync(_stop.Token);
                }
                catch (MdmException failure)
                {
                    Log.NotTakenUp(_log, failure.Kind, failure.Message);
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    Log.TakingUpFailed(_log, fault);
                }
#pragma warning restore CA1031
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }
}

/// <summary>What is between this host and those that share its store.</summary>
internal sealed record SharedWork(Membership Members, Signals Signals, MembersOptions Options, ICatalog Catalog);
