using System.Diagnostics.CodeAnalysis;
using Mdm.Sql;

namespace Mdm.Host.Members;

/// <summary>
/// This host among those that share its store: it says again and again that it lives, and knows when others may take it for dead. A host that was suspended for longer than its lease finds that out by itself;
/// what it had claimed is then its own only as far as the store still says so. Safe for concurrent use.
/// </summary>
internal sealed class Membership : IHostedService, IAsyncDisposable
{
    private const string StoreName = "The book of requests";

    private readonly SqlStore? _store;
    private readonly StoreClock _clock;
    private readonly MembersOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly IReadOnlyList<AgreedValue> _agreed;
    private readonly List<Func<CancellationToken, Task>> _regained = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private CancellationTokenSource _term;
    private DateTimeOffset _until;
    private bool _isDisposed;
    private DateTimeOffset _mayTakeOverAt;
    private Task _renewing = Task.CompletedTask;

    /// <param name="store">The store of requests.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="host">This host.</param>
    /// <param name="address">Where its TURLs lead.</param>
    /// <param name="options">How long leases are.</param>
    /// <param name="agreed">What all hosts must have alike.</param>
    /// <param name="time">This machine's clock.</param>
    /// <param name="log">Where it is told that a lease was lost.</param>
    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "Disposed with this.")]
    public Membership(SqlStore store, StoreClock clock, ThisHost host, Uri address, MembersOptions options, IEnumerable<AgreedValue> agreed, TimeProvider time, ILogger<Membership> log)
        : this(store, clock, host.Id, address, options, [.. agreed], time, log)
    {
    }

    private Membership(SqlStore? store, StoreClock clock, string id, Uri? address, MembersOptions options, IReadOnlyList<AgreedValue> agreed, TimeProvider time, ILogger log)
    {
        (_store, _clock, Id, Address, _options, _agreed, _time, _log) = (store, clock, id, address, options, agreed, time, log);
        _term = new CancellationTokenSource();
        if (store is not null)
            _term.Cancel();
    }

    /// <summary>This host's name in the stores.</summary>
    public string Id { get; }

    /// <summary>Where this host's transfer URLs lead; null for one that shares nothing.</summary>
    public Uri? Address { get; }

    /// <summary>False while this host takes nothing up: others then do not leave it theirs. They learn of it with the next renewal.</summary>
    public bool Takes { get; set; } = true;

    /// <summary>True where the store may be other hosts' as well.</summary>
    public bool IsShared => _store?.Address.Dialect == SqlDialect.Postgres;

    /// <summary>The store and its clock; null for a host that is alone for good.</summary>
    public (SqlStore Store, StoreClock Clock)? Table => _store is null ? null : (_store, _clock);

    /// <summary>The number of the present lease.</summary>
    public long TermNumber { get; private set; }

    /// <summary>Cancelled when the lease is over that holds now; no work of which there is one in all hosts goes on then.</summary>
    public CancellationToken Term
    {
        get
        {
            lock (_gate)
                return _term.Token;
        }
    }

    /// <summary>True while no other host may take this one for dead.</summary>
    public bool Holds
    {
        get
        {
            // A timer that should have ended the term may itself not have run yet; and a machine's steady clock stands still while it sleeps, its calendar does not.
            lock (_gate)
                return !_term.IsCancellationRequested && (!IsShared || _time.GetUtcNow() < _until);
        }
    }

    /// <summary>False for a while after this host's own lease had ended: what ended it may have ended those of others too, and they come back.</summary>
    public bool MayTakeOver
    {
        get
        {
            lock (_gate)
                return Holds && (!IsShared || _time.GetUtcNow() >= _mayTakeOverAt);
        }
    }

    /// <summary>A host that shares nothing, and has nothing to renew.</summary>
    public static Membership Alone(string id) =>
        new(null, StoreClocks.Of(TimeProvider.System), id, null, new MembersOptions(), [], TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

    /// <summary>Calls back each time that the lease had been over and was taken again.</summary>
    public void OnRegained(Func<CancellationToken, Task> regained) => _regained.Add(regained);

    /// <summary>The hosts that live, this one included; the answer may be older than the moment.</summary>
    /// <exception cref="MdmException">What the store throws.</exception>
    public async Task<IReadOnlyList<LivingHost>> LivingAsync(CancellationToken cancellationToken)
    {
        if (_store is null)
            return [new LivingHost(Id, Takes)];
        var others = await StoreTrouble.ToldAsync(_store.ReadAsync(session => session.Query(
            "SELECT host, takes FROM member WHERE until > $1 AND host <> $2", static row => new LivingHost(row.GetString(0), row.GetInt32(1) != 0), _clock(session), Id), cancellationToken), StoreName);
        return [.. others, new LivingHost(Id, Takes)];
    }

    /// <summary>Takes the lease.</summary>
    /// <exception cref="MdmException">Refused: this is another host's id or address, or its secrets are not those of the store; what the store throws.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_store is null)
            return;
        IReadOnlyList<string> notes = [];
        await TakeAsync(session =>
        {
            (var term, notes) = MemberRows.Join(session, _clock(session), Row, _options.Lease, IsShared, _agreed);
            return term;
        });
        foreach (var note in notes)
            Log.HostDiffers(_log, note);
        lock (_gate)
            _mayTakeOverAt = _time.GetUtcNow() + _options.Lease;
        _renewing = Task.Run(KeepAsync, CancellationToken.None);
    }

    /// <summary>Says no more that it lives; the lease ends by itself, and a host that is back before finds its work.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _renewing;
    }

    /// <summary>Says now that it lives.</summary>
    /// <returns>True when the lease had been over.</returns>
    public async Task<bool> RenewAsync()
    {
        var isNew = await TakeAsync(session => MemberRows.Renew(session, _clock(session), Row, TermNumber, _options.Lease));
        if (!isNew)
            return false;
        lock (_gate)
            _mayTakeOverAt = _time.GetUtcNow() + _options.Lease;
        Log.LeaseWasOver(_log, _options.Lease);
        foreach (var regained in _regained)
            await regained(_stop.Token);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        // The container gives it out twice, as itself and as a service, and disposes each.
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        await StopAsync(CancellationToken.None);
        _term.Dispose();
        _stop.Dispose();
    }

    private MemberRow Row => new(Id, Address!.AbsoluteUri, Takes);

    private async Task<bool> TakeAsync(Func<SqlSession, MemberTerm> work)
    {
        // Counted from before the store was asked: its clock cannot have begun later.
        var asked = _time.GetUtcNow();
        var term = await StoreTrouble.ToldAsync(_store!.WriteAsync(work, CancellationToken.None), StoreName);
        var over = _term;
        lock (_gate)
        {
            _until = asked + _options.Lease;
            if (term.IsNew)
            {
                _term = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
                TermNumber = term.Number;
            }
            // A file is this host's however slow it is.
            if (IsShared)
                _term.CancelAfter(_until > _time.GetUtcNow() ? _until - _time.GetUtcNow() : TimeSpan.Zero);
        }
        // Whoever held something in the earlier term lets it go, outside the gate.
        if (term.IsNew)
            await over.CancelAsync();
        return term.IsNew;
    }

    private async Task KeepAsync()
    {
        using var timer = new PeriodicTimer(_options.Renew, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await RenewAsync();
                }
                catch (MdmException failure)
                {
                    Log.NotRenewed(_log, failure.Kind, failure.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }
}
