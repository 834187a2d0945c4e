namespace Mdm.Host.Audit;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Critical, "The audit trail cannot be written: nothing is given out until it can.")]
    public static partial void TrailFailed(ILogger logger, Exception trouble);

    [LoggerMessage(2, LogLevel.Warning, "The audit trail can be written again; {Lines} lines could not be.")]
    public static partial void TrailResumed(ILogger logger, long lines);

    [LoggerMessage(3, LogLevel.Critical, "The audit trail is not as it was left: {Trouble} See --verify-audit.")]
    public static partial void TrailBroken(ILogger logger, string trouble);

    [LoggerMessage(4, LogLevel.Warning, "The audit receiver {Receiver} cannot be reached: {Reason} Tried again in {Pause}; {Waiting} lines wait.")]
    public static partial void ReceiverLost(ILogger logger, Uri receiver, string reason, TimeSpan pause, long waiting);

    [LoggerMessage(5, LogLevel.Information, "Audit messages go to {Receiver}.")]
    public static partial void ReceiverFound(ILogger logger, Uri receiver);

    [LoggerMessage(6, LogLevel.Error, "{Messages} audit messages were dropped: more waited than Audit:MaxBacklog. The trail has them all.")]
    public static partial void MessagesDropped(ILogger logger, long messages);

    [LoggerMessage(7, LogLevel.Error, "The sending of audit messages met {Exception} at {Where}; it goes on.")]
    public static partial void SenderFailed(ILogger logger, string? exception, string? where);
}
