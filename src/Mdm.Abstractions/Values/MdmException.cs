namespace Mdm.Abstractions;

/// <summary>What went wrong, in the words every part of the system shares.</summary>
public enum MdmErrorKind
{
    /// <summary>The named object, entry or key does not exist (or the caller may not know that it does).</summary>
    NotFound,

    /// <summary>An entry of that name exists already.</summary>
    AlreadyExists,

    /// <summary>The caller lacks the right.</summary>
    AccessDenied,

    /// <summary>A name or path is not acceptable: too long, malformed, or not allowed here.</summary>
    InvalidName,

    /// <summary>A directory was needed, the entry is something else.</summary>
    NotADirectory,

    /// <summary>A file was needed, the entry is a directory.</summary>
    IsADirectory,

    /// <summary>The directory still has entries.</summary>
    DirectoryNotEmpty,

    /// <summary>The operation is not offered, by this plugin or in this configuration.</summary>
    Unsupported,

    /// <summary>The request was understood and turned down for good: a policy or a limit. The message names it.</summary>
    Refused,

    /// <summary>Data failed its own checks: truncated, malformed, or not what was announced.</summary>
    Corrupt,

    /// <summary>Too much is going on; the same request may succeed later. Transient.</summary>
    Busy,

    /// <summary>A system behind does not answer, or not in time; the same request may succeed later. Transient.</summary>
    Unavailable,

    /// <summary>There is no room for it: a disk or a quota is full. Not transient: somebody has to make room.</summary>
    NoSpace,
}

/// <summary>
/// The one exception of the contract. Its message reaches the caller, so it says what was refused and what to do,
/// and never carries a patient's data.
/// </summary>
/// <remarks>The host retries what is transient; a plugin does not.</remarks>
public sealed class MdmException : Exception
{
    /// <param name="kind">What went wrong.</param>
    /// <param name="message">A sentence for the caller; no patient data.</param>
    /// <param name="innerException">The cause, for the log only.</param>
    public MdmException(MdmErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>What went wrong.</summary>
    public MdmErrorKind Kind { get; }

    /// <summary>True when the same request may succeed later (<see cref="MdmErrorKind.Busy"/>, <see cref="MdmErrorKind.Unavailable"/>).</summary>
    public bool IsTransient => Kind is MdmErrorKind.Busy or MdmErrorKind.Unavailable;

    /// <summary>When trying again makes sense, if the plugin knows.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
