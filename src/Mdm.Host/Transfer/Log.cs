namespace Mdm.Host.Transfer;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Transfer refused to {Caller}: {Kind}: {Reason}")]
    public static partial void Refused(ILogger logger, string caller, MdmErrorKind kind, string reason);

    [LoggerMessage(2, LogLevel.Debug, "Sent {Bytes} of {Wanted} bytes of {File} to {Caller}.")]
    public static partial void Sent(ILogger logger, FileId file, GridIdentity caller, long bytes, long wanted);

    [LoggerMessage(3, LogLevel.Error, "The pool's file of {File} ended early or could not be read; the connection was broken so that nobody takes it for whole.")]
    public static partial void Broken(ILogger logger, FileId file, Exception? failure);
}
