namespace Mdm.Host.Staging;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Pool opened: {Files} files kept, {Removed} partial or unknown ones removed, suspect after a restart of the machine: {Suspect}.")]
    public static partial void PoolOpened(ILogger logger, int files, int removed, bool suspect);

    [LoggerMessage(2, LogLevel.Debug, "Evicted {File} ({Bytes} bytes).")]
    public static partial void Evicted(ILogger logger, FileId file, long bytes);

    [LoggerMessage(3, LogLevel.Debug, "Staged {File} from {Archive}: {Bytes} bytes.")]
    public static partial void Staged(ILogger logger, FileId file, string archive, long bytes);

    [LoggerMessage(4, LogLevel.Warning, "Could not stage {File} from {Archive}: {Kind}: {Reason}")]
    public static partial void NotStaged(ILogger logger, FileId file, string archive, MdmErrorKind kind, string reason);

    [LoggerMessage(5, LogLevel.Information, "Will ask {Archive} for {File} again in {Pause}: {Kind}: {Reason}")]
    public static partial void Retrying(ILogger logger, FileId file, string archive, TimeSpan pause, MdmErrorKind kind, string reason);

    [LoggerMessage(6, LogLevel.Error, "Archive {Archive} failed {Failures} times in a row; left alone for {Period}.")]
    public static partial void ArchiveClosed(ILogger logger, string archive, int failures, TimeSpan period);

    [LoggerMessage(7, LogLevel.Information, "Archive {Archive} answers again.")]
    public static partial void ArchiveOpen(ILogger logger, string archive);

    // The exception's message is not ours and might name a patient.
    [LoggerMessage(8, LogLevel.Error, "Archive {Archive} threw {Exception} at {Where}; its plugin should throw MdmException.")]
    public static partial void PluginThrew(ILogger logger, string archive, string? exception, string? where);

    [LoggerMessage(9, LogLevel.Warning, "{File} in the pool does not match its name (the machine stopped while it was written); it is fetched again.")]
    public static partial void Damaged(ILogger logger, FileId file);

    [LoggerMessage(10, LogLevel.Warning, "Size and checksums of {File} were not recorded and will be when it is next asked for: {Kind}: {Reason}")]
    public static partial void FactsNotRecorded(ILogger logger, FileId file, MdmErrorKind kind, string reason);

    [LoggerMessage(11, LogLevel.Warning, "{File} has other content than when it was first staged: it changed in archive {Archive}, or its rule did.")]
    public static partial void ContentChanged(ILogger logger, FileId file, string archive);

    [LoggerMessage(12, LogLevel.Debug, "A walk through {Directory}: fetching {Files} files ahead.")]
    public static partial void ReadingAhead(ILogger logger, StoragePath directory, int files);

    [LoggerMessage(13, LogLevel.Warning, "Reading ahead stopped: {Kind}: {Reason}")]
    public static partial void ReadAheadFailed(ILogger logger, MdmErrorKind kind, string reason);
}
