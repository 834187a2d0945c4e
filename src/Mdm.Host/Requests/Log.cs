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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Request {Token} was taken over by another host; this one lets it go.")]
    public static partial void TakenOver(ILogger log, string token);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} requests that no host worked on are taken up.")]
    public static partial void TakenUp(ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: {Count} requests are given to the other hosts; what is pinned here is served for up to {Drain}.")]
    public static partial void GivenBack(ILogger log, int count, TimeSpan drain);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopping: requests could not be given to other hosts ({Kind}): {Reason} They take them up when this host's lease is over.")]
    public static partial void NotGivenBack(ILogger log, MdmErrorKind kind, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Requests that no host works on could not be looked for ({Kind}): {Reason} It is tried again.")]
    public static partial void NotTakenUp(ILogger log, MdmErrorKind kind, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for requests that no host works on failed for a reason of our own; it is tried again.")]
    public static partial void TakingUpFailed(ILogger log, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Other hosts could not be told that file {File} has gone; they refuse to deliver it, and keep what they have staged of it until it is evicted.")]
    public static partial void GoneNotTold(ILogger log, FileId file, Exception error);
}
