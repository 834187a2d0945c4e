using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Hydra.Splitting;

/// <summary>
/// Mends what keystores missed while they were away: shares of keys registered meanwhile, rights, destructions. The keystores themselves are the list of what is
/// outstanding, so that nothing is lost when this host ends.
/// </summary>
internal sealed class Mending : IAsyncDisposable
{
    private readonly KeystoreGroup _group;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _ended = new();
    private Task _running = Task.CompletedTask;
    private int _isRunning;

    public Mending(KeystoreGroup group, TimeSpan interval, TimeProvider clock, ILogger log)
    {
        (_group, _log) = (group, log);
        _timer = clock.CreateTimer(_ => Begin(), null, interval, interval);
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _ended.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _ended.Dispose();
    }

    private void Begin()
    {
        if (Interlocked.Exchange(ref _isRunning, 1) == 0)
            _running = RunAsync();
    }

    private async Task RunAsync()
    {
        try
        {
            var report = await _group.RepairAsync(verifies: false, _ended.Token).ConfigureAwait(false);
            if (report.Completed + report.Aligned + report.Destroyed + report.Unrepairable > 0)
                _log.Repaired(report.Completed, report.Aligned, report.Destroyed, report.Unrepairable, report.Seen);
            foreach (var absent in report.Absent)
                _log.NotRepaired(absent.Message);
        }
        catch (MdmException e)
        {
            _log.NotRepaired(e.Message);
        }
        catch (OperationCanceledException)
        {
            // The host ends; the next one goes on.
        }
        finally
        {
            Volatile.Write(ref _isRunning, 0);
        }
    }
}
