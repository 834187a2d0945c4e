using System.Runtime.InteropServices;
using Mdm.Host.Access;
using Mdm.Host.Configuration;

namespace Mdm.Host.Administration;

/// <summary>Orders to read the configuration anew: over HTTP from administrators, and SIGHUP from whoever may send one.</summary>
internal sealed class ReloadDoor(ConfigurationReload reload, AdministratorGate gate, AuditTrail audit, ILogger<ReloadDoor> log) : IHostedService, IDisposable
{
    private PosixSignalRegistration? _signal;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/admin/reload", OrderAsync);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            // Not the end of the process.
            signal.Cancel = true;
            _ = Task.Run(ReloadAsync);
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signal?.Dispose();

    private Task OrderAsync(HttpContext context) => gate.GuardAsync(context, async caller =>
    {
        audit.Administered(caller, "reload the configuration");
        try
        {
            await OrderJson.WriteAsync(context, await reload.RunAsync(context.RequestAborted));
        }
        catch (ConfigurationFaultException faults)
        {
            throw new MdmException(MdmErrorKind.Refused, $"The configuration has faults, and everything is as it was:\n{faults.Message}", faults);
        }
    });

    private async Task ReloadAsync()
    {
#pragma warning disable CA1031 // Nobody waits for it but the log.
        try
        {
            audit.Happened(AuditAction.Administer, AuditOutcome.Granted, "reload the configuration (SIGHUP)");
            var outcome = await reload.RunAsync(CancellationToken.None);
            foreach (var key in outcome.NeedRestart)
                Log.NeedsRestart(log, key);
        }
        catch (ConfigurationFaultException faults)
        {
            Log.ReloadRefused(log, faults.Message);
        }
        catch (Exception fault)
        {
            Log.ReloadFailed(log, fault);
        }
#pragma warning restore CA1031
    }
}
