namespace Mdm.Client;

/// <summary>What happens during a fetch, in order for each file. Reported from several threads, one at a time.</summary>
public abstract record FetchEvent;

/// <summary>Files were found that are going to be fetched.</summary>
/// <param name="Files">How many.</param>
/// <param name="Bytes">Their length together; null when it is not known of each.</param>
public sealed record FilesFound(int Files, long? Bytes) : FetchEvent;

/// <summary>The host is getting files ready.</summary>
/// <param name="Files">How many are not ready.</param>
/// <param name="Estimate">How long the longest will take, as the host thinks; null when it did not say.</param>
public sealed record FilesAwaited(int Files, TimeSpan? Estimate) : FetchEvent;

/// <summary>Bytes of a file arrived, or were there from an earlier attempt.</summary>
/// <param name="Surl">The file.</param>
/// <param name="Bytes">How many more; negative when an attempt has to begin anew.</param>
public sealed record BytesReceived(Surl Surl, long Bytes) : FetchEvent;

/// <summary>A file is complete and in place.</summary>
public sealed record FileFetched(FetchedFile File) : FetchEvent;

/// <summary>A file cannot be had; the others go on.</summary>
public sealed record FileMissed(MissedFile File) : FetchEvent;

/// <summary>How a file came to be in place.</summary>
public enum FetchOutcome
{
    /// <summary>All of it was downloaded.</summary>
    Downloaded,

    /// <summary>An earlier attempt was continued.</summary>
    Resumed,

    /// <summary>It was there already, with the same length and checksum.</summary>
    AlreadyThere,
}

/// <summary>A file that is complete and in place.</summary>
/// <param name="Surl">Its name on the grid.</param>
/// <param name="Path">Its name here.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Adler32">Computed over the bytes as they were written.</param>
/// <param name="IsVerified">True when the host named a checksum and it was this one.</param>
/// <param name="Outcome">How it came to be there.</param>
public sealed record FetchedFile(Surl Surl, string Path, long Length, string Adler32, bool IsVerified, FetchOutcome Outcome)
{
    /// <summary>Bytes of the file in place, when it came sealed and was deciphered; <see cref="Length"/> and <see cref="Adler32"/> are those of the sealed file. Null otherwise.</summary>
    public long? DecipheredLength { get; init; }
}

/// <summary>A file that could not be had, and why.</summary>
public sealed record MissedFile(Surl Surl, SrmException Reason);

/// <summary>All that became of a fetch.</summary>
public sealed record FetchResult(IReadOnlyList<FetchedFile> Files, IReadOnlyList<MissedFile> Missed);

/// <summary>How to fetch.</summary>
public sealed record FetchOptions
{
    /// <summary>Most downloads at once.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>True to replace files that are there.</summary>
    public bool Force { get; init; }

    /// <summary>True to leave sealed files as they come.</summary>
    public bool KeepSealed { get; init; }

    /// <summary>Most files in one request: a host can make one retrieval of them, but must be able to keep them all for a while.</summary>
    public int FilesPerRequest { get; init; } = 500;

    /// <summary>How long the host shall keep files for this fetch; its own default when null.</summary>
    public TimeSpan? Pin { get; init; }

    /// <summary>How long the host may take to get the files of one request ready.</summary>
    public TimeSpan GiveUp { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Most bytes of all files of a fetch into memory together; null for no limit.</summary>
    public long? MostBytes { get; init; }

    /// <summary>How often a download that broke off is continued.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>Longest silence of a download before it counts as broken off.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
