namespace Mdm.Host.Members;

/// <summary>
/// While a host of several stops, each answer is the last of its connection, so that its clients' next calls go elsewhere by themselves. A connection that were closed while a call is on its way would fail that call:
/// the door stays open long enough for whoever has a connection to hear of it.
/// </summary>
internal sealed class Farewell(Membership members, MembersOptions options, IHostApplicationLifetime lifetime, TimeProvider time) : IHostedLifecycleService
{
    /// <summary>Clients at work call more often, and what watches <c>/healthz/ready</c> may look in between.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(1);

    /// <summary>Says with each answer whether another call may follow it.</summary>
    public Task PassAsync(HttpContext context, RequestDelegate next)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested && members.IsShared && HttpProtocol.IsHttp11(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        return next(context);
    }

    // Added before what drains, and so stopped after it.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (members.IsShared)
            await Task.Delay(options.Drain < Lasts ? options.Drain : Lasts, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
