using Microsoft.Extensions.Logging;

namespace Mdm.Gsi.Trust;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Trust of {Directory} reloaded, generation {Generation}.")]
    public static partial void TrustReloaded(ILogger logger, string directory, int generation);

    [LoggerMessage(2, LogLevel.Error, "Trust was not reloaded, what was loaded before stays: {Reason}")]
    public static partial void TrustNotReloaded(ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Warning, "A trust file is ignored: {Warning}")]
    public static partial void TrustFileIgnored(ILogger logger, string warning);
}
