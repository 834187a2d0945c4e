using System.Collections.Immutable;
using System.Threading.Channels;
using Mdm.Host.Plugins;
using Mdm.Host.Staging;

namespace Mdm.Host.Metadata;

/// <summary>
/// Completes rows with what only the object itself says, when it is first staged in a version. Behind the callers' backs, many at a time; what is lost on the way, or does not fit into
/// the line while the metadata is away, is told when the file is staged next.
/// </summary>
internal sealed class StagedRows(MetadataPlans plans, MetadataRows rows, IArchiveSource archives, MetadataLedger ledger, PluginCalls calls, TimeProvider time, ILogger<StagedRows> log) : BackgroundService, IContentDescriber
{
    /// <summary>Files in the line; the newest stay away when it is full.</summary>
    private const int MaxWaiting = 10_000;

    private const int AtOnce = 256;

    /// <summary>How long an archive may take to read what is at the beginning of one object, which is in memory: the file waits for it.</summary>
    private static readonly TimeSpan Describing = TimeSpan.FromSeconds(10);

    /// <summary>How long others are waited for.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);

    private readonly Channel<StagedRow> _staged = Channel.CreateBounded<StagedRow>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public bool Wants(CatalogEntry entry) => plans.Find(entry.Publication) is { } plan && archives.FindArchive(plan.Archive) is IDescribingBackend;

    public async ValueTask<ImmutableArray<ArchiveAttribute>> DescribeAsync(CatalogEntry entry, ReadOnlyMemory<byte> beginning)
    {
        if (plans.Find(entry.Publication) is not { } plan || archives.FindArchive(plan.Archive) is not IDescribingBackend backend)
            return [];
#pragma warning disable CA1031 // A driver may throw anything; the file is staged all the same.
        try
        {
            return await calls.OfArchive(plan.Archive).RunAsync(
                token => backend.DescribeAsync(entry.Source!.MediaType, beginning, [.. plan.Attributes.Select(attribute => attribute.Keyword).Distinct(StringComparer.Ordinal)], token).AsTask(), Describing, time, CancellationToken.None);
        }
        catch (Exception fault)
        {
            // Its message may quote what it read.
            Log.NotDescribed(log, entry.Id, fault.GetType().FullName);
            return [];
        }
#pragma warning restore CA1031
    }

    public void Staged(CatalogEntry entry, FileVersion version, ImmutableArray<ArchiveAttribute> attributes) => _staged.Writer.TryWrite(new StagedRow(entry, version.Name, attributes));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<StagedRow>(AtOnce);
        while (await _staged.Reader.WaitToReadAsync(stoppingToken))
        {
            await Task.Delay(Gather, stoppingToken);
            while (batch.Count < AtOnce && _staged.Reader.TryRead(out var next))
                batch.Add(next);
#pragma warning disable CA1031 // Whatever the store's driver throws, the next files are not to blame.
            try
            {
                foreach (var publication in batch.GroupBy(row => row.Entry.Publication!, StringComparer.Ordinal))
                    await CompleteAsync(publication.Key, [.. publication], stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.CompletingFailed(log, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
            }
#pragma warning restore CA1031
            batch.Clear();
        }
    }

    private async Task CompleteAsync(string publication, List<StagedRow> staged, CancellationToken cancellationToken)
    {
        if (plans.Find(publication) is not { } plan)
            return;
        try
        {
            var known = await ledger.LookAsync(staged.ConvertAll(row => row.Entry.Id), cancellationToken);
            var news = staged.Zip(known).Where(pair => pair.Second?.Described != pair.First.Version).Select(pair => pair.First).ToList();
            if (news.Count == 0)
                return;
            await rows.PutAsync(plan, news.ConvertAll(row => (row.Entry, rows.ValuesOf(plan, row.Attributes))), cancellationToken);
            await ledger.DescribedAsync(news.ConvertAll(row => (row.Entry.Id, plan.Collection, row.Version)), cancellationToken);
        }
        catch (MdmException failure)
        {
            Log.NotCompleted(log, publication, staged.Count, failure.Kind, failure.Message);
        }
    }

    private sealed record StagedRow(CatalogEntry Entry, string Version, ImmutableArray<ArchiveAttribute> Attributes)
    {
        /// <summary>Without values.</summary>
        public override string ToString() => Entry.Id.ToString();
    }
}
