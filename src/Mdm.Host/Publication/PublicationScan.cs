using Mdm.Host.Metadata;
using Mdm.Host.Staging;

namespace Mdm.Host.Publication;

/// <summary>One run over an archive: list, select, place, register; then look for what is gone. Memory is that of one batch, however much the archive holds.</summary>
internal sealed class PublicationScan(IArchiveSource archives, PublicationLedger ledger, EntryNaming naming, EntryRegistrar registrar, PublicationTree tree, Vanishing vanishing, MetadataRows metadata, ListingLimits limits, ILogger<PublicationScan> log)
{
    /// <summary>Objects that share one transaction of the catalogue.</summary>
    public const int BatchSize = 1000;

    /// <summary>Runs to the end and tells how it went in <paramref name="counts"/>; throws only when cancelled.</summary>
    public async Task RunAsync(PublicationPlan plan, PublicationOrder order, RunCounts counts, CancellationToken cancellationToken)
    {
        try
        {
            if (plan.Options.IsPutInto)
            {
                await PrepareForPutsAsync(plan, counts, cancellationToken);
                return;
            }
            await using var use = archives.UseArchive(plan.Options.Archive);
            if (use?.Value is not IBrowsableBackend archive)
            {
                counts.End(RunOutcome.Refused, $"Archive {plan.Options.Archive} cannot list what it holds; it can be read but not published.");
                return;
            }
            naming.Check(plan);
            var root = await tree.EnsureRootAsync(plan, cancellationToken);
            if (root.Acl != plan.RootAcl)
                Log.RootRightsDiffer(log, plan.Name, root.Path);
            await DeclareAsync(plan, counts, cancellationToken);
            var study = order.Study is { } name ? naming.MarkOfStudy(plan, name) : null;
            var scan = await ledger.BeginAsync(plan.Name, study, order.Restore, cancellationToken);
            if (await ListAsync(plan, order, archive, scan, counts, cancellationToken) is { } broken)
                counts.End(RunOutcome.Incomplete, broken);
            else
                Conclude(counts, await vanishing.SweepAsync(plan, scan, study, order.AcceptLoss, counts, cancellationToken));
        }
        catch (MdmException failure)
        {
            counts.End(failure.IsTransient ? RunOutcome.Incomplete : RunOutcome.Refused, failure.Message);
        }
    }

    /// <summary>What users put into is not scanned: it needs its root, and its collection.</summary>
    private async Task PrepareForPutsAsync(PublicationPlan plan, RunCounts counts, CancellationToken cancellationToken)
    {
        var root = await tree.EnsureRootAsync(plan, cancellationToken);
        if (root.Acl != plan.RootAcl)
            Log.RootRightsDiffer(log, plan.Name, root.Path);
        await DeclareAsync(plan, counts, cancellationToken);
        Conclude(counts, null);
    }

    /// <summary>A wrong configuration ends the run before it begins; metadata that does not answer does not keep files from being published.</summary>
    private async Task DeclareAsync(PublicationPlan plan, RunCounts counts, CancellationToken cancellationToken)
    {
        try
        {
            await metadata.DeclareAsync(plan.Name, cancellationToken);
        }
        catch (MdmException failure) when (failure.IsTransient)
        {
            counts.MetadataFailed(failure);
        }
    }

    private static void Conclude(RunCounts counts, string? told)
    {
        if (counts.MetadataFailure is { } failure)
            counts.End(RunOutcome.Incomplete, $"All is published, but {counts.Snapshot().Behind} rows of the metadata are behind: {failure.Message}");
        else
            counts.End(RunOutcome.Complete, told);
    }

    /// <returns>Why the listing is not complete; null when it is.</returns>
    private async Task<string?> ListAsync(PublicationPlan plan, PublicationOrder order, IBrowsableBackend archive, ScanMark scan, RunCounts counts, CancellationToken cancellationToken)
    {
        var batch = new List<PlacedObject>(BatchSize);
        await using var listing = limits.Begin(plan.Options.Archive, archive, plan.SelectionFor(order.Study), cancellationToken);
        while (true)
        {
            var (isNext, broken) = await NextAsync(plan, listing, cancellationToken);
            if (isNext)
            {
                var isSelected = EntrySelection.Matches(listing.Current, plan.Selection) && (order.Study is null || StudyOf.Entry(listing.Current) == order.Study);
                counts.Add(c => c with { Listed = c.Listed + 1, Skipped = c.Skipped + (isSelected ? 0 : 1) });
                if (isSelected && TryPlace(plan, listing.Current, counts) is { } placed)
                    batch.Add(placed);
            }
            if (batch.Count == BatchSize || (!isNext && batch.Count > 0))
            {
                await registrar.RegisterAsync(plan, scan, batch, counts, cancellationToken);
                batch.Clear();
            }
            if (!isNext)
                return broken;
        }
    }

    /// <summary>An object that its de-identifier does not take is left out; were it published, it would count as missing. It must not stop the others.</summary>
    private PlacedObject? TryPlace(PublicationPlan plan, ArchiveEntry entry, RunCounts counts)
    {
        try
        {
            return naming.Place(plan, entry);
        }
        catch (MdmException refusal) when (!refusal.IsTransient)
        {
            Log.NotPlaced(log, plan.Name, entry.Info.Id, refusal.Kind);
            counts.Add(c => c with { Failed = c.Failed + 1 });
            return null;
        }
    }

    private async Task<(bool IsNext, string? Broken)> NextAsync(PublicationPlan plan, ArchiveListing listing, CancellationToken cancellationToken)
    {
#pragma warning disable CA1031 // A driver may throw anything; whatever it is, the listing is not complete.
        try
        {
            return (await listing.MoveNextAsync(cancellationToken), null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (MdmException failure)
        {
            return (false, $"Archive {plan.Options.Archive} broke the listing off: {failure.Message}");
        }
        catch (Exception fault)
        {
            // Its message may quote what it was listing.
            Log.DriverFault(log, plan.Name, plan.Options.Archive, fault.GetType().Name);
            return (false, $"Archive {plan.Options.Archive} broke the listing off: its driver failed ({fault.GetType().Name}).");
        }
#pragma warning restore CA1031
    }
}
