using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Formats.Shares;

namespace Mdm.Formats.Keystores;

/// <summary>A key to be registered.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Rights">What it gets, if it is new.</param>
/// <param name="Stamp">The rights' time, milliseconds since 1970.</param>
public sealed record KeyOrder(KeyId Id, KeyRights Rights, long Stamp)
{
    /// <summary>Who registered it, where an administrator repairs; null for the caller.</summary>
    internal string? Registrar { get; init; }
}

/// <summary>A registered key.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Key">The key in force; null when it could not be had. The caller disposes it.</param>
/// <param name="IsNew">True when this registration made it.</param>
/// <param name="Failure">Why there is none.</param>
public sealed record Registration(KeyId Id, JoinedKey? Key, bool IsNew, MdmException? Failure)
{
    /// <summary>True when keystores were given shares that they lacked.</summary>
    internal bool WasHealed { get; init; }
}

public sealed partial class KeystoreGroup
{
    /// <summary>Attempts of one registration, and more while <see cref="KeystoreGroupOptions.TimeLimit"/> lasts; each one after the first means that somebody else was at the same key.</summary>
    private const int Attempts = 12;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);

    /// <summary>The keys in force under these ids: those that are kept, or new random ones, kept by k keystores before this returns. In the order asked.</summary>
    /// <param name="orders">Different ids.</param>
    /// <param name="keyLength">Bytes of a new key, 16 to 64.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<IReadOnlyList<Registration>> RegisterAsync(IReadOnlyList<KeyOrder> orders, int keyLength, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(orders);
        ArgumentOutOfRangeException.ThrowIfLessThan(keyLength, KeyShare.MinKeyLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keyLength, KeyShare.MaxKeyLength);
        var outcomes = new List<Registration>(orders.Count);
        foreach (var chunk in Chunks(orders, o => o.Rights))
            outcomes.AddRange(await new Registering(this, chunk, keyLength, mayCreate: true).RunAsync(cancellationToken).ConfigureAwait(false));
        return outcomes;
    }

    /// <summary>Gives each keystore that answers and lacks its share of these keys its share. Keys that are not there are not made.</summary>
    internal async Task<IReadOnlyList<Registration>> HealAsync(IReadOnlyList<KeyOrder> orders, CancellationToken cancellationToken) =>
        await new Registering(this, orders, 0, mayCreate: false).RunAsync(cancellationToken).ConfigureAwait(false);

    private static List<List<T>> Chunks<T>(IEnumerable<T> items, Func<T, KeyRights> rightsOf)
    {
        var chunks = new List<List<T>>();
        var length = 0;
        foreach (var item in items)
        {
            var more = rightsOf(item).Entries.Sum(e => 24 + (e.Qualifier?.Length ?? 0));
            if (chunks.Count == 0 || chunks[^1].Count == KeystoreLimits.MaxKeys || length + more > KeystoreLimits.MaxRightsPerRequest)
            {
                chunks.Add([]);
                length = 0;
            }
            chunks[^1].Add(item);
            length += more;
        }
        return chunks;
    }

    /// <summary>One batch on its way through the two phases.</summary>
    private sealed class Registering(KeystoreGroup group, IReadOnlyList<KeyOrder> orders, int keyLength, bool mayCreate)
    {
        private readonly Registration?[] _outcomes = new Registration?[orders.Count];

        /// <summary>Keys for which promises are needed although shares are held: a registration broke off, or another one is under way.</summary>
        private readonly bool[] _isForced = new bool[orders.Count];

        private Ballot _ballot = Ballot.After(default);
        private Ballot _highest;

        public async Task<IReadOnlyList<Registration>> RunAsync(CancellationToken cancellationToken)
        {
            if (!mayCreate)
                Array.Fill(_isForced, true);
            var (begun, took) = (group._options.Clock.GetTimestamp(), TimeSpan.Zero);
            for (var attempt = 0; attempt < Attempts || group._options.Clock.GetElapsedTime(begun) < group._options.TimeLimit; attempt++)
            {
                if (attempt > 0)
                    await group.PauseAsync(attempt, took, cancellationToken).ConfigureAwait(false);
                var from = group._options.Clock.GetTimestamp();
                // Unforced first: most keys are new, or there already.
                foreach (var isForced in (bool[])[false, true])
                {
                    if (Open().Where(k => _isForced[k] == isForced).ToArray() is { Length: > 0 } keys)
                        await AttemptAsync(keys, isForced, cancellationToken).ConfigureAwait(false);
                }
                if (!Open().Any())
                    break;
                took = group._options.Clock.GetElapsedTime(from);
                _ballot = Ballot.After(_highest.CompareTo(_ballot) > 0 ? _highest : _ballot);
            }
            foreach (var k in Open())
                Fail(k, new MdmException(MdmErrorKind.Busy, $"Others register the key {orders[k].Id} at the same time; try again."));
            return _outcomes!;
        }

        private IEnumerable<int> Open() => Enumerable.Range(0, orders.Count).Where(k => _outcomes[k] is null);

        private void Fail(int key, MdmException reason) => _outcomes[key] = new Registration(orders[key].Id, null, false, reason);

        private async Task AttemptAsync(int[] keys, bool isForced, CancellationToken cancellationToken)
        {
            var request = new ReserveRequest([.. keys.Select(k => orders[k].Id)], _ballot, isForced);
            var answers = await group.AskAllAsync<ReserveAnswer>(
                (i, limit) => group._keystores[i].ReserveAsync(request, limit),
                answers => IsEnough(answers, isForced),
                group._options.Grace, cancellationToken).ConfigureAwait(false);
            if (answers.Count(a => a is { Value: not null }) < group.Threshold)
            {
                var reason = group.TooFew(answers, group.Threshold, "Registering keys");
                Array.ForEach(keys, k => Fail(k, reason));
                return;
            }
            var plans = new List<Plan>();
            for (var at = 0; at < keys.Length; at++)
            {
                var items = answers.Select(a => a?.Value?.Keys[at]).ToArray();
                if (Decide(keys[at], items, isForced) is { } plan)
                    plans.Add(plan);
            }
            if (plans.Count > 0)
                await DepositAsync(plans, cancellationToken).ConfigureAwait(false);
            foreach (var plan in plans)
                plan.Dispose();
        }

        // A repair is for those who are late, too; and where a registration broke off, what the last one holds decides.
        private bool IsEnough(Answer<ReserveAnswer>?[] answers, bool isForced) =>
            mayCreate && answers.Count(a => a is { Value: not null }) >= group.Threshold && (!isForced || !answers.Where((a, i) => a is null && !group._failedLast[i]).Any());

        /// <summary>What the first phase says of one key: an outcome, another attempt, or shares to be left.</summary>
        private Plan? Decide(int key, ReserveItem?[] items, bool isForced)
        {
            var id = orders[key].Id;
            foreach (var item in items)
            {
                if (item?.Promised is { } promised && promised.CompareTo(_highest) > 0)
                    _highest = promised;
            }
            if (items.Any(i => i?.Status == KeyStatus.Destroyed))
            {
                Fail(key, new MdmException(MdmErrorKind.Refused, $"The key {id} was destroyed, and its id is not used again."));
                return null;
            }
            if (items.FirstOrDefault(i => i?.Status is KeyStatus.Taken or KeyStatus.Denied) is { } refused)
            {
                Fail(key, refused.Status == KeyStatus.Taken
                    ? new MdmException(MdmErrorKind.AlreadyExists, $"The key {id} was registered by somebody else.")
                    : new MdmException(MdmErrorKind.AccessDenied, "You may not register keys at these keystores; a keystore's configuration names who may."));
                return null;
            }
            using var shares = new SharesOfKey();
            for (var i = 0; i < items.Length; i++)
            {
                if (items[i] is { } item)
                    shares.Add(i, item.Shares);
            }
            var joined = shares.Join(id);
            if (joined.Outcome == JoinOutcome.Joined)
                return Existing(key, joined, shares, items);
            if (shares.Count > 0 && !isForced)
            {
                _isForced[key] = true;
                return null;
            }
            if (WhyUndecided(id, joined, shares, items) is { } reason)
            {
                Fail(key, reason);
                return null;
            }
            // Outbid: another attempt.
            return items.Count(i => i?.Status is KeyStatus.Ok) < group.Threshold ? null : NewKey(key);
        }

        private Plan? Existing(int key, JoinedKey joined, SharesOfKey shares, ReserveItem?[] items)
        {
            var wrong = shares.Wrong(joined).ToDictionary(w => w.Keystore, w => w.Verdict);
            var right = shares.Shares.Where((_, i) => joined.Verdicts[i] == ShareVerdict.Right).ToList();
            // A place that somebody holds elsewhere is not doubled.
            var lacking = Enumerable.Range(0, Math.Min(items.Length, right[0].Count))
                .Where(i => items[i] is not null && (wrong.ContainsKey(i) || !shares.OfKeystore(i).Any()) && right.TrueForAll(s => s.Place != i + 1)).ToList();
            if (!mayCreate && lacking.Exists(i => items[i]!.Status == KeyStatus.Outbid))
            {
                joined.Dispose();
                return null;
            }
            foreach (var (keystore, verdict) in wrong)
                group.Tell(keystore, orders[key].Id, verdict);
            _outcomes[key] = new Registration(orders[key].Id, joined, false, null);
            var plan = new Plan(key, null);
            // Only who promised may be given anything: another attempt may be at the others.
            foreach (var i in lacking.Where(i => items[i]!.Status == KeyStatus.Ok))
                plan.Shares[i] = KeySplitter.ShareAt(right, joined.Key, (byte)(i + 1));
            if (plan.Shares.Count == 0)
                return null;
            _outcomes[key] = _outcomes[key]! with { WasHealed = true };
            return plan;
        }

        /// <summary>Why a new key may not be made, although none can be joined.</summary>
        private MdmException? WhyUndecided(KeyId id, JoinedKey joined, SharesOfKey shares, ReserveItem?[] items)
        {
            if (!mayCreate)
                return new MdmException(MdmErrorKind.NotFound, $"The key {id} has not as many shares as it takes.");
            if (shares.Count == 0)
                return null;
            if (joined.Outcome is JoinOutcome.CannotTell or JoinOutcome.TooManyWrong)
                return new MdmException(MdmErrorKind.Corrupt, $"The shares of the key {id} do not fit; more keystores must answer, or wrong shares be removed.");
            // What was accepted under the highest ballot may have been decided, if those who did not answer hold it as well.
            var silent = items.Count(i => i is null);
            var last = Enumerable.Range(0, items.Length).Where(i => shares.OfKeystore(i).Any()).MaxBy(i => items[i]!.Accepted ?? default);
            var candidate = shares.OfKeystore(last).First();
            var holders = shares.Keystores.Count(i => shares.OfKeystore(i).Any(s => s.Split == candidate.Split));
            return candidate.Generation > 1 || holders + silent >= Math.Min(candidate.Threshold, group.Threshold)
                ? new MdmException(MdmErrorKind.Unavailable, $"A key {id} may be registered with keystores that do not answer ({string.Join(", ", items.Select((item, i) => item is null ? group._keystores[i].Name : null).OfType<string>())}); try again when they do.")
                : null;
        }

        private Plan NewKey(int key)
        {
            var bytes = GC.AllocateUninitializedArray<byte>(keyLength, pinned: true);
            RandomNumberGenerator.Fill(bytes);
            var plan = new Plan(key, new JoinedKey(JoinOutcome.Joined, bytes, []));
            var shares = KeySplitter.Split(orders[key].Id, bytes, 1, group.Threshold, group._keystores.Length);
            for (var i = 0; i < shares.Count; i++)
                plan.Shares[i] = shares[i];
            return plan;
        }

        private async Task DepositAsync(List<Plan> plans, CancellationToken cancellationToken)
        {
            var rights = plans.Select(p => WireRights.Of(orders[p.Key].Rights)).ToArray();
            var accepted = new int[plans.Count];
            var counted = new bool[group._keystores.Length];
            var asked = Enumerable.Range(0, group._keystores.Length).Select(i => Enumerable.Range(0, plans.Count).Where(p => plans[p].Shares.ContainsKey(i)).ToArray()).ToArray();
            var requests = asked.Select((some, i) => some.Length == 0 ? null : new DepositRequest([.. some.Select((p, r) => ItemOf(plans[p], i, r))], [.. some.Select(p => rights[p])])).ToArray();
            var answers = await group.AskAllAsync<StatusAnswer>(
                (i, limit) => requests[i] is { } request ? group._keystores[i].DepositAsync(request, limit) : null,
                answers =>
                {
                    Count(answers);
                    return mayCreate && plans.TrueForAll(p => p.NewKey is null || accepted[plans.IndexOf(p)] >= group.Threshold);
                },
                group._options.Grace, cancellationToken).ConfigureAwait(false);
            Count(answers);
            for (var p = 0; p < plans.Count; p++)
                Conclude(plans[p], accepted[p], answers);

            void Count(Answer<StatusAnswer>?[] answers)
            {
                for (var i = 0; i < answers.Length; i++)
                {
                    if (counted[i] || answers[i]?.Value is not { } answer)
                        continue;
                    counted[i] = true;
                    for (var at = 0; at < asked[i].Length; at++)
                    {
                        if (answer.Keys[at].Status == KeyStatus.Ok)
                            accepted[asked[i][at]]++;
                        else if (answer.Keys[at].Promised is { } promised && promised.CompareTo(_highest) > 0)
                            _highest = promised;
                    }
                }
            }
        }

        private void Conclude(Plan plan, int accepted, Answer<StatusAnswer>?[] answers)
        {
            if (plan.NewKey is not { } key)
                return;
            if (accepted >= group.Threshold)
            {
                _outcomes[plan.Key] = new Registration(orders[plan.Key].Id, key, true, null);
                return;
            }
            key.Dispose();
            // Who answered and did not accept was outbid: the next attempt sees what became of it. It sees as well what this one left.
            if (answers.Count(a => a is { Value: not null }) < group.Threshold)
                Fail(plan.Key, group.TooFew(answers, group.Threshold, "Registering keys"));
            else
                _isForced[plan.Key] = true;
        }

        private DepositItem ItemOf(Plan plan, int keystore, int rights) =>
            new(orders[plan.Key].Id, plan.Shares[keystore].Bytes.ToArray(), _ballot, rights, orders[plan.Key].Stamp, orders[plan.Key].Registrar);
    }

    private Task PauseAsync(int attempt, TimeSpan took, CancellationToken cancellationToken)
    {
        // Random, so that two who outbid each other come apart: as far as the last attempt took where keystores are slow.
        var longest = Math.Max((int)FirstPause.TotalMilliseconds << Math.Min(attempt, 6), (int)Math.Min(2 * took.TotalMilliseconds, 5000));
        return Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, longest)), _options.Clock, cancellationToken);
    }

    /// <summary>Shares of one key to be left, by keystore.</summary>
    private sealed record Plan(int Key, JoinedKey? NewKey) : IDisposable
    {
        public Dictionary<int, KeyShare> Shares { get; } = [];

        public void Dispose()
        {
            foreach (var share in Shares.Values)
                share.Dispose();
        }
    }
}
