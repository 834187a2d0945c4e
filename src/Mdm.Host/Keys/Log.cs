namespace Mdm.Host.Keys;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "The keystores do not have all changes yet ({Kind}: {Reason}); they are told again in {Pause}.")]
    public static partial void NotTold(ILogger logger, MdmErrorKind kind, string reason, TimeSpan pause);

    [LoggerMessage(2, LogLevel.Error, "The keystores could not be told of changes: {Exception} {Where}")]
    public static partial void OutboxFailed(ILogger logger, string? exception, string? where);

    [LoggerMessage(3, LogLevel.Information, "{Count} content keys were destroyed.")]
    public static partial void Destroyed(ILogger logger, int count);

    [LoggerMessage(4, LogLevel.Warning, "No keystore is configured: staged files are sealed with keys that lie on this host's own disk.")]
    public static partial void LocalKeys(ILogger logger);
}
