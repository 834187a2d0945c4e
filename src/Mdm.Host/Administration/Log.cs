namespace Mdm.Host.Administration;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The configuration was read anew. Changed: {Changed}; {NeedRestart} keys hold only after a restart.")]
    public static partial void Reloaded(ILogger log, string changed, int needRestart);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Key} was changed and holds only after a restart.")]
    public static partial void NeedsRestart(ILogger log, string key);

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration has faults, and everything is as it was: {Faults}")]
    public static partial void ReloadRefused(ILogger log, string faults);

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration could not be read anew.")]
    public static partial void ReloadFailed(ILogger log, Exception error);
}
