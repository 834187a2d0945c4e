namespace Mdm.Srm.Messages;

/// <summary>How long a file is meant to stay.</summary>
public enum FileStorageType
{
    Volatile,
    Durable,
    Permanent,
}

/// <summary>What an entry is.</summary>
public enum FileType
{
    File,
    Directory,
    Link,
}

/// <summary>How carefully a file is kept.</summary>
public enum RetentionPolicy
{
    Replica,
    Output,
    Custodial,
}

/// <summary>How soon a file can be read.</summary>
public enum AccessLatency
{
    Online,
    Nearline,
}

/// <summary>What one class of users may do; the number of each member is its POSIX digit.</summary>
public enum PermissionMode
{
    None,
    X,
    W,
    WX,
    R,
    RX,
    RW,
    RWX,
}

/// <summary>How srmSetPermission changes what is there.</summary>
public enum PermissionType
{
    Add,
    Remove,
    Change,
}

/// <summary>What an asynchronous request does.</summary>
public enum RequestType
{
    PrepareToGet,
    PrepareToPut,
    Copy,
    BringOnline,
    ReserveSpace,
    UpdateSpace,
    ChangeSpaceForFiles,
    Ls,
}

/// <summary>Whether an existing file may be replaced.</summary>
public enum OverwriteMode
{
    Never,
    Always,
    WhenFilesAreDifferent,
}

/// <summary>Where the bytes of a file are now.</summary>
public enum FileLocality
{
    Online,
    Nearline,
    OnlineAndNearline,
    Lost,
    None,
    Unavailable,
}

/// <summary>How the client will read.</summary>
public enum AccessPattern
{
    TransferMode,
    ProcessingMode,
}

/// <summary>From where the client will read.</summary>
public enum ConnectionType
{
    Wan,
    Lan,
}

/// <summary>The outcome of a request or of one of its files (SRM v2.2 §1).</summary>
public enum StatusCode
{
    Success,
    Failure,
    AuthenticationFailure,
    AuthorizationFailure,
    InvalidRequest,
    InvalidPath,
    FileLifetimeExpired,
    SpaceLifetimeExpired,
    ExceedAllocation,
    NoUserSpace,
    NoFreeSpace,
    DuplicationError,
    NonEmptyDirectory,
    TooManyResults,
    InternalError,
    FatalInternalError,
    NotSupported,
    RequestQueued,
    RequestInProgress,
    RequestSuspended,
    Aborted,
    Released,
    FilePinned,
    FileInCache,
    SpaceAvailable,
    LowerSpaceGranted,
    Done,
    PartialSuccess,
    RequestTimedOut,
    LastCopy,
    FileBusy,
    FileLost,
    FileUnavailable,
    CustomStatus,
}
