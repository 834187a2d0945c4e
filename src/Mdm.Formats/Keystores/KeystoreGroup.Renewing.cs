using Mdm.Abstractions;
using Mdm.Formats.Shares;

namespace Mdm.Formats.Keystores;

/// <summary>What a renewal came to.</summary>
/// <param name="Seen">Keys looked at.</param>
/// <param name="Finished">Keys at which an earlier renewal had broken off, now finished.</param>
/// <param name="Renewed">Keys whose shares are new at every keystore.</param>
/// <param name="Failed">Keys that keep their old shares, or have old and new ones and open either way: run it again.</param>
/// <param name="FirstFailure">Why the first of these failed.</param>
/// <param name="Absent">Keystores that leave the group and did not take part: what they keep opens nothing by itself, and is to be destroyed with them.</param>
public sealed record RenewalReport(int Seen, int Finished, int Renewed, int Failed, MdmException? FirstFailure, IReadOnlyList<MdmException> Absent);

public sealed partial class KeystoreGroup
{
    /// <summary>Keys in one step: each has up to sixteen shares on the way.</summary>
    private const int RenewedAtOnce = 64;

    /// <summary>
    /// New shares of the same keys, for the same keystores, others, or another number and threshold. Two phases a key: the new shares are staged at every keystore of
    /// <paramref name="to"/>; when all have them, they are put in force one keystore after the other, which drops the old ones. A key opens at every moment, also when this is broken off; run again, it ends.
    /// </summary>
    /// <remarks>The credential is an administrator's at all keystores: this reads shares and joins keys.</remarks>
    /// <param name="from">Where the keys are.</param>
    /// <param name="to">Where they shall be; the same group for a refresh.</param>
    /// <param name="progress">Told after every step; null for nobody.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="MdmException">A keystore of <paramref name="to"/>, or too many of <paramref name="from"/>, do not answer or do not know the caller as an administrator.</exception>
    public static async Task<RenewalReport> RenewAsync(KeystoreGroup from, KeystoreGroup to, IProgress<RenewalReport>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        await to.DemandAdministratorAsync(to._keystores.Length, cancellationToken).ConfigureAwait(false);
        await from.DemandAdministratorAsync(Math.Max(from.Threshold, from.Blocking), cancellationToken).ConfigureAwait(false);
        var renewal = new Renewal(new KeystoreGroup(from, to), to);
        return await renewal.RunAsync(progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What each keystore says of itself and the caller; or why not.</summary>
    public async ValueTask<IReadOnlyList<(KeystoreClient Keystore, KeystoreStatus? Status, MdmException? Failure)>> StatusAsync(CancellationToken cancellationToken)
    {
        var answers = await AskAllAsync<KeystoreStatus>((i, limit) => _keystores[i].StatusAsync(limit), _ => false, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        return [.. answers.Select((a, i) => (_keystores[i], a?.Value, a?.Failure))];
    }

    private async Task DemandAdministratorAsync(int needed, CancellationToken cancellationToken)
    {
        var states = await StatusAsync(cancellationToken).ConfigureAwait(false);
        if (states.Count(s => s.Status is { IsAdministrator: true }) >= needed)
            return;
        var reasons = states.Select(s => s.Failure?.Message ?? (s.Status!.IsAdministrator ? null : $"The keystore {s.Keystore.Name} does not name you among its Administrators.")).OfType<string>();
        throw new MdmException(states.Any(s => s.Failure is { Kind: not MdmErrorKind.AccessDenied }) ? MdmErrorKind.Unavailable : MdmErrorKind.AccessDenied,
            $"Renewing shares needs {needed} of {_keystores.Length} keystores. {string.Join(' ', reasons)}");
    }

    /// <summary>One run over all keys.</summary>
    private sealed class Renewal(KeystoreGroup all, KeystoreGroup to)
    {
        private readonly bool[] _stays = [.. all._keystores.Select(k => to._keystores.Any(t => t.Address == k.Address))];
        private readonly int[] _placeOf = [.. all._keystores.Select(k => to._keystores.Select((t, i) => (t, i)).FirstOrDefault(p => p.t.Address == k.Address, (null!, -1)).Item2)];
        private RenewalReport _report = new(0, 0, 0, 0, null, []);

        public async Task<RenewalReport> RunAsync(IProgress<RenewalReport>? progress, CancellationToken cancellationToken)
        {
            var listing = all.List(cancellationToken);
            var batch = new List<GroupEntry>();
            await foreach (var entry in listing.Entries.ConfigureAwait(false))
            {
                _report = _report with { Seen = _report.Seen + 1 };
                batch.Add(entry);
                if (batch.Count < RenewedAtOnce)
                    continue;
                await StepAsync(batch, cancellationToken).ConfigureAwait(false);
                progress?.Report(_report);
                batch.Clear();
            }
            if (batch.Count > 0)
                await StepAsync(batch, cancellationToken).ConfigureAwait(false);
            return _report with { Absent = [.. listing.Failures.OfType<MdmException>()] };
        }

        private async Task StepAsync(List<GroupEntry> batch, CancellationToken cancellationToken)
        {
            var destroyed = batch.Where(e => e.IsDestroyed).Select(e => e.Id).ToArray();
            if (destroyed.Length > 0)
                await to.DestroyAsync(destroyed, waitsForAll: true, cancellationToken).ConfigureAwait(false);
            var living = batch.Where(e => !e.IsDestroyed && e.Latest is not null).ToList();
            living = await FinishAsync(living, cancellationToken).ConfigureAwait(false);
            if (living.Count == 0)
                return;
            var keys = await all.ReadAsync([.. living.Select(e => e.Id)], null, cancellationToken).ConfigureAwait(false);
            var plans = new List<Renewed>();
            for (var k = 0; k < living.Count; k++)
            {
                using var key = keys[k].Key;
                if (key is null)
                    Fail(keys[k].Failure!);
                else
                    plans.Add(new Renewed(living[k], KeySplitter.Split(living[k].Id, key.Key, NextGeneration(living[k]), to.Threshold, to._keystores.Length)));
            }
            foreach (var chunk in Chunks(plans, p => p.Entry.Latest!.Rights!))
                await ReplaceAsync(chunk, cancellationToken).ConfigureAwait(false);
            foreach (var share in plans.SelectMany(p => p.Shares))
                share.Dispose();
        }

        /// <summary>
        /// Where the new share is in force at one keystore, an earlier run had staged it at all: there it is put in force at the others first. Staging again would overwrite what they need.
        /// </summary>
        private async Task<List<GroupEntry>> FinishAsync(List<GroupEntry> entries, CancellationToken cancellationToken)
        {
            var begun = entries.Select(e => (Entry: e, Splits: e.Copies.Select(c => c?.Item.Staged).OfType<SplitId>().Where(s => e.Copies.Any(c => c?.Item.Status == KeyStatus.Ok && c.Item.Split == s)).ToHashSet()))
                .Where(b => b.Splits.Count > 0).ToList();
            if (begun.Count == 0)
                return entries;
            await all.AskAllAsync<StatusAnswer>((i, limit) =>
            {
                var items = begun.Where(b => b.Entry.Copies[i]?.Item.Staged is { } s && b.Splits.Contains(s)).Select(b => new PromoteItem(b.Entry.Id, b.Entry.Copies[i]!.Item.Staged!.Value)).ToArray();
                return items.Length == 0 ? null : all._keystores[i].PromoteAsync(new PromoteRequest(items), limit);
            }, _ => false, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            _report = _report with { Finished = _report.Finished + begun.Count };
            var now = (await all.DescribeAsync([.. begun.Select(b => b.Entry.Id)], cancellationToken).ConfigureAwait(false)).ToDictionary(e => e.Id);
            return [.. entries.Select(e => now.GetValueOrDefault(e.Id, e)).Where(e => e.Latest is not null)];
        }

        private static uint NextGeneration(GroupEntry entry) => entry.Copies.Max(c => c?.Item.Generation ?? 0) + 1;

        private async Task ReplaceAsync(List<Renewed> plans, CancellationToken cancellationToken)
        {
            var staged = await EachAsync(plans, (i, some, limit) => all._keystores[i].StageAsync(
                new DepositRequest([.. some.Select((p, r) => ItemOf(p, i, r))], [.. some.Select(p => WireRights.Of(p.Entry.Latest!.Rights!))]), limit), cancellationToken).ConfigureAwait(false);
            if (staged.Count == 0)
                return;
            var renewed = await EachAsync(staged, (i, some, limit) => all._keystores[i].PromoteAsync(
                new PromoteRequest([.. some.Select(p => new PromoteItem(p.Entry.Id, p.Shares[0].Split))]), limit), cancellationToken).ConfigureAwait(false);
            _report = _report with { Renewed = _report.Renewed + renewed.Count };
            if (renewed.Count == 0)
                return;
            // Who leaves the group forgets; who does not answer is told of at the end.
            await all.AskAllAsync<StatusAnswer>((i, limit) => _stays[i] ? null : all._keystores[i].ForgetAsync(new KeysRequest([.. renewed.Select(p => p.Entry.Id)]), limit), _ => false, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        }

        /// <summary>Asks every keystore that stays; returns what all of them did.</summary>
        private async Task<List<Renewed>> EachAsync(List<Renewed> plans, Func<int, List<Renewed>, CancellationToken, Task<StatusAnswer>> ask, CancellationToken cancellationToken)
        {
            var answers = await all.AskAllAsync<StatusAnswer>((i, limit) => _stays[i] ? ask(i, plans, limit) : null, _ => false, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            var done = new List<Renewed>();
            for (var p = 0; p < plans.Count; p++)
            {
                var missing = Enumerable.Range(0, answers.Length).FirstOrDefault(i => _stays[i] && answers[i]?.Value?.Keys[p].Status != KeyStatus.Ok, -1);
                if (missing < 0)
                    done.Add(plans[p]);
                else
                    Fail(answers[missing]?.Failure ?? new MdmException(MdmErrorKind.Busy, $"The keystore {all._keystores[missing].Name} has something else of the key {plans[p].Entry.Id} than before: {answers[missing]?.Value?.Keys[p].Status}."));
            }
            return done;
        }

        private DepositItem ItemOf(Renewed plan, int keystore, int rights)
        {
            var latest = plan.Entry.Latest!;
            var accepted = plan.Entry.Copies.Max(c => c?.Item.Accepted ?? default);
            var replaces = plan.Entry.Copies[keystore] is { Item: { Status: KeyStatus.Ok } item } ? item.Split : (SplitId?)null;
            return new DepositItem(plan.Entry.Id, plan.Shares[_placeOf[keystore]].Bytes.ToArray(), accepted, rights, latest.Item.Stamp, latest.Item.Registrar, replaces);
        }

        private void Fail(MdmException reason) => _report = _report with { Failed = _report.Failed + 1, FirstFailure = _report.FirstFailure ?? reason };

        private sealed record Renewed(GroupEntry Entry, IReadOnlyList<KeyShare> Shares);
    }
}
