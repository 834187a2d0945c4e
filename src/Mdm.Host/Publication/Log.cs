namespace Mdm.Host.Publication;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Publication {Publication}: {Listed} listed, {Created} new, {Existing} known, {Tombstoned} removed by users, {Skipped} not selected, {Failed} failed, {PerSecond}/s.")]
    public static partial void Running(ILogger logger, string publication, long listed, long created, long existing, long tombstoned, long skipped, long failed, double perSecond);

    [LoggerMessage(2, LogLevel.Information, "Publication {Publication} complete in {Seconds} s: {Listed} listed, {Created} new, {Changed} changed, {Missing} missing, {Vanished} un-published, {Held} held back, {Failed} failed.")]
    public static partial void Complete(ILogger logger, string publication, double seconds, long listed, long created, long changed, long missing, long vanished, long held, long failed);

    [LoggerMessage(3, LogLevel.Warning, "Publication {Publication}: {Outcome} after {Listed} listed. {Reason}")]
    public static partial void NotComplete(ILogger logger, string publication, RunOutcome? outcome, long listed, string? reason);

    [LoggerMessage(4, LogLevel.Warning, "Publication {Publication}: {Reason}")]
    public static partial void HeldBack(ILogger logger, string publication, string reason);

    [LoggerMessage(5, LogLevel.Error, "Publication {Publication}: the driver of archive {Archive} failed with {Fault}.")]
    public static partial void DriverFault(ILogger logger, string publication, string archive, string fault);

    [LoggerMessage(6, LogLevel.Information, "Publication {Publication}: the rights on {Root} are not those of the configuration; they were changed on the grid, or the configuration was. They stay as they are.")]
    public static partial void RootRightsDiffer(ILogger logger, string publication, StoragePath root);

    [LoggerMessage(7, LogLevel.Error, "Publication {Publication}: the run failed.")]
    public static partial void RunFailed(ILogger logger, string publication, Exception fault);

    [LoggerMessage(8, LogLevel.Debug, "Publication {Publication}: {File} could not be staged for its size: {Kind}, {Reason}")]
    public static partial void NotMeasured(ILogger logger, string publication, FileId file, MdmErrorKind kind, string reason);

    [LoggerMessage(10, LogLevel.Warning, "Publication {Publication}: {Object} is left out, its de-identifier does not take it: {Kind}.")]
    public static partial void NotPlaced(ILogger logger, string publication, ArchiveObjectId @object, MdmErrorKind kind);

    [LoggerMessage(11, LogLevel.Error, "Publication {Publication}: staging {File} for its size failed.")]
    public static partial void MeasuringFailed(ILogger logger, string publication, FileId file, Exception fault);

    [LoggerMessage(9, LogLevel.Warning, "Publication {Publication}: how its run ended could not be kept: {Reason}")]
    public static partial void RunNotKept(ILogger logger, string publication, string reason);

    [LoggerMessage(12, LogLevel.Warning, "What other hosts put into quarantine could not be heard of ({Kind}): {Reason} It is tried again.")]
    public static partial void QuarantineNotHeard(ILogger logger, MdmErrorKind kind, string reason);
}
