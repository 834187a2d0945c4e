using Mdm.Abstractions;

namespace Mdm.Formats.Keystores;

/// <summary>New rights of a key.</summary>
public sealed record RightsOrder(KeyId Id, KeyRights Rights);

/// <summary>What came of a change at the keystores that answered.</summary>
/// <param name="Id">Which key.</param>
/// <param name="Done">How many did it.</param>
/// <param name="Passed">How many have no such key, or something newer already.</param>
/// <param name="Failure">Null when it holds: no k keystores are left that have not heard of it.</param>
public sealed record ChangeOutcome(KeyId Id, int Done, int Passed, MdmException? Failure)
{
    /// <summary>The time of rights that stand there and are later than those that were to be set.</summary>
    internal long? LaterStamp { get; init; }
}

public sealed partial class KeystoreGroup
{
    /// <summary>Replaces rights. A change holds when n-k+1 keystores have it: no k of the others are left that grant by the old ones.</summary>
    /// <param name="orders">Different ids.</param>
    /// <param name="stamp">The change's time, milliseconds since 1970; the latest change of a key counts, whichever arrives last. A change that finds a later one, by another clock, follows it.</param>
    /// <param name="expected">The latest stamp that was seen; a change that came later is left. Null: whatever was seen.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<IReadOnlyList<ChangeOutcome>> SetRightsAsync(IReadOnlyList<RightsOrder> orders, long stamp, long? expected, CancellationToken cancellationToken)
    {
        var outcomes = (await SetRightsAsync(orders, stamp, expected, waitsForAll: false, cancellationToken).ConfigureAwait(false)).ToArray();
        // Another host's clock is ahead of ours: what we take back must not be kept by that.
        for (var attempt = 0; expected is null && attempt < Attempts; attempt++)
        {
            var behind = Enumerable.Range(0, outcomes.Length).Where(k => outcomes[k].LaterStamp is not null).ToArray();
            if (behind.Length == 0)
                break;
            var after = behind.Max(k => outcomes[k].LaterStamp!.Value) + 1;
            var again = await SetRightsAsync([.. behind.Select(k => orders[k])], after, null, waitsForAll: false, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < behind.Length; i++)
                outcomes[behind[i]] = again[i];
        }
        return outcomes;
    }

    private async ValueTask<IReadOnlyList<ChangeOutcome>> SetRightsAsync(IReadOnlyList<RightsOrder> orders, long stamp, long? expected, bool waitsForAll, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(orders);
        var outcomes = new List<ChangeOutcome>(orders.Count);
        foreach (var chunk in Chunks(orders, o => o.Rights))
        {
            var request = new RightsRequest([.. chunk.Select((o, i) => new RightsItem(o.Id, i))], [.. chunk.Select(o => WireRights.Of(o.Rights))], stamp, expected);
            outcomes.AddRange(await ChangeAsync([.. chunk.Select(o => o.Id)], (i, limit) => _keystores[i].SetRightsAsync(request, limit), "Changing rights on keys", waitsForAll, cancellationToken).ConfigureAwait(false));
        }
        return outcomes;
    }

    /// <summary>Destroys keys. They are gone when n-k+1 keystores have destroyed their shares; the others do so when they are repaired.</summary>
    public ValueTask<IReadOnlyList<ChangeOutcome>> DestroyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken) => DestroyAsync(ids, waitsForAll: false, cancellationToken);

    private async ValueTask<IReadOnlyList<ChangeOutcome>> DestroyAsync(IReadOnlyList<KeyId> ids, bool waitsForAll, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var outcomes = new List<ChangeOutcome>(ids.Count);
        foreach (var chunk in ids.Chunk(KeystoreLimits.MaxKeys))
            outcomes.AddRange(await ChangeAsync(chunk, (i, limit) => _keystores[i].DestroyAsync(new KeysRequest(chunk), limit), "Destroying keys", waitsForAll, cancellationToken).ConfigureAwait(false));
        return outcomes;
    }

    private async Task<IEnumerable<ChangeOutcome>> ChangeAsync(KeyId[] ids, Func<int, CancellationToken, Task<StatusAnswer>> ask, string what, bool waitsForAll, CancellationToken cancellationToken)
    {
        var answers = await AskAllAsync<StatusAnswer>(ask, answers => !waitsForAll && answers.Count(a => a is { Value: not null }) >= Blocking, _options.Grace, cancellationToken).ConfigureAwait(false);
        return ids.Select((id, k) =>
        {
            var statuses = answers.Select(a => a?.Value?.Keys[k].Status).OfType<KeyStatus>().ToList();
            var done = statuses.Count(s => s is KeyStatus.Ok or KeyStatus.Destroyed);
            var passed = statuses.Count(s => s is KeyStatus.None or KeyStatus.Superseded);
            var failure = statuses.Contains(KeyStatus.Denied) ? new MdmException(MdmErrorKind.AccessDenied, $"You may not change the key {id}.")
                : done + passed >= Blocking ? null
                : TooFew(answers, Blocking, what);
            return new ChangeOutcome(id, done, passed, failure) { LaterStamp = answers.Max(a => a?.Value?.Keys[k].Stamp) };
        });
    }
}
