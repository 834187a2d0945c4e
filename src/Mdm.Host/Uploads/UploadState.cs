namespace Mdm.Host.Uploads;

/// <summary>How far the put of a file is. The numbers are stored; those of what is open come first.</summary>
internal enum UploadState
{
    /// <summary>Its name and room are kept, and its TURL takes bytes.</summary>
    Awaited = 1,

    /// <summary>Bytes come.</summary>
    Coming = 2,

    /// <summary>All bytes are there.</summary>
    Arrived = 3,

    /// <summary>Its owner said that it is done; it is being entered into the catalogue.</summary>
    Entering = 4,

    /// <summary>It is a file.</summary>
    Done = 5,

    /// <summary>Its owner called it off.</summary>
    Aborted = 6,

    /// <summary>Its TURL ran out.</summary>
    Expired = 7,

    /// <summary>It was not done within the time of the request.</summary>
    TimedOut = 8,

    /// <summary>It cannot be; the fault says why.</summary>
    Failed = 9,
}

internal static class UploadStates
{
    /// <summary>True while the name is kept.</summary>
    public static bool IsOpen(this UploadState state) => state <= UploadState.Entering;
}

/// <summary>What to do where a file stands already. The numbers are stored.</summary>
internal enum Overwriting
{
    Never = 0,
    Always = 1,

    /// <summary>Where the length that is expected is not that of the file that stands there.</summary>
    WhenDifferent = 2,
}
