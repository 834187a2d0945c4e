namespace Mdm.Host.Publication;

/// <summary>
/// Un-publishes what an archive no longer lists: only when two complete scans agree, and never more than the publication's share without an operator. One truncated answer
/// must not empty a hospital.
/// </summary>
internal sealed class Vanishing(ICatalog catalog, PublicationLedger ledger, PublicationTree tree, EntryRemoval removal)
{
    /// <summary>Complete scans that must agree.</summary>
    public const int Scans = 2;

    private const int Page = 500;

    /// <summary>To be called after a complete scan (of one study, if <paramref name="study"/> is given).</summary>
    /// <returns>What an administrator should know; null where there is nothing.</returns>
    public async Task<string?> SweepAsync(PublicationPlan plan, ScanMark scan, byte[]? study, bool acceptLoss, RunCounts counts, CancellationToken cancellationToken)
    {
        if (await ledger.MissAsync(scan, study, cancellationToken) == 0)
            return null;
        var (vanished, published) = await ledger.CountAsync(scan, study, Scans, cancellationToken);
        var (missing, _) = await ledger.CountAsync(scan, study, 1, cancellationToken);
        counts.Add(c => c with { Missing = missing - vanished });
        if (!acceptLoss && vanished * 100 > published * plan.Options.MaxVanishedPercent)
        {
            counts.Add(c => c with { Held = vanished });
            return $"{vanished} of {published} files are no longer listed by archive {plan.Options.Archive}, more than {plan.Options.MaxVanishedPercent} percent; all are kept. "
                + "If the archive is right, order a run that accepts the loss.";
        }
        await UnpublishAsync(plan, scan, study, counts, cancellationToken);
        return null;
    }

    private async Task UnpublishAsync(PublicationPlan plan, ScanMark scan, byte[]? study, RunCounts counts, CancellationToken cancellationToken)
    {
        var after = default(FileId);
        while (true)
        {
            var page = await ledger.MissedAsync(scan, study, Scans, after, Page, cancellationToken);
            if (page.Count == 0)
                return;
            var directories = await removal.RemoveAsync(page, cancellationToken);
            // The catalogue first: what is cut off in between is missing again after the next complete scan.
            await ledger.DropAsync(page, cancellationToken);
            foreach (var directory in directories)
                await CleanAsync(plan, directory, cancellationToken);
            counts.Add(c => c with { Vanished = c.Vanished + page.Count });
            after = page[^1];
        }
    }

    /// <summary>Removes an emptied directory that a scan made, and those above it that it leaves empty. Users' directories and the root stay.</summary>
    private async Task CleanAsync(PublicationPlan plan, StoragePath path, CancellationToken cancellationToken)
    {
        var root = tree.RootId(plan);
        while (!path.IsRoot)
        {
            var walk = await catalog.WalkAsync(path, cancellationToken);
            var directory = walk[^1];
            if (directory.Path != path || directory.Id == root || directory.Publication != plan.Name || !await ledger.IsOwnDirectoryAsync(directory.Id, cancellationToken))
                return;
            try
            {
                await catalog.RemoveAsync(directory.Id, cancellationToken);
            }
            catch (MdmException notEmpty) when (notEmpty.Kind == MdmErrorKind.DirectoryNotEmpty)
            {
                return;
            }
            await ledger.DropDirectoryAsync(directory.Id, cancellationToken);
            path = path.Parent;
        }
    }
}
