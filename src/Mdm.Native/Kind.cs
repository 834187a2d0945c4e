namespace Mdm.Native;

/// <summary>What a call returns; the numbers are mdm_kind of mdm.h, and stay.</summary>
internal enum Kind
{
    Ok = 0,
    NotFound = 1,
    AlreadyExists = 2,
    AccessDenied = 3,
    InvalidName = 4,
    NotADirectory = 5,
    IsADirectory = 6,
    DirectoryNotEmpty = 7,
    Unsupported = 8,
    Refused = 9,
    Corrupt = 10,
    Busy = 11,
    Unavailable = 12,
    NoSpace = 13,
    Cancelled = 14,
    End = 15,
    TooSmall = 16,
    BadHandle = 17,
    BadArgument = 18,
    NoCredential = 19,
    Internal = 20,
}

/// <summary>A call that is refused before anything is asked of the grid.</summary>
internal sealed class CallException(Kind kind, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public Kind Kind { get; } = kind;
}
