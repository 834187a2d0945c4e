namespace Mdm.Host.Keys;

internal static partial class Log
{
    [LoggerMessage(3, LogLevel.Information, "{Count} content keys were destroyed.")]
    public static partial void Destroyed(ILogger logger, int count);

    [LoggerMessage(4, LogLevel.Warning, "No keystore is configured: staged files are sealed with keys that lie on this host's own disk.")]
    public static partial void LocalKeys(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Rotations that other hosts made could not be heard of ({Kind}): {Reason} It is tried again.")]
    public static partial void RotationsNotHeard(ILogger log, MdmErrorKind kind, string reason);
}
