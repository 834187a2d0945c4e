using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Dicom.Backend;

/// <summary>What the backend tells the log: application entities, counts, durations, hashed ids. Never an attribute's value.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The archive {AeTitle} is busy and is left alone for {Duration}.")]
    public static partial void BackingOff(this ILogger log, string aeTitle, TimeSpan duration);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The archive {AeTitle} sent {Received} of {Wanted} objects and ended with status {Status}; the rest is asked for one by one.")]
    public static partial void Incomplete(this ILogger log, string aeTitle, int received, int wanted, string status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The archive {AeTitle} was lost in the middle of a retrieval: {Reason}")]
    public static partial void Lost(this ILogger log, string aeTitle, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The archive ended the connection {Times} times when object {Object} was asked for; it is not asked for again before {Until}.")]
    public static partial void Poisonous(this ILogger log, int times, string @object, DateTimeOffset until);

    [LoggerMessage(Level = LogLevel.Information, Message = "The archive {AeTitle} does not serve C-GET here; C-MOVE is used.")]
    public static partial void FallsBackToMove(this ILogger log, string aeTitle);

    [LoggerMessage(Level = LogLevel.Information, Message = "The archive {AeTitle} seems to cut queries off at {Count} answers; the window is halved.")]
    public static partial void Capped(this ILogger log, string aeTitle, int count);
}
