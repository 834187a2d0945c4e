using System.Diagnostics;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Services;
using Mdm.Plugins.Dicom.UpperLayer;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>A series from an unmodified PACS through SRM to staged files, against DCMTK's getscu and against our own C-GET that throws the bytes away.</summary>
internal static class CgetBench
{
    private const double LeastAgainstGetscu = 10;
    private const double LeastAgainstBare = 0.5;

    public static async Task RunAsync(Arguments arguments)
    {
        var instances = arguments.Or("instances", 500);
        // For a look with a profiler: --only 1 (Orthanc) or 2 (dcmqrscp), --peer 0 leaves getscu out, --rounds N repeats on fresh hosts.
        var only = arguments.Or("only", 0);
        foreach (var name in RealPacs.Names.Where((_, index) => only == 0 || only == index + 1))
        {
            await using var filled = await RealPacs.StartAsync(name, instances, instances);
            var (pacs, bytes) = (filled.Process, filled.Bytes);
            var getscu = arguments.Or("peer", 1) == 0 ? TimeSpan.Zero : await Peers.GetscuAsync(pacs, RealPacs.Measured, instances);
            var rounds = new List<(TimeSpan Bare, TimeSpan Ours)>();
            for (var round = arguments.Or("rounds", 3); round > 0; round--)
                rounds.Add(await RoundAsync(name, pacs, instances, bytes));
            // The middle one: the machine may be busier at one moment than at another.
            var (bare, ours) = rounds.OrderBy(round => round.Ours / round.Bare).ElementAt(rounds.Count / 2);
            if (getscu > TimeSpan.Zero)
            {
                Report.Rate($"{name}: getscu", getscu, instances, bytes);
                Report.Ratio($"{name}: ours / getscu", getscu / ours, LeastAgainstGetscu);
            }
            Report.Ratio($"{name}: ours / bare C-GET", bare / ours, LeastAgainstBare);
        }
    }

    private static async Task<(TimeSpan Bare, TimeSpan Ours)> RoundAsync(string name, PacsProcess pacs, int instances, long bytes)
    {
        await using var site = await Site.StartAsync(pacs.AeTitle, pacs.Port);
        await BareAsync(pacs, RealPacs.WarmUp);
        // The first series after a start is measured too: until then most of the processor goes into compiling. Then some smaller requests, until there is nothing left to compile.
        var first = await site.StageAsync(await site.ListAsync(site.Series(RealPacs.WarmUp)));
        foreach (var some in (await site.ListAsync(site.Series(RealPacs.Settling))).Chunk(Math.Max(1, instances / RealPacs.Settlings / 10)))
            await site.StageAsync(some);

        // Before and after, since the machine may be busier at one moment than at another.
        var before = await BareAsync(pacs, RealPacs.Measured);
        var files = await site.ListAsync(site.Series(RealPacs.Measured));
        if (files.Count != instances)
            throw new InvalidOperationException($"{files.Count} of {instances} instances are published");
        Machine.WarmMemory(2 * bytes);
        var processor = Machine.ProcessorTime(site.Host.Process.Id);
        var ours = await site.StageAsync(files);
        processor = Machine.ProcessorTime(site.Host.Process.Id) - processor;
        var after = await BareAsync(pacs, RealPacs.Measured);
        var bare = (before + after) / 2;

        Report.Rate($"{name}: our bare C-GET, bytes thrown away", bare, instances, bytes);
        Report.Rate($"{name}: ours, the first series after the host's start", first, instances, bytes);
        Report.Rate($"{name}: ours, srmBringOnline to staged files", ours, instances, bytes);
        Report.Line($"{name}: processor time of the host", processor.TotalSeconds, "s");
        return (bare, ours);
    }

    private static async Task<TimeSpan> BareAsync(PacsProcess pacs, int series)
    {
        var started = Stopwatch.GetTimestamp();
        await using var association = await Negotiation.RequestAsync(
            new DicomPeer("127.0.0.1", pacs.Port, pacs.AeTitle, "MDM"),
            [
                new ContextProposal(SopClasses.StudyRootGet, [TransferSyntax.ExplicitLittleEndianUid, TransferSyntax.ImplicitLittleEndianUid]),
                new ContextProposal(SopClasses.Ct, [TransferSyntax.ExplicitLittleEndianUid], PeerSends: true),
            ],
            AssociationOptions.Default, CancellationToken.None);
        var identifier = Query.Identifier(QueryLevel.Series, SeriesFiles.StudyUid, SeriesFiles.SeriesUid(series));
        RetrieveOutcome? outcome = null;
        await foreach (var received in ServiceUser.GetAsync(association, identifier, ended => outcome = ended, CancellationToken.None))
            await ServiceUser.DrainAsync(received.DataSet, CancellationToken.None);
        var took = Stopwatch.GetElapsedTime(started);
        await association.ReleaseAsync(CancellationToken.None);
        return outcome?.Status == Dimse.Success ? took : throw new InvalidOperationException($"the bare C-GET ended with {outcome}");
    }
}
