using System.Collections.Concurrent;
using System.Collections.Frozen;
using Mdm.Host.Configuration;

namespace Mdm.Host.Orders;

/// <summary>
/// Who is not served. Holds from the moment in which it is ordered: asked at every call, and what is under way is cut off. Safe for concurrent use.
/// </summary>
internal sealed class Bans : IDisposable
{
    /// <summary>Most bans.</summary>
    public const int MaxBans = 10_000;

    /// <summary>What a banned caller is told. Why is for administrators.</summary>
    public const string Sentence = "You are banned from this host. Ask its administrator.";

    /// <summary>How soon hosts that share a store hear of each other's bans.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly OrderLedger _ledger;
    private readonly TimeProvider _time;
    private readonly ILogger<Bans> _log;
    private readonly ConcurrentDictionary<Call, bool> _calls = new();
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly ITimer? _looking;
    private volatile FrozenDictionary<string, Ban> _bans;
    private bool _isBlind;

    /// <exception cref="MdmException">The ledger cannot be read: nobody is served without it.</exception>
    public Bans(OrderLedger ledger, TimeProvider time, ILogger<Bans> log)
    {
        (_ledger, _time, _log) = (ledger, time, log);
        _bans = Indexed(ledger.BansAsync(CancellationToken.None).GetAwaiter().GetResult());
        _looking = ledger.IsShared ? time.CreateTimer(_ => _ = LookAsync(), null, LookEvery, LookEvery) : null;
    }

    /// <summary>Called when somebody was banned, after what he had open here was cut off.</summary>
    public event Action? Placed;

    /// <summary>Those that hold, oldest first.</summary>
    public IReadOnlyList<Ban> All => [.. _bans.Values.Where(ban => ban.HoldsAt(_time.GetUtcNow())).OrderBy(ban => ban.Since).ThenBy(ban => ban.Whom.ToString(), StringComparer.Ordinal)];

    /// <summary>The ban that means the caller; null for whoever may be served.</summary>
    public Ban? Find(GridIdentity caller)
    {
        var bans = _bans;
        if (bans.Count == 0)
            return null;
        var now = _time.GetUtcNow();
        if (Holding(caller.Subject.ToString()) is { } his)
            return his;
        if (caller.Fqans.IsDefaultOrEmpty)
            return null;
        foreach (var fqan in caller.Fqans)
        {
            if (Holding(fqan.ToString()) is { } same)
                return same;
            // A ban of a group means those of its roles and of the groups below it.
            for (var group = fqan.Group; group.Length > 0; group = group[..group.LastIndexOf('/')])
            {
                if (Holding(group) is { } above)
                    return above;
            }
        }
        return null;

        Ban? Holding(string whom) => bans.TryGetValue(whom, out var ban) && ban.HoldsAt(now) ? ban : null;
    }

    /// <exception cref="MdmException">AccessDenied: banned.</exception>
    public void Demand(GridIdentity caller)
    {
        if (Find(caller) is not null)
            throw Refusal();
    }

    /// <summary>True when a ban of that name would mean the caller.</summary>
    public static bool Means(CallerRule whom, GridIdentity caller) => whom.Subject is { } subject
        ? caller.Subject == subject
        : !caller.Fqans.IsDefault && caller.Fqans.Any(fqan => fqan == whom.Attribute || (whom.Attribute!.Role is null && (fqan.Group + "/").StartsWith(whom.Attribute.Group + "/", StringComparison.Ordinal)));

    public static MdmException Refusal() => new(MdmErrorKind.AccessDenied, Sentence);

    /// <summary>A caller is being served until what comes back is disposed; null when he is banned.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="cutOff">Called, once at most and from any thread, when he is banned meanwhile.</param>
    public IDisposable? TryEnter(GridIdentity caller, Action cutOff)
    {
        var call = new Call(this, caller, cutOff);
        _calls[call] = true;
        // In this order: whoever is banned in this moment is found either here or among the calls.
        if (Find(caller) is null)
            return call;
        call.Dispose();
        return null;
    }

    /// <summary>Bans from now on; another ban of the same name is replaced.</summary>
    /// <exception cref="MdmException">Refused: too many; Unavailable: it cannot be kept.</exception>
    public async Task PlaceAsync(Ban ban, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (_bans.Count >= MaxBans && !_bans.ContainsKey(ban.Whom.ToString()))
                await ForgetEndedAsync();
            await _ledger.PlaceAsync(ban);
            Take([.. _bans.Values.Where(other => other.Whom != ban.Whom), ban]);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Serves again.</summary>
    /// <exception cref="MdmException">NotFound: there is no such ban; Unavailable.</exception>
    public async Task LiftAsync(CallerRule whom, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (!await _ledger.LiftAsync(whom))
                throw new MdmException(MdmErrorKind.NotFound, $"{whom} is not banned. {NearNames.Sentence(whom.ToString(), _bans.Keys)}");
            Take([.. _bans.Values.Where(other => other.Whom != whom)]);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Reads what other hosts ordered.</summary>
    public async Task LookAsync()
    {
        await _changing.WaitAsync();
        try
        {
            Take(await _ledger.BansAsync(CancellationToken.None));
            _isBlind = false;
        }
        catch (MdmException failure)
        {
            // What was known goes on to hold.
            if (!_isBlind)
                Log.BansNotRead(_log, failure);
            _isBlind = true;
        }
        finally
        {
            _changing.Release();
        }
    }

    public void Dispose()
    {
        _looking?.Dispose();
        _changing.Dispose();
    }

    private async Task ForgetEndedAsync()
    {
        await _ledger.ForgetAsync(_time.GetUtcNow());
        Take(await _ledger.BansAsync(CancellationToken.None));
        if (_bans.Count >= MaxBans)
            throw new MdmException(MdmErrorKind.Refused, $"{MaxBans} bans are the most; lift those that are no longer needed, or ban a group.");
    }

    private void Take(List<Ban> bans)
    {
        var before = _bans;
        _bans = Indexed(bans);
        if (!_bans.Keys.Any(whom => !before.TryGetValue(whom, out var known) || known != _bans[whom]))
            return;
        foreach (var call in _calls.Keys)
        {
            if (Find(call.Caller) is not null)
                call.CutOff();
        }
        Placed?.Invoke();
    }

    private static FrozenDictionary<string, Ban> Indexed(IEnumerable<Ban> bans) => bans.ToFrozenDictionary(ban => ban.Whom.ToString(), StringComparer.Ordinal);

    private sealed class Call(Bans bans, GridIdentity caller, Action cutOff) : IDisposable
    {
        public GridIdentity Caller => caller;

        public void CutOff()
        {
            if (bans._calls.TryRemove(this, out _))
                cutOff();
        }

        public void Dispose() => bans._calls.TryRemove(this, out _);
    }
}
