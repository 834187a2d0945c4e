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
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private Task _polling = Task.CompletedTask;
    private DateTimeOffset _comparedAt;

    public TakingUp(RequestStore store, OpenRequests open, FileRunner runner, Action<OpenRequest> run, SharedWork shared, TimeProvider time, ILogger log)
    {
        (_store, _open, _runner, _run, _catalog, _members, _signals, _options, _time, _log) = (store, open, runner, run, shared.Catalog, shared.Members, shared.Signals, shared.Options, time, log);
        _signals.Handle(Signals.Request, FollowAsync);
        _signals.Handle(Signals.File, ForgetAsync);
        _members.OnRegained(CompareAsync);
    }

    /// <summary>Hosts that live, as far as this one knows.</summary>
    public int Hosts { get; private set; } = 1;

    /// <summary>True once other hosts are to take what is new.</summary>
    public bool IsDraining { get; private set; }

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
        Hosts = (await _members.LivingAsync(cancellationToken)).Count;
        if (!_members.Holds || IsDraining)
            return 0;
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
            if (!_members.IsShared || (await _members.LivingAsync(cancellationToken)).Count == 1)
                return;
            IsDraining = true;
            var free = _open.All.Where(request => request.IsStored && request.Files.All(file => file.State != FileState.Ready)).ToList();
            free.ForEach(_open.LetGo);
            await _store.GiveBackAsync(free.ConvertAll(request => request.Header.Token));
            Log.GivenBack(_log, free.Count, _options.Drain);
            using var over = new CancellationTokenSource(_options.Drain, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
            using var timer = new PeriodicTimer(DrainPoll, _time);
            while (_open.All.Any() && await timer.WaitForNextTickAsync(either.Token))
            {
                // What is pinned here is served here.
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
        if (_open.Find(token) is not { IsStored: true } request || await _store.FindAsync(token, cancellationToken) is not { } stored)
            return;
        if (stored.Host != _members.Id)
        {
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
            Log.TakenOver(_log, request.Header.Token);
            _open.LetGo(request);
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
                    if (_members.Holds && !IsDraining && _time.GetUtcNow() - _comparedAt > _options.Lease)
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
