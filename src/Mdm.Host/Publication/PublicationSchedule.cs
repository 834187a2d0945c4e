using System.Text.Json;
using Mdm.Host.Configuration;
using Mdm.Host.Members;

namespace Mdm.Host.Publication;

/// <summary>
/// Orders the runs that nobody orders: one of each publication at start, since the configuration may be another, then on its schedule; one that broke off is tried again sooner. What another
/// host has run meanwhile is not run again.
/// </summary>
internal sealed class PublicationSchedule(PublicationBook book, PublicationRunner runner, PublicationLedger ledger, Membership members, TimeProvider time) : BackgroundService
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
            var schedule = pause;
            do
                await Task.Delay(pause, time, stoppingToken);
            while (outcome != RunOutcome.Incomplete && (pause = await NotBeforeAsync(plan, schedule, stoppingToken)) > TimeSpan.Zero);
        }
    }

    /// <summary>How long another host's run makes this host's unnecessary.</summary>
    private async Task<TimeSpan> NotBeforeAsync(PublicationPlan plan, TimeSpan schedule, CancellationToken stoppingToken)
    {
        if (!members.IsShared)
            return TimeSpan.Zero;
        try
        {
            if (await ledger.LastRunAsync(plan.Name, stoppingToken) is not { } kept || JsonSerializer.Deserialize<PublicationProgress>(kept, PublicationDoor.Json) is not { Outcome: RunOutcome.Complete } last)
                return TimeSpan.Zero;
            var left = last.StartedAt + TimeSpan.FromSeconds(last.Seconds) + schedule - time.GetUtcNow();
            // The hosts' clocks may differ; no run is put off for longer than its schedule.
            return left > schedule ? schedule : left;
        }
        catch (MdmException)
        {
            // The run itself meets the same trouble, and tells it.
            return TimeSpan.Zero;
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
