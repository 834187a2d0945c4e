using System.Collections.Immutable;
using Mdm.Abstractions;
using Mdm.Formats.Shares;

namespace Mdm.Formats.Keystores;

/// <summary>How patient a group of keystores is.</summary>
public sealed record KeystoreGroupOptions
{
    /// <summary>Longest wait for one answer of one keystore.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long, when enough have answered, the others are waited for, so that a change reaches all of them at once where all are well.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs the limits.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Told when a keystore holds a wrong or a stale share, on any thread; null for nobody.</summary>
    public Action<KeystoreFinding>? Found { get; init; }
}

/// <summary>A keystore that gave a share which is not the right one.</summary>
/// <param name="Keystore">Which.</param>
/// <param name="Key">Of which key.</param>
/// <param name="Verdict">What is wrong with it.</param>
public sealed record KeystoreFinding(Uri Keystore, KeyId Key, ShareVerdict Verdict);

/// <summary>
/// n keystores, any k of which give a key. Reads from whichever answer first; registers while k of them answer. k is more than half of n: any two sets of k keystores meet, which is
/// what makes two hosts that register one key get one key. Safe for concurrent use.
/// </summary>
/// <remarks>
/// The way of a registration is single-decree Paxos per key id (Lamport, "Paxos Made Simple"), a value being a split of a key: <em>reserve</em> is its first phase, <em>deposit</em> its
/// second, k keystores decide. A key that k keystores hold is decided, so whoever joins k shares has the key in force. See docs/decisions/0011-keystores.md.
/// </remarks>
public sealed partial class KeystoreGroup
{
    private readonly ImmutableArray<KeystoreClient> _keystores;
    private readonly KeystoreGroupOptions _options;
    private readonly bool[] _failedLast;

    /// <param name="keystores">In the order of the configuration: a share's place is its keystore's number, from 1.</param>
    /// <param name="threshold">How many give a key: more than half.</param>
    /// <param name="options">The defaults when null.</param>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Refused"/>: numbers that do not go together, or one keystore twice.</exception>
    public KeystoreGroup(IEnumerable<KeystoreClient> keystores, int threshold, KeystoreGroupOptions? options = null)
    {
        _keystores = [.. keystores];
        (Threshold, _options) = (threshold, options ?? new KeystoreGroupOptions());
        _failedLast = new bool[_keystores.Length];
        Blocking = _keystores.Length - threshold + 1;
        if (WhyNot(_keystores.Length, threshold) is { } reason)
            throw new MdmException(MdmErrorKind.Refused, reason);
        if (_keystores.Select(k => k.Address).Distinct().Count() < _keystores.Length)
            throw new MdmException(MdmErrorKind.Refused, "A keystore stands twice among the keystores: two shares in one place protect nothing.");
    }

    /// <summary>The keystores of two groups, of which one takes the other's place: of any that takes part, what it lists counts.</summary>
    private KeystoreGroup(KeystoreGroup from, KeystoreGroup to)
    {
        _keystores = [.. from._keystores.Concat(to._keystores).DistinctBy(k => k.Address)];
        (Threshold, Blocking, _options) = (from.Threshold, 1, to._options);
        _failedLast = new bool[_keystores.Length];
    }

    /// <summary>The keystores, in order.</summary>
    public IReadOnlyList<KeystoreClient> Keystores => _keystores;

    /// <summary>How many give a key.</summary>
    public int Threshold { get; }

    /// <summary>How many must have taken back a right, or destroyed a share, so that no k of the others are left.</summary>
    private int Blocking { get; }

    /// <summary>Why these numbers do not go together; null when they do.</summary>
    public static string? WhyNot(int count, int threshold) =>
        count is < 1 or > KeySplitter.MaxShares ? $"A group has 1 to {KeySplitter.MaxShares} keystores, not {count}."
        : threshold > count ? $"With {count} keystores, {threshold} shares are never there: the threshold is {count / 2 + 1} to {count}."
        : threshold * 2 <= count ? $"With {count} keystores the threshold is {count / 2 + 1} to {count}, not {threshold}: two hosts that register one key at the same time must meet in a keystore."
        : null;

