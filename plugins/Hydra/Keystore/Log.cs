using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Hydra.Keystore;

/// <summary>Who asked for which key, and what came of it. Never a share.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Caller} {Operation} key {Key}: {Outcome}")]
    public static partial void Asked(this ILogger log, GridIdentity caller, string operation, KeyId key, KeyStatus outcome);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Caller} {Operation} key {Key} for {Other}: {Outcome}")]
    public static partial void AskedFor(this ILogger log, GridIdentity caller, string operation, KeyId key, GridIdentity other, KeyStatus outcome);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Caller} describe: {Found} of {Asked} keys")]
    public static partial void Described(this ILogger log, GridIdentity caller, int found, int asked);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Caller} list: {Count} keys")]
    public static partial void Listed(this ILogger log, GridIdentity caller, int count);
}
