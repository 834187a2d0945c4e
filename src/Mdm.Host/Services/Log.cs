namespace Mdm.Host.Services;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "Service {Service} threw {Exception} {Where}")]
    public static partial void ServiceThrew(ILogger logger, string service, string? exception, string? where);
}
