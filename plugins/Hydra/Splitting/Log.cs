using Mdm.Abstractions;
using Mdm.Formats.Shares;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Hydra.Splitting;

/// <summary>What the splitting half tells the log. Never a key or a share.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The keystore {Keystore} gave a share of key {Key} that is not right: {Verdict}.")]
    public static partial void WrongShare(this ILogger log, Uri keystore, KeyId key, ShareVerdict verdict);

    [LoggerMessage(Level = LogLevel.Information, Message = "Keystores repaired: {Completed} keys completed, {Aligned} brought to the latest rights, {Destroyed} destroyed; {Unrepairable} of {Seen} have too few shares.")]
    public static partial void Repaired(this ILogger log, int completed, int aligned, int destroyed, int unrepairable, int seen);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Keystores were not all repaired: {Reason}")]
    public static partial void NotRepaired(this ILogger log, string reason);
}
