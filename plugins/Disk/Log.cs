using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Disk;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "{Count} objects that were coming when the process ended were removed.")]
    public static partial void Swept(ILogger logger, int count);

    [LoggerMessage(2, LogLevel.Warning, "{Count} files are not listed: their names are no ids (too long, too deep, or with characters that cannot be printed).")]
    public static partial void PassedOver(ILogger logger, int count);
}
