using System.Collections.Immutable;
using Mdm.Host.Members;
using Mdm.Host.Metadata;
using Mdm.Host.Staging;

namespace Mdm.Host.Publication;

/// <summary>Brings a batch of listed objects into the ledger and the catalogue. Doing it again changes nothing.</summary>
internal sealed class EntryRegistrar(ICatalog catalog, PublicationLedger ledger, PublicationTree tree, PublishedIds ids, StagingArea staging, EntryRemoval removal, MetadataRows metadata, Signals signals)
{
    /// <summary>How often a batch is tried while users move directories under it.</summary>
    private const int MaxAttempts = 3;

    public async Task RegisterAsync(PublicationPlan plan, ScanMark scan, IReadOnlyList<PlacedObject> batch, RunCounts counts, CancellationToken cancellationToken)
    {
        var known = await ledger.LookAsync([.. batch.Select(placed => placed.Seen)], cancellationToken);
        foreach (var (placed, before) in batch.Zip(known))
        {
            if (before is { IsRemoved: false, Version: { } old } && placed.Seen.Version is { } version && !old.AsSpan().SequenceEqual(version))
            {
                await ForgetContentAsync(plan, placed.Seen.File, cancellationToken);
                counts.Add(c => c with { Changed = c.Changed + 1 });
            }
        }
        await ledger.SeeAsync(scan, [.. batch.Select(placed => placed.Seen)], DirectoriesOf(plan, batch), cancellationToken);
        var byRemoval = batch.Zip(known).ToLookup(pair => pair.Second is { IsRemoved: true }, pair => pair.First);
        await FinishRemovalsAsync(byRemoval[true], cancellationToken);
        var wanted = byRemoval[false].ToList();
        counts.Add(c => c with { Tombstoned = c.Tombstoned + batch.Count - wanted.Count });
        await PlaceAsync(plan, wanted, counts, cancellationToken);
        await DescribeAsync(plan, wanted, counts, cancellationToken);
    }

    /// <summary>Files are published whether the metadata answers or not; once it did not, this run asks it no more.</summary>
    private async Task DescribeAsync(PublicationPlan plan, List<PlacedObject> placed, RunCounts counts, CancellationToken cancellationToken)
    {
        try
        {
            if (counts.MetadataFailure is null)
            {
                await metadata.PutAsync(plan.Name, placed.ConvertAll(one => new ListedRow(one.Seen.File, one.Attributes)), cancellationToken);
                return;
            }
        }
        catch (MdmException failure)
        {
            counts.MetadataFailed(failure);
        }
        counts.Add(c => c with { Behind = c.Behind + placed.Count });
    }

    private async Task PlaceAsync(PublicationPlan plan, List<PlacedObject> wanted, RunCounts counts, CancellationToken cancellationToken)
    {
        for (var attempt = 1; wanted.Count > 0 && attempt <= MaxAttempts; attempt++)
        {
            var root = await tree.EnsureRootAsync(plan, cancellationToken);
            var directories = await tree.EnsureAsync(plan, root, [.. wanted.Select(placed => placed.Place.Directories).DistinctBy(names => string.Join('/', names))], cancellationToken);
            var taken = new List<PlacedObject>();
            var again = await CreateAsync(plan, wanted, directories, placed => placed.Place.Name, taken, counts, cancellationToken);
            var stillTaken = new List<PlacedObject>();
            again.AddRange(await CreateAsync(plan, taken, directories, placed => SafeName.Marked(placed.Place.Name, ids.MarkOf(placed.Seen.File.ToString())), stillTaken, counts, cancellationToken));
            counts.Add(c => c with { Failed = c.Failed + stillTaken.Count });
            wanted = again;
        }
        counts.Add(c => c with { Failed = c.Failed + wanted.Count });
    }

