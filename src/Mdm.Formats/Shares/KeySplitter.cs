using System.Security.Cryptography;
using Mdm.Abstractions;

namespace Mdm.Formats.Shares;

/// <summary>Splits keys into authenticated shares and joins them again. A key that comes out is the key that went in, whoever altered shares; else there is none.</summary>
public static class KeySplitter
{
    /// <summary>Most shares of a key: what a group of keystores may have.</summary>
    public const int MaxShares = 16;

    /// <summary>Splits a key into shares at the places 1 to <paramref name="count"/>. Each share was joined with others to the key before this returns.</summary>
    /// <param name="id">Which key.</param>
    /// <param name="key">16 to 64 random bytes.</param>
    /// <param name="generation">From 1.</param>
    /// <param name="threshold">How many shares give the key.</param>
    /// <param name="count">How many there are, up to <see cref="MaxShares"/>.</param>
    /// <exception cref="ArgumentException">Numbers out of range.</exception>
    /// <exception cref="CryptographicException">The shares do not give the key: this machine computes wrongly.</exception>
    public static IReadOnlyList<KeyShare> Split(KeyId id, ReadOnlySpan<byte> key, uint generation, int threshold, int count)
    {
        if (key.Length is < KeyShare.MinKeyLength or > KeyShare.MaxKeyLength)
            throw new ArgumentException($"A key has {KeyShare.MinKeyLength} to {KeyShare.MaxKeyLength} bytes.", nameof(key));
        ArgumentOutOfRangeException.ThrowIfZero(generation);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxShares);
        Span<byte> places = stackalloc byte[Math.Max(count, 1)];
        for (var i = 0; i < places.Length; i++)
            places[i] = (byte)(i + 1);
        var values = Shamir.Split(key, threshold, places);
        try
        {
            Prove(key, threshold, places, values);
            var header = KeyShare.HeaderOf(id, generation, SplitId.Create(), threshold, count, key);
            var shares = new KeyShare[count];
            for (var i = 0; i < count; i++)
                shares[i] = KeyShare.Make(header, places[i], values[i], key);
            return shares;
        }
        finally
        {
            foreach (var value in values)
                CryptographicOperations.ZeroMemory(value);
        }
    }

    /// <summary>Joins whatever shares there are: of several splits, wrong ones among them.</summary>
    /// <remarks>With more than the threshold of one split, a set that gives the key is searched for, and the key's MACs name the wrong shares. With exactly the threshold nobody can tell which it is.</remarks>
    public static JoinedKey Join(KeyId id, IReadOnlyList<KeyShare> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        var verdicts = new ShareVerdict[shares.Count];
        var foreign = Enumerable.Range(0, shares.Count).Where(i => shares[i].KeyId != id).ToHashSet();
        foreach (var i in foreign)
            verdicts[i] = ShareVerdict.OfAnotherKey;
        // The newest first: it is what an unfinished refresh works towards, and of the same key.
        var splits = Enumerable.Range(0, shares.Count).Where(i => !foreign.Contains(i)).GroupBy(i => Convert.ToHexString(shares[i].Header)).OrderByDescending(s => shares[s.First()].Generation);
        var outcome = JoinOutcome.TooFew;
        foreach (var split in splits)
        {
            var members = Different(shares, split);
            var threshold = shares[members[0]].Threshold;
            if (members.Count < threshold)
                continue;
            if (Search(shares, members, threshold) is { } key)
            {
                foreach (var i in Enumerable.Range(0, shares.Count).Where(i => !foreign.Contains(i)))
                    verdicts[i] = !shares[i].Header.SequenceEqual(shares[members[0]].Header) ? ShareVerdict.OfAnotherSplit : shares[i].IsUnaltered(key) ? ShareVerdict.Right : ShareVerdict.Altered;
                return new JoinedKey(JoinOutcome.Joined, key, verdicts);
            }
            outcome = members.Count == threshold ? JoinOutcome.CannotTell : JoinOutcome.TooManyWrong;
        }
        return new JoinedKey(outcome, null, verdicts);
    }

    /// <summary>The share at another place of the same split, as it was or would have been made.</summary>
    /// <param name="shares">Right shares of one split, at least the threshold of them.</param>
    /// <param name="key">The key that they give.</param>
    /// <param name="place">1 to the number of shares.</param>
    public static KeyShare ShareAt(IReadOnlyList<KeyShare> shares, ReadOnlySpan<byte> key, byte place)
    {
        ArgumentNullException.ThrowIfNull(shares);
        var first = shares[0];
        if (shares.Count < first.Threshold || place < 1 || place > first.Count)
            throw new ArgumentException("A share is made from as many as the threshold, at a place that the split has.", nameof(shares));
        var (places, values) = Points(shares, [.. Enumerable.Range(0, first.Threshold)]);
        var value = new byte[first.KeyLength];
        Shamir.Interpolate(places, values, place, value);
        var made = KeyShare.Make(first.Header, place, value, key);
        Zero([.. values, value]);
        return made;
    }

    // Every share stands in one of the joins.
    private static void Prove(ReadOnlySpan<byte> key, int threshold, ReadOnlySpan<byte> places, byte[][] values)
    {
        Span<byte> joined = stackalloc byte[KeyShare.MaxKeyLength];
        joined = joined[..key.Length];
        var (some, their) = (new byte[threshold], new byte[threshold][]);
        for (var start = 0; start < places.Length; start++)
        {
            for (var i = 0; i < threshold; i++)
                (some[i], their[i]) = (places[(start + i) % places.Length], values[(start + i) % places.Length]);
            Shamir.Interpolate(some, their, 0, joined);
            if (!CryptographicOperations.FixedTimeEquals(joined, key))
                throw new CryptographicException("Shares that were just made do not give the key; nothing was kept.");
        }
        CryptographicOperations.ZeroMemory(joined);
    }

    // One share that two keystores give is one share. Two shares that claim one place are both tried.
    private static List<int> Different(IReadOnlyList<KeyShare> shares, IEnumerable<int> members)
    {
        var different = new List<int>();
        foreach (var member in members)
        {
            if (different.TrueForAll(d => !shares[d].Bytes.SequenceEqual(shares[member].Bytes)))
                different.Add(member);
        }
        return different;
    }

    private static byte[]? Search(IReadOnlyList<KeyShare> shares, List<int> members, int threshold)
    {
        var chosen = Enumerable.Range(0, threshold).ToArray();
        do
        {
            if (TryJoin(shares, [.. chosen.Select(c => members[c])]) is { } key)
                return key;
        }
        while (Next(chosen, members.Count));
        return null;
    }

    // The next combination in lexical order; 12,870 at most, with 8 of 16.
    private static bool Next(int[] chosen, int of)
    {
        for (var i = chosen.Length - 1; i >= 0; i--)
        {
            if (chosen[i] == of - chosen.Length + i)
                continue;
            chosen[i]++;
            for (var j = i + 1; j < chosen.Length; j++)
                chosen[j] = chosen[j - 1] + 1;
            return true;
        }
        return false;
    }

    private static byte[]? TryJoin(IReadOnlyList<KeyShare> shares, int[] some)
    {
        if (some.Select(i => shares[i].Place).Distinct().Count() < some.Length)
            return null;
        var (places, values) = Points(shares, some);
        Span<byte> joined = stackalloc byte[KeyShare.MaxKeyLength];
        joined = joined[..shares[some[0]].KeyLength];
        Shamir.Interpolate(places, values, 0, joined);
        Zero(values);
        byte[]? key = null;
        if (shares[some[0]].IsOf(joined))
        {
            // Pinned: the collector leaves no copies of a key behind. A share alone is no secret.
            key = GC.AllocateUninitializedArray<byte>(joined.Length, pinned: true);
            joined.CopyTo(key);
        }
        CryptographicOperations.ZeroMemory(joined);
        return key;
    }

    private static (byte[] Places, byte[][] Values) Points(IReadOnlyList<KeyShare> shares, int[] some) =>
        ([.. some.Select(i => shares[i].Place)], [.. some.Select(i => shares[i].Value.ToArray())]);

    private static void Zero(byte[][] secrets)
    {
        foreach (var secret in secrets)
            CryptographicOperations.ZeroMemory(secret);
    }
}

