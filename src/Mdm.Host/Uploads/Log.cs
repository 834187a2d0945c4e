namespace Mdm.Host.Uploads;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Upload refused to {Caller}: {Kind}: {Reason}")]
    public static partial void Refused(ILogger logger, string caller, MdmErrorKind kind, string reason);

    [LoggerMessage(2, LogLevel.Error, "An archive failed while a file was stored: {Exception} {Where}")]
    public static partial void StoringFailed(ILogger logger, string? exception, string? where);

    [LoggerMessage(3, LogLevel.Warning, "Archive {Archive} did not erase {Object} ({Kind}: {Reason}); it is tried again.")]
    public static partial void NotErased(ILogger logger, string archive, ArchiveObjectId @object, MdmErrorKind kind, string reason);

    [LoggerMessage(4, LogLevel.Warning, "File {Position} of put {Token} could not be entered, nor taken back ({Kind}: {Reason}); it is looked at again.")]
    public static partial void NotEntered(ILogger logger, string token, int position, MdmErrorKind kind, string reason);

    [LoggerMessage(5, LogLevel.Warning, "The metadata has no row of {File} yet ({Kind}: {Reason}).")]
    public static partial void RowBehind(ILogger logger, FileId file, MdmErrorKind kind, string reason);

    [LoggerMessage(6, LogLevel.Warning, "What has run out of puts could not be ended ({Kind}: {Reason}); it is tried again.")]
    public static partial void NotSwept(ILogger logger, MdmErrorKind kind, string reason);

    [LoggerMessage(7, LogLevel.Error, "What has run out of puts could not be ended: {Exception} {Where}")]
    public static partial void SweepFailed(ILogger logger, string? exception, string? where);
}
