using Mdm.Abstractions;
using Mdm.Formats.Shares;

namespace Mdm.Formats.Keystores;

public sealed partial class KeystoreGroup
{
    /// <summary>A content key that the caller, by the credential of the connections, may get. The caller of the method disposes it.</summary>
    /// <exception cref="MdmException">
    /// <see cref="MdmErrorKind.NotFound"/>: there is none, or no right to it; <see cref="MdmErrorKind.Unavailable"/>: too few keystores answer; <see cref="MdmErrorKind.Corrupt"/>: the shares do not fit.
    /// </exception>
    public async ValueTask<ContentKey> GetKeyAsync(KeyId id, CancellationToken cancellationToken)
    {
        var outcome = (await GetKeysAsync([id], null, cancellationToken).ConfigureAwait(false))[0];
        return outcome.Key ?? throw outcome.Failure!;
    }

    /// <summary>Content keys, each answered for by itself, in the order asked. The caller of the method disposes them.</summary>
    /// <param name="ids">Any number.</param>
    /// <param name="actsFor">Whose rights count, where a registrar acts for a caller; null for the credential's own.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<IReadOnlyList<KeyOutcome>> GetKeysAsync(IReadOnlyList<KeyId> ids, GridIdentity? actsFor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var outcomes = new List<KeyOutcome>(ids.Count);
        foreach (var chunk in ids.Chunk(KeystoreLimits.MaxKeys))
        {
            foreach (var found in await ReadAsync(chunk, actsFor, cancellationToken).ConfigureAwait(false))
            {
                using var joined = found.Key;
                outcomes.Add(joined is null ? new KeyOutcome(found.Id, null, found.Failure) : AsContentKey(found.Id, joined));
            }
        }
        return outcomes;
    }

    /// <summary>Keys of any length; not more than one request's.</summary>
    internal async Task<IReadOnlyList<GroupKey>> ReadAsync(KeyId[] ids, GridIdentity? actsFor, CancellationToken cancellationToken)
    {
        var request = new ReadRequest(ids, actsFor is null ? null : WireCaller.Of(actsFor));
        var found = new GroupKey?[ids.Length];
        var seen = new bool[_keystores.Length];
        var shares = Array.ConvertAll(ids, _ => new SharesOfKey());
        var answers = await AskAllAsync<ReadAnswer>(
            (i, limit) => _keystores[i].ReadAsync(request, limit),
            answers =>
            {
                Collect(answers);
                return Array.TrueForAll(found, f => f is not null);
            },
            TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        Collect(answers);
        for (var k = 0; k < ids.Length; k++)
        {
            found[k] ??= new GroupKey(ids[k], null, WhyNone(ids[k], shares[k], answers));
            shares[k].Dispose();
        }
        return found!;

        void Collect(Answer<ReadAnswer>?[] answers)
        {
            for (var i = 0; i < answers.Length; i++)
            {
                if (seen[i] || answers[i] is not { Value: { } answer })
                    continue;
                seen[i] = true;
                for (var k = 0; k < ids.Length; k++)
                    shares[k].Add(i, answer.Keys[k].Status == KeyStatus.Ok ? answer.Keys[k].Shares : null);
            }
            for (var k = 0; k < ids.Length; k++)
                found[k] ??= Decide(ids[k], shares[k]);
        }
    }

    private GroupKey? Decide(KeyId id, SharesOfKey shares)
    {
        if (shares.Count >= 1 && shares.Join(id) is { Outcome: JoinOutcome.Joined } joined)
        {
            foreach (var (keystore, verdict) in shares.Wrong(joined))
                Tell(keystore, id, verdict);
            return new GroupKey(id, joined, null);
        }
        // So many have none that the others cannot make it up.
        return shares.Without > _keystores.Length - (shares.LeastThreshold ?? Threshold) ? new GroupKey(id, null, Unknown(id)) : null;
    }

    private MdmException WhyNone(KeyId id, SharesOfKey shares, Answer<ReadAnswer>?[] answers)
    {
        var answered = answers.Count(a => a is { Failure: null });
        var threshold = shares.LeastThreshold ?? Threshold;
        using var joined = shares.Join(id);
        var holders = string.Join(", ", shares.Keystores.Select(i => _keystores[i].Name));
        return joined.Outcome switch
        {
            JoinOutcome.CannotTell => new MdmException(
                answered < _keystores.Length ? MdmErrorKind.Unavailable : MdmErrorKind.Corrupt,
                $"The shares of the key {id} that {holders} gave do not fit. One of them is wrong; with {threshold} shares, as many as the key needs, it cannot be told which. More keystores must answer: {answered} of {_keystores.Length} did."),
            JoinOutcome.TooManyWrong => new MdmException(
                answered < _keystores.Length ? MdmErrorKind.Unavailable : MdmErrorKind.Corrupt,
                $"No {threshold} shares of the key {id} that {holders} gave fit: too many of them are wrong to tell which."),
            _ when answered < _keystores.Length => TooFew(answers, threshold, $"The key {id}"),
            _ => Unknown(id),
        };
    }

    private static MdmException Unknown(KeyId id) => new(MdmErrorKind.NotFound, $"There is no key {id}, or you have no right to it.");

    private static KeyOutcome AsContentKey(KeyId id, JoinedKey joined) => joined.Key.Length == ContentKey.Size
        ? new KeyOutcome(id, new ContentKey(joined.Key), null)
        : new KeyOutcome(id, null, new MdmException(MdmErrorKind.Refused, $"The key {id} has {joined.Key.Length * 8} bits; the key of a file has {ContentKey.Size * 8}."));

    /// <summary>A key that was joined, or why not.</summary>
    internal sealed record GroupKey(KeyId Id, JoinedKey? Key, MdmException? Failure);
}

