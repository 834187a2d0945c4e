namespace Mdm.Host.Access;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "{Whom} do not have all changes yet ({Kind}: {Reason}); they are told again in {Pause}.")]
    public static partial void NotTold(ILogger logger, string whom, MdmErrorKind kind, string reason, TimeSpan pause);

    [LoggerMessage(2, LogLevel.Error, "{Whom} could not be told of changes: {Exception} {Where}")]
    public static partial void TellingFailed(ILogger logger, string whom, string? exception, string? where);
}
