using Mdm.Host.Configuration;

namespace Mdm.Host.Publication;

/// <summary>Orders the runs that nobody orders: one of each publication at start, then on its schedule; one that broke off is tried again sooner.</summary>
internal sealed class PublicationSchedule(PublicationBook book, PublicationRunner runner, TimeProvider time) : BackgroundService
{
    /// <summary>First pause after a run that broke off; doubles each time.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>When the next run is due; null for never.</summary>
    /// <param name="options">The publication's.</param>
    /// <param name="outcome">How the last run ended.</param>
    /// <param name="failures">Runs that broke off, one after the other.</param>
    public static TimeSpan? PauseAfter(PublicationOptions options, RunOutcome? outcome, int failures)
    {
        if (outcome != RunOutcome.Incomplete)
            return options.Schedule;
        var pause = FirstPause * Math.Pow(2, Math.Min(failures - 1, 10));
        var longest = options.Schedule is { } schedule && schedule < LongestPause ? schedule : LongestPause;
        return pause < longest ? pause : longest;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new PlanLoops(book, _ => true, KeepAsync).RunAsync(stoppingToken);

    private async Task KeepAsync(PublicationPlan plan, CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            var outcome = await RunAsync(plan, stoppingToken);
            failures = outcome == RunOutcome.Incomplete ? failures + 1 : 0;
            if (PauseAfter(plan.Options, outcome, failures) is not { } pause)
                return;
            await Task.Delay(pause, time, stoppingToken);
        }
    }

    private async Task<RunOutcome?> RunAsync(PublicationPlan plan, CancellationToken stoppingToken)
    {
        try
        {
            var run = runner.Begin(plan.Name, new PublicationOrder());
            await run.Done.WaitAsync(stoppingToken);
            return run.Progress.Outcome;
        }
        catch (MdmException busy) when (busy.IsTransient)
        {
            return RunOutcome.Incomplete;
        }
        catch (MdmException gone) when (gone.Kind == MdmErrorKind.NotFound)
        {
            // Not configured any more; this loop is about to end.
            return RunOutcome.Refused;
        }
    }
}
