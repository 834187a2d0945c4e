using Mdm.Host.Members;
using Mdm.Host.Staging;

namespace Mdm.Host.Publication;

/// <summary>Hears of what other hosts put into quarantine and take out of it.</summary>
internal sealed class QuarantineWatch(Quarantine quarantine, Membership members, TimeProvider time, ILogger<QuarantineWatch> log) : BackgroundService
{
    /// <summary>So long at most a file that an administrator has let out at another host is still refused here.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!members.IsShared)
            return;
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await quarantine.HearAsync(stoppingToken);
            }
            catch (MdmException failure)
            {
                Log.QuarantineNotHeard(log, failure.Kind, failure.Message);
            }
        }
    }
}
