namespace Mdm.Host.Services;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "Service {Service} threw {Exception} {Where}")]
    public static partial void ServiceThrew(ILogger logger, string service, string? exception, string? where);

    [LoggerMessage(2, LogLevel.Warning, "Service {Service}: a connection was closed at once, {Limit} of them are open ({Setting})")]
    public static partial void ConnectionBeyondLimit(ILogger logger, string service, int limit, string setting);

    [LoggerMessage(3, LogLevel.Debug, "Service {Service}, connection {Connection}: {Reason}")]
    public static partial void ConnectionEnded(ILogger logger, string service, string connection, string reason);

    [LoggerMessage(4, LogLevel.Information, "Service {Service}: a connection was closed, for {IdleTimeout} no byte went either way")]
    public static partial void ConnectionIdle(ILogger logger, string service, TimeSpan idleTimeout);

    [LoggerMessage(5, LogLevel.Information, "Service {Service} listens on port {Port}")]
    public static partial void ServiceListens(ILogger logger, string service, int port);
}