/// <summary>What came of joining.</summary>
public enum JoinOutcome
{
    /// <summary>There is a key.</summary>
    Joined,

    /// <summary>No split has as many shares as its threshold.</summary>
    TooFew,

    /// <summary>Exactly as many as the threshold, and they do not fit: one of them is wrong, and it cannot be told which.</summary>
    CannotTell,

    /// <summary>More than the threshold, but no set of right ones among them.</summary>
    TooManyWrong,
}

/// <summary>What a share turned out to be, once the key is known.</summary>
public enum ShareVerdict
{
    /// <summary>The key is not known.</summary>
    Unknown,

    /// <summary>As it was made.</summary>
    Right,

    /// <summary>Of the split that gave the key, but altered.</summary>
    Altered,

    /// <summary>Not of the split that gave the key: an older or newer one, or altered where it says which.</summary>
    OfAnotherSplit,

    /// <summary>It says that it is of another key.</summary>
    OfAnotherKey,
}

/// <summary>A key that was joined, or why not.</summary>
public sealed class JoinedKey(JoinOutcome outcome, byte[]? key, IReadOnlyList<ShareVerdict> verdicts) : IDisposable
{
    /// <summary>What came of it.</summary>
    public JoinOutcome Outcome { get; } = outcome;

    /// <summary>The verdict on each share, in the order given.</summary>
    public IReadOnlyList<ShareVerdict> Verdicts { get; } = verdicts;

    /// <summary>The key; empty when there is none. Not to be kept.</summary>
    public ReadOnlySpan<byte> Key => key;

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(key);
}