    /// <summary>Asks all at once and returns when enough have answered and the others had their grace. What comes later is not looked at.</summary>
    /// <returns>By keystore; null for one that was not waited for.</returns>
    private async Task<Answer<T>?[]> AskAllAsync<T>(Func<int, CancellationToken, Task<T>?> ask, Func<Answer<T>?[], bool> isEnough, TimeSpan grace, CancellationToken cancellationToken)
    {
        var answers = new Answer<T>?[_keystores.Length];
        var pending = new Dictionary<Task<Answer<T>>, int>();
        for (var i = 0; i < _keystores.Length; i++)
            pending.Add(AskOneAsync(i, ask), i);
        Task? patience = null;
        using var ended = new CancellationTokenSource();
        while (pending.Count > 0)
        {
            // Who failed last time gets its chance, but nobody waits for it.
            if (patience is not null && pending.Values.All(i => _failedLast[i]))
                break;
            var next = Task.WhenAny(pending.Keys);
            if (await Task.WhenAny(patience is null ? [next] : [next, patience]).WaitAsync(cancellationToken).ConfigureAwait(false) == patience)
                break;
            var one = await next.ConfigureAwait(false);
            answers[pending[one]] = await one.ConfigureAwait(false);
            pending.Remove(one);
            if (patience is null && isEnough(answers))
                patience = grace == TimeSpan.Zero ? Task.CompletedTask : Task.Delay(grace, _options.Clock, ended.Token);
        }
        await ended.CancelAsync().ConfigureAwait(false);
        return answers;
    }

    private async Task<Answer<T>> AskOneAsync<T>(int keystore, Func<int, CancellationToken, Task<T>?> ask)
    {
        // Not the caller's token: a keystore that is late keeps its connection, and what it was told is done.
        using var limit = new CancellationTokenSource(_options.TimeLimit, _options.Clock);
        MdmException failure;
        try
        {
            if (ask(keystore, limit.Token) is not { } asked)
                return new Answer<T>(default, null);
            var value = await asked.ConfigureAwait(false);
            _failedLast[keystore] = false;
            return new Answer<T>(value, null);
        }
        catch (MdmException e)
        {
            failure = e;
        }
        catch (OperationCanceledException e)
        {
            failure = new MdmException(MdmErrorKind.Unavailable, $"The keystore {_keystores[keystore].Name} did not answer within {_options.TimeLimit.TotalSeconds:0.#} s.", e);
        }
        catch (ObjectDisposedException e)
        {
            failure = new MdmException(MdmErrorKind.Unavailable, "The keystores are not asked any more: this program ends.", e);
        }
        _failedLast[keystore] = true;
        return new Answer<T>(default, failure);
    }

    private MdmException TooFew<T>(Answer<T>?[] answers, int needed, string what)
    {
        var answered = answers.Count(a => a is { Failure: null });
        var failures = answers.Select((a, i) => a is null ? $"The keystore {_keystores[i].Name} has not answered." : a.Failure?.Message).OfType<string>().ToList();
        // Where every keystore turns the caller away, waiting helps nobody.
        var isRefused = failures.Count > 0 && answers.All(a => a?.Failure is null or { Kind: MdmErrorKind.AccessDenied or MdmErrorKind.Refused });
        var kind = !isRefused ? MdmErrorKind.Unavailable : answers.Any(a => a?.Failure is { Kind: MdmErrorKind.Refused }) ? MdmErrorKind.Refused : MdmErrorKind.AccessDenied;
        return new MdmException(kind, $"{what} needs {needed} of {_keystores.Length} keystores, {answered} answered. {string.Join(' ', failures)}".TrimEnd());
    }

    private void Tell(int keystore, KeyId key, ShareVerdict verdict) => _options.Found?.Invoke(new KeystoreFinding(_keystores[keystore].Address, key, verdict));

    private sealed record Answer<T>(T? Value, MdmException? Failure);
}
