namespace Mdm.Host.Usage;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Who used how much could not be written; it is kept in memory and tried again every minute.")]
    public static partial void NotWritten(ILogger log, Exception error);
}
