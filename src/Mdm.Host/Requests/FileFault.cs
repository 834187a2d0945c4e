using Mdm.Host.Staging;

namespace Mdm.Host.Requests;

/// <summary>Whose word for a fault counts. The numbers are stored.</summary>
internal enum FaultCause
{
    /// <summary>The error's kind says it all.</summary>
    Error = 0,

    /// <summary>The pool or its disk has no room.</summary>
    NoSpace = 1,

    /// <summary>The caller's share of the pool is used up.</summary>
    NoShare = 2,

    /// <summary>The caller's credential ended before the file was ready.</summary>
    CredentialEnded = 3,

    /// <summary>What was asked for is not the name of a file here.</summary>
    Unintelligible = 4,
}

/// <summary>Why a file of a request cannot be had; the message is for its owner.</summary>
internal sealed record FileFault(FaultCause Cause, MdmErrorKind Kind, string Message)
{
    /// <summary>What an error means for the file.</summary>
    public static FileFault Of(MdmException error) => new(ShortageException.Of(error) switch
    {
        null => FaultCause.Error,
        Shortage.UserShare => FaultCause.NoShare,
        _ => FaultCause.NoSpace,
    }, error.Kind, error.Message);
}
