namespace Mdm.Host.Audit;

/// <summary>Writes that the host starts and stops, and that its trail was read. A host whose trail cannot be written does not start.</summary>
internal sealed class AuditKeeper(AuditTrail trail, TimeProvider time) : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private ITimer? _timer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        trail.Happened(AuditAction.Start, AuditOutcome.Granted);
        _timer = time.CreateTimer(_ => Look(), null, TimeSpan.Zero, Interval);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync();
        try
        {
            trail.Happened(AuditAction.Stop, AuditOutcome.Granted);
        }
        catch (MdmException)
        {
            // Logged; a host that stops gives nothing out any more.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
            await _timer.DisposeAsync();
        _timer = null;
    }

    private void Look()
    {
        try
        {
            TrailUse.TakeIn(trail);
        }
        catch (Exception trouble) when (trouble is MdmException or IOException or UnauthorizedAccessException)
        {
            // The notes stay, and are looked at again.
        }
    }
}
