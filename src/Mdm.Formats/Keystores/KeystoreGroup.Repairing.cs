using Mdm.Abstractions;

namespace Mdm.Formats.Keystores;

/// <summary>What a repair did.</summary>
/// <param name="Seen">Keys looked at.</param>
/// <param name="Completed">Keys that got missing shares.</param>
/// <param name="Aligned">Keys whose rights were brought in line.</param>
/// <param name="Destroyed">Destroyed keys of which a share was left.</param>
/// <param name="Unrepairable">Keys that have fewer shares than it takes: registrations that broke off, made good by the next one.</param>
/// <param name="Absent">Keystores that did not take part, and why.</param>
public sealed record RepairReport(int Seen, int Completed, int Aligned, int Destroyed, int Unrepairable, IReadOnlyList<MdmException> Absent)
{
    /// <summary>Everything is at every keystore.</summary>
    public bool IsWhole => Absent.Count == 0 && Unrepairable == 0;
}

public sealed partial class KeystoreGroup
{
    /// <summary>Brings every key that the caller may list to every keystore that answers: missing shares, the latest rights, destructions. May be broken off and run again.</summary>
    /// <param name="verifies">Joins every key, looks at every share and replaces wrong ones; else only what the keystores say they have is compared.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async ValueTask<RepairReport> RepairAsync(bool verifies, CancellationToken cancellationToken)
    {
        var listing = List(cancellationToken);
        var report = new RepairReport(0, 0, 0, 0, 0, []);
        var batch = new List<GroupEntry>();
        await foreach (var entry in listing.Entries.ConfigureAwait(false))
        {
            report = report with { Seen = report.Seen + 1 };
            if (verifies || NeedsRepair(entry, listing.Failures))
                batch.Add(entry);
            if (batch.Count < KeystoreLimits.MaxKeys)
                continue;
            report = await RepairAsync(report, batch, verifies, cancellationToken).ConfigureAwait(false);
            batch.Clear();
        }
        report = await RepairAsync(report, batch, verifies, cancellationToken).ConfigureAwait(false);
        return report with { Absent = [.. listing.Failures.OfType<MdmException>()] };
    }

    /// <summary>True when a keystore that takes part has not what the others have.</summary>
    public static bool NeedsRepair(GroupEntry entry, IReadOnlyList<MdmException?> failures)
    {
        var present = Enumerable.Range(0, entry.Copies.Count).Where(i => failures[i] is null).Select(i => entry.Copies[i]).ToList();
        if (entry.IsDestroyed)
            return present.Exists(c => c?.Item.Status != KeyStatus.Destroyed);
        return present.Exists(c => c is null || c.Item.Status != KeyStatus.Ok || c.Item.Stamp != entry.Latest!.Item.Stamp || !c.Rights!.Equals(entry.Latest.Rights))
            || present.Select(c => c!.Item.Split).Distinct().Count() > 1;
    }

    private async Task<RepairReport> RepairAsync(RepairReport report, List<GroupEntry> batch, bool verifies, CancellationToken cancellationToken)
    {
        var destroyed = batch.Where(e => e.IsDestroyed).ToList();
        if (destroyed.Count > 0)
            await DestroyAsync([.. destroyed.Select(e => e.Id)], waitsForAll: true, cancellationToken).ConfigureAwait(false);
        var (completed, unrepairable, aligned) = (0, 0, 0);
        var kept = batch.Where(e => !e.IsDestroyed && e.Latest is not null).ToList();
        foreach (var chunk in Chunks(kept, e => e.Latest!.Rights!))
        {
            // A keystore with other rights only is healed of nothing; one that lacks its share gets the latest rights with it.
            var lacking = chunk.Where(e => verifies || e.Copies.Any(c => c?.Item.Status != KeyStatus.Ok) || e.Copies.Select(c => c?.Item.Split).OfType<Shares.SplitId>().Distinct().Count() > 1).ToList();
            if (lacking.Count > 0)
            {
                var healed = await HealAsync([.. lacking.Select(e => new KeyOrder(e.Id, e.Latest!.Rights!, e.Latest.Item.Stamp) { Registrar = e.Latest.Item.Registrar })], cancellationToken).ConfigureAwait(false);
                completed += healed.Where((h, i) => h.Key is not null && h.WasHealed).Count();
                unrepairable += healed.Count(h => h.Key is null);
                foreach (var one in healed)
                    one.Key?.Dispose();
            }
            aligned += await AlignAsync(chunk, cancellationToken).ConfigureAwait(false);
        }
        return report with
        {
            Completed = report.Completed + completed,
            Unrepairable = report.Unrepairable + unrepairable,
            Aligned = report.Aligned + aligned,
            Destroyed = report.Destroyed + destroyed.Count,
        };
    }

    private async Task<int> AlignAsync(List<GroupEntry> entries, CancellationToken cancellationToken)
    {
        var aligned = 0;
        var differing = entries.Where(e => e.Copies.Any(c => c is { Rights: not null } && !c.Rights.Equals(e.Latest!.Rights)));
        // A change keeps its time: what a user changes meanwhile is later, and stays.
        foreach (var same in differing.GroupBy(e => e.Latest!.Item.Stamp))
        {
            var outcomes = await SetRightsAsync([.. same.Select(e => new RightsOrder(e.Id, e.Latest!.Rights!))], same.Key, null, waitsForAll: true, cancellationToken).ConfigureAwait(false);
            aligned += outcomes.Count(o => o.Failure is null);
        }
        return aligned;
    }
}
