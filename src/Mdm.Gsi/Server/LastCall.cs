using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Mdm.Gsi.Server;

/// <summary>
/// A connection of a server that stops ends a moment after it takes no others: whoever was just let in, or is about to call on a connection that he has, is answered. A connection closed at once fails
/// the call that is on its way, and clients may not make it again unasked (RFC 9110 §9.2.2). Clients also keep connections in reserve on which they say nothing: for these it is a moment only.
/// </summary>
internal sealed class LastCall : IConnectionLifetimeNotificationFeature, IDisposable
{
    /// <summary>Longer than a call is on its way, handshake included; so much longer a stop takes while clients have connections.</summary>
    public static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly IConnectionLifetimeNotificationFeature? _server;
    private readonly CancellationTokenSource _closing;
    private readonly CancellationTokenRegistration _registration;

    private LastCall(IConnectionLifetimeNotificationFeature? server, TimeProvider time)
    {
        _server = server;
        _closing = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        ConnectionClosedRequested = _closing.Token;
        _registration = (server?.ConnectionClosedRequested ?? CancellationToken.None).UnsafeRegister(static closing => ((CancellationTokenSource)closing!).CancelAfter(Moment), _closing);
    }

    public CancellationToken ConnectionClosedRequested { get; set; }

    /// <summary>From now on the connection's layers hear of the stop from here.</summary>
    public static LastCall On(ConnectionContext context, TimeProvider time)
    {
        var last = new LastCall(context.Features.Get<IConnectionLifetimeNotificationFeature>(), time);
        context.Features.Set<IConnectionLifetimeNotificationFeature>(last);
        return last;
    }

    public void RequestClose() => _server?.RequestClose();

    public void Dispose()
    {
        _registration.Dispose();
        _closing.Dispose();
    }
}
