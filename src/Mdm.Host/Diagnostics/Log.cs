namespace Mdm.Host.Diagnostics;

internal static partial class Log
{
    [LoggerMessage(1901, LogLevel.Warning, "The service manager could not be told {State}")]
    public static partial void NotifyFailed(ILogger log, string state, Exception fault);

    [LoggerMessage(1902, LogLevel.Warning, "More than {Limit} metric series: further ones of {Instrument} are not kept")]
    public static partial void TooManySeries(ILogger log, int limit, string instrument);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} does not serve: {Found}")]
    public static partial void InstanceDoesNotServe(ILogger log, string path, string found);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} serves again: {Found}")]
    public static partial void InstanceServes(ILogger log, string path, string found);

    [LoggerMessage(1903, LogLevel.Warning, "Instrument {Instrument} of {Owner} is not kept: {Reason}")]
    public static partial void InstrumentNotKept(ILogger log, string instrument, string owner, string reason);

    [LoggerMessage(1904, LogLevel.Warning, "What plugins observe was not all told within {Limit}; older values are shown")]
    public static partial void InstrumentsHang(ILogger log, TimeSpan limit);

    [LoggerMessage(1905, LogLevel.Warning, "An instrument of a plugin threw {Exception} {At}")]
    public static partial void InstrumentThrew(ILogger log, string? exception, string? at);
}
