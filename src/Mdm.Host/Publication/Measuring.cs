using Mdm.Host.Staging;

namespace Mdm.Host.Publication;

/// <summary>
/// Stages each object of a publication with <c>Measure</c> once after it was registered, so that size and checksum are known before anybody asks. It reads as the owner,
/// a few files at a time, and rests as long as it worked: callers come first. What waits is in the ledger, so a restart forgets none.
/// </summary>
internal sealed class Measuring(PublicationBook book, PublicationLedger ledger, Authorizer authorizer, StagingArea staging, TimeProvider time, ILogger<Measuring> log) : BackgroundService
{
    /// <summary>Files staged together: enough for an archive to fetch a series' worth at once, few enough to let others through.</summary>
    private const int Together = 16;

    /// <summary>How often the ledger is looked at while nothing waits.</summary>
    private static readonly TimeSpan IdlePause = TimeSpan.FromSeconds(15);

    /// <summary>How long an archive is left alone that does not answer.</summary>
    private static readonly TimeSpan TroublePause = TimeSpan.FromMinutes(2);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new PlanLoops(book, plan => plan.Options.Measure, KeepAsync).RunAsync(stoppingToken);

    private async Task KeepAsync(PublicationPlan plan, CancellationToken stoppingToken)
    {
        var after = default(FileId);
        while (true)
        {
            var begun = time.GetTimestamp();
            var (page, isTrouble) = await PageAsync(plan, after, stoppingToken);
            after = page.Count == Together ? page[^1] : default;
            var worked = time.GetElapsedTime(begun);
            var pause = page.Count == Together && worked < IdlePause ? worked : IdlePause;
            await Task.Delay(isTrouble ? TroublePause : pause, time, stoppingToken);
        }
    }

    /// <returns>The files that were tried, and whether some of them must be tried again.</returns>
    private async Task<(List<FileId> Page, bool IsTrouble)> PageAsync(PublicationPlan plan, FileId after, CancellationToken stoppingToken)
    {
        try
        {
            var page = await ledger.ToMeasureAsync(plan.Name, after, Together, stoppingToken);
            var done = await Task.WhenAll(page.Select(file => TryMeasureAsync(plan, file, stoppingToken)));
            await ledger.SetMeasureAsync(page.Where((_, i) => done[i]), waits: false, stoppingToken);
            return (page, done.Contains(false));
        }
        catch (MdmException failure)
        {
            // The ledger; it is asked again after the pause.
            Log.NotMeasured(log, plan.Name, after, failure.Kind, failure.Message);
            return ([], true);
        }
    }

    /// <returns>True when it need not be tried again.</returns>
    private async Task<bool> TryMeasureAsync(PublicationPlan plan, FileId file, CancellationToken stoppingToken)
    {
        try
        {
            await staging.StageAsync(await authorizer.ReadAgainAsync(new GridIdentity(plan.Owner), file, stoppingToken), null, stoppingToken);
            return true;
        }
        catch (MdmException failure)
        {
            Log.NotMeasured(log, plan.Name, file, failure.Kind, failure.Message);
            return !failure.IsTransient && ShortageException.Of(failure) is null;
        }
#pragma warning disable CA1031 // Whatever one object does to a driver, the others are measured and the host goes on.
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Log.MeasuringFailed(log, plan.Name, file, fault);
            return true;
        }
#pragma warning restore CA1031
    }
}
