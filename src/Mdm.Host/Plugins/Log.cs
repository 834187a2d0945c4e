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

    [LoggerMessage(1006, LogLevel.Error, "A call of {Whose} went on after its limit and its cancellation and was left behind; {Count} of its calls are")]
    public static partial void CallLeftBehind(ILogger log, string whose, int count);

    [LoggerMessage(1007, LogLevel.Information, "A call of {Whose} that was left behind has ended; {Count} of its calls have not")]
    public static partial void CallEndedLate(ILogger log, string whose, int count);

    [LoggerMessage(1005, LogLevel.Warning, "{Path} did not end well")]
    public static partial void InstanceDisposalFailed(ILogger log, string path, Exception fault);
}
