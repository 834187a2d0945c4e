namespace Mdm.Host.Members;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "This host could not say in time that it lives (Members:Lease is {Lease}); other hosts may have taken over what it had. It goes on with what is still its own.")]
    public static partial void LeaseWasOver(ILogger log, TimeSpan lease);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Difference}")]
    public static partial void HostDiffers(ILogger log, string difference);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of this host could not be renewed ({Kind}): {Reason}")]
    public static partial void NotRenewed(ILogger log, MdmErrorKind kind, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease {Name} could not be given back ({Kind}): {Reason} It ends with the lease of this host.")]
    public static partial void LeaseNotGiven(ILogger log, string name, MdmErrorKind kind, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What other hosts tell could not be looked at ({Kind}): {Reason} It is looked at later.")]
    public static partial void NotLooked(ILogger log, MdmErrorKind kind, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking at what other hosts tell failed for a reason of our own; it is looked at later.")]
    public static partial void LookingFailed(ILogger log, Exception error);
}
