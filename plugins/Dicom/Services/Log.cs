using System.Net;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Dicom.Services;

/// <summary>What the receiver of moves tells the log. What a stranger calls himself is not repeated.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "An association from {Address} to {AeTitle} was rejected (a move under way: {IsExpected}).")]
    public static partial void CallerTurnedAway(this ILogger log, IPAddress? address, string aeTitle, bool isExpected);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The archive {AeTitle} sent an object that nobody had asked for; it was refused.")]
    public static partial void ObjectTurnedAway(this ILogger log, string aeTitle);
}
