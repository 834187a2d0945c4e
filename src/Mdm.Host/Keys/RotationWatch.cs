using Mdm.Host.Members;

namespace Mdm.Host.Keys;

/// <summary>Hears of the rotations that other hosts make: a file that was sealed with a key that is retired is staged anew here too, before somebody gets what no keystore opens any more.</summary>
internal sealed class RotationWatch(ContentKeys keys, Membership members, MembersOptions options, TimeProvider time, ILogger<RotationWatch> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!members.IsShared)
            return;
        using var timer = new PeriodicTimer(options.Poll, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await keys.HearAsync(stoppingToken);
            }
            catch (MdmException failure)
            {
                Log.RotationsNotHeard(log, failure.Kind, failure.Message);
            }
        }
    }
}