    /// <returns>Those whose directory was not where it had just been.</returns>
    private async Task<List<PlacedObject>> CreateAsync(
        PublicationPlan plan, List<PlacedObject> wanted, Dictionary<string, CatalogEntry> directories, Func<PlacedObject, string> nameOf, List<PlacedObject> taken, RunCounts counts, CancellationToken cancellationToken)
    {
        var drafts = wanted
            .Select(placed => (Placed: placed, Draft: directories.TryGetValue(string.Join('/', placed.Place.Directories), out var parent) ? tree.FileBelow(plan, parent, placed, nameOf(placed)) : null))
            .ToList();
        var failed = drafts.RemoveAll(d => d.Draft is null);
        counts.Add(c => c with { Failed = c.Failed + failed });
        if (drafts.Count == 0)
            return [];
        var outcomes = await catalog.CreateManyAsync(drafts.ConvertAll(d => d.Draft!), cancellationToken);
        var again = new List<PlacedObject>();
        var created = new List<FileId>();
        foreach (var ((placed, _), outcome) in drafts.Zip(outcomes))
        {
            if (outcome.Kind == CreateOutcomeKind.Created)
                created.Add(placed.Seen.File);
            else if (outcome.Kind == CreateOutcomeKind.NameTaken)
                taken.Add(placed);
            else if (outcome.Kind != CreateOutcomeKind.Existing)
                again.Add(placed);
        }
        var revoked = await TakeBackAsync(created, cancellationToken);
        if (plan.Options.Measure && created.Count > revoked)
            await ledger.SetMeasureAsync(created, waits: true, cancellationToken);
        counts.Add(c => c with
        {
            Created = c.Created + created.Count - revoked,
            Existing = c.Existing + outcomes.Count(outcome => outcome.Kind == CreateOutcomeKind.Existing),
            Tombstoned = c.Tombstoned + revoked,
        });
        return again;
    }

    /// <summary>A user may have removed a file between the look into the ledger and the creation; his removal stands.</summary>
    private async Task<int> TakeBackAsync(List<FileId> created, CancellationToken cancellationToken)
    {
        if (created.Count == 0)
            return 0;
        var removed = await ledger.RemovedAmongAsync(created, cancellationToken);
        await removal.RemoveAsync(removed, cancellationToken);
        return removed.Count;
    }

    /// <summary>The process may have died between a removal's record and the entry's end, or between an entry's creation and its being taken back.</summary>
    private async Task FinishRemovalsAsync(IEnumerable<PlacedObject> removed, CancellationToken cancellationToken)
    {
        var left = new List<FileId>();
        foreach (var file in removed.Select(placed => placed.Seen.File))
        {
            if (await catalog.FindAsync(file, cancellationToken) is not null)
                left.Add(file);
        }
        await removal.RemoveAsync(left, cancellationToken);
    }

    /// <summary>The object changed: what was known and kept of its bytes is of no use. Before the ledger takes the new version, so that a crash in between does it again.</summary>
    private async Task ForgetContentAsync(PublicationPlan plan, FileId file, CancellationToken cancellationToken)
    {
        staging.Forget(file);
        await signals.TellOthersAsync(Signals.File, [file.ToString()], cancellationToken);
        try
        {
            await catalog.SetFactsAsync(file, null, cancellationToken);
        }
        catch (MdmException absent) when (absent.Kind == MdmErrorKind.NotFound)
        {
            // It is created in a moment, without facts.
        }
        if (plan.Options.Measure)
            await ledger.SetMeasureAsync([file], waits: true, cancellationToken);
    }

    private List<FileId> DirectoriesOf(PublicationPlan plan, IReadOnlyList<PlacedObject> batch)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var names in batch.Select(placed => placed.Place.Directories))
        {
            for (var depth = names.Length; depth > 0 && paths.Add(PublicationTree.LayoutPath(names, depth)); depth--)
            {
                // A path that is known has its parents known too.
            }
        }
        return [.. paths.Select(path => tree.IdOf(plan, path))];
    }
}
