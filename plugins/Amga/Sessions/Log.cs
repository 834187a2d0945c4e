using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Amga.Sessions;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "A login was refused ({Code})")]
    public static partial void LoginRefused(ILogger logger, AmgaError code);

    [LoggerMessage(2, LogLevel.Debug, "A session of {User} begins")]
    public static partial void SessionBegins(ILogger logger, string user);

    [LoggerMessage(3, LogLevel.Error, "A command failed: {Exception} {Where}")]
    public static partial void CommandThrew(ILogger logger, string? exception, string? where);

    [LoggerMessage(4, LogLevel.Warning, "A session did not end in order: {Exception} {Where}")]
    public static partial void SessionNotEnded(ILogger logger, string? exception, string? where);

    [LoggerMessage(5, LogLevel.Debug, "A connection ended: {Reason}")]
    public static partial void ConnectionEnded(ILogger logger, string reason);

    [LoggerMessage(6, LogLevel.Error, "A login could not be looked at: {Exception} {Where}")]
    public static partial void LoginThrew(ILogger logger, string? exception, string? where);
}
