namespace Mdm.Host.Orders;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The bans that other hosts ordered cannot be read; those that are known hold on. It is tried again every few seconds.")]
    public static partial void BansNotRead(ILogger log, Exception error);
}