/// <summary>The shares of one key that have come in so far, and who gave them.</summary>
internal sealed class SharesOfKey : IDisposable
{
    private readonly List<KeyShare> _shares = [];
    private readonly List<int> _keystores = [];

    /// <summary>Keystores that answered without a share.</summary>
    public int Without { get; private set; }

    public int Count => _shares.Count;

    public IReadOnlyList<KeyShare> Shares => _shares;

    /// <summary>Who gave some.</summary>
    public IEnumerable<int> Keystores => _keystores.Distinct();

    /// <summary>What the shares say themselves: a group's numbers may have changed since.</summary>
    public int? LeastThreshold => _shares.Count == 0 ? null : _shares.Min(s => s.Threshold);

    /// <summary>Takes what a keystore gave: its share in force, perhaps a staged one. What is no share is as none.</summary>
    public void Add(int keystore, IReadOnlyList<byte[]>? shares)
    {
        var before = _shares.Count;
        foreach (var bytes in shares ?? [])
        {
            // One share of a split from each keystore: more would only be more to search through.
            if (KeyShare.TryParse(bytes, out var share) && !OfKeystore(keystore).Any(s => s.Split == share.Split))
            {
                _shares.Add(share);
                _keystores.Add(keystore);
            }
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        }
        if (_shares.Count == before)
            Without++;
    }

    public IEnumerable<KeyShare> OfKeystore(int keystore) => _shares.Where((_, i) => _keystores[i] == keystore);

    public JoinedKey Join(KeyId id) => KeySplitter.Join(id, _shares);

    /// <summary>Keystores that gave no right share.</summary>
    public IEnumerable<(int Keystore, ShareVerdict Verdict)> Wrong(JoinedKey joined)
    {
        foreach (var keystore in Keystores)
        {
            var verdicts = Enumerable.Range(0, _shares.Count).Where(i => _keystores[i] == keystore).Select(i => joined.Verdicts[i]).ToList();
            if (!verdicts.Contains(ShareVerdict.Right))
                yield return (keystore, verdicts[0]);
        }
    }

    public void Dispose() => _shares.ForEach(s => s.Dispose());
}
