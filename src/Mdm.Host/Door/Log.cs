namespace Mdm.Host.Door;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "There is no local socket for orders: {Path} has more than {Limit} bytes. Give a shorter State:AdminSocket, as /run/mdm/admin.sock.")]
    public static partial void SocketPathTooLong(ILogger log, string path, int limit);
}
