using Microsoft.Extensions.Logging;

namespace Mdm.Gsi.Server;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Host certificate {File} loaded again.")]
    public static partial void HostCertificateReloaded(ILogger logger, string file);

    [LoggerMessage(2, LogLevel.Error, "The host certificate was not loaded again, the one before stays: {Reason}")]
    public static partial void HostCertificateNotReloaded(ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Warning, "A connection was closed at once: {Limit} are open.")]
    public static partial void ConnectionBeyondLimit(ILogger logger, int limit);

    [LoggerMessage(4, LogLevel.Debug, "Connection {Id} failed: {Reason}")]
    public static partial void ConnectionFailed(ILogger logger, string id, string reason);

    [LoggerMessage(5, LogLevel.Debug, "Connection {Id}: {Version} {Cipher}, httpg {IsHttpg}.")]
    public static partial void ConnectionAccepted(ILogger logger, string id, string version, string cipher, bool isHttpg);

    [LoggerMessage(6, LogLevel.Information, "A delegation was refused: {Reason}")]
    public static partial void DelegationRefused(ILogger logger, string reason);

    [LoggerMessage(7, LogLevel.Warning, "The private key {File} can be read by everybody; chmod 600 it.")]
    public static partial void KeyReadableByAll(ILogger logger, string file);
}
