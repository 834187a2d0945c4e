using Mdm.Abstractions;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.DicomWeb.Backend;

/// <summary>What the backend tells the log: kinds of failures, counts, hashed ids. Never an attribute's value.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The archive did not serve a series as a whole ({Kind}): {Reason}")]
    public static partial void SeriesNotServed(this ILogger log, MdmErrorKind kind, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A series broke off in the middle; what is missing of it is asked for one by one: {Reason}")]
    public static partial void Lost(this ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The archive ended the connection {Times} times when object {Object} was asked for; it is not asked for again before {Until}.")]
    public static partial void Poisonous(this ILogger log, int times, string @object, DateTimeOffset until);
}
