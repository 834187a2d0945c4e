namespace Mdm.Host.Requests;

/// <summary>What a request is for. The numbers are stored.</summary>
internal enum RequestKind
{
    /// <summary>Files are to be had: a pin and an address to fetch each from.</summary>
    Get = 1,

    /// <summary>Files are to lie in the pool: a pin each.</summary>
    BringOnline = 2,
}

/// <summary>How far a file of a request is. The numbers are stored.</summary>
internal enum FileState
{
    /// <summary>Nothing was done yet.</summary>
    Queued = 1,

    /// <summary>It is being fetched.</summary>
    InProgress = 2,

    /// <summary>It lies in the pool and is pinned.</summary>
    Ready = 3,

    /// <summary>Its owner needs it no more.</summary>
    Released = 4,

    /// <summary>Its owner called it off.</summary>
    Aborted = 5,

    /// <summary>Its pin ran out.</summary>
    Expired = 6,

    /// <summary>It cannot be had; the fault says why.</summary>
    Failed = 7,

    /// <summary>It was not ready within the time of the request.</summary>
    TimedOut = 8,
}

internal static class FileStates
{
    /// <summary>True while there is more to come.</summary>
    public static bool IsPending(this FileState state) => state is FileState.Queued or FileState.InProgress;

    /// <summary>True while the host does or holds something for it.</summary>
    public static bool IsOpen(this FileState state) => state is FileState.Queued or FileState.InProgress or FileState.Ready;
}
