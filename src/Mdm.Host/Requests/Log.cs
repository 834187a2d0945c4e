namespace Mdm.Host.Requests;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} requests that were open when the host stopped go on.")]
    public static partial void Resumed(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "What became of request {Token} could not be recorded; after a restart its files are asked for again.")]
    public static partial void NotRecorded(ILogger log, string token, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "File {Position} of request {Token} failed for a reason of our own.")]
    public static partial void RunFailed(ILogger log, string token, int position, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ended requests could not be forgotten; it is tried again later.")]
    public static partial void NotForgotten(ILogger log, Exception error);
}
