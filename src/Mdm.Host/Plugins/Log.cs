namespace Mdm.Host.Plugins;

internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "Plugin {Plugin} {Version} loaded, {Offers} offers")]
    public static partial void PluginLoaded(ILogger log, string plugin, string version, int offers);

    [LoggerMessage(1002, LogLevel.Information, "{Path} was replaced")]
    public static partial void InstanceReplaced(ILogger log, string path);

    [LoggerMessage(1003, LogLevel.Error, "{Path} could not be made")]
    public static partial void InstanceNotMade(ILogger log, string path, Exception fault);

    [LoggerMessage(1004, LogLevel.Warning, "{Path} is still in use after {Limit} and was left")]
    public static partial void InstanceStillLeased(ILogger log, string path, TimeSpan limit);

    [LoggerMessage(1005, LogLevel.Warning, "{Path} did not end well")]
    public static partial void InstanceDisposalFailed(ILogger log, string path, Exception fault);
}
