namespace Mdm.Host.Metadata;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "The metadata does not take the path of {File}: {Kind}, {Reason}")]
    public static partial void PathRefused(ILogger logger, FileId file, MdmErrorKind kind, string reason);

    [LoggerMessage(2, LogLevel.Warning, "Publication {Publication}: the metadata's collection {Collection} is not the one that {Count} rows were put into; it was lost and made anew. All rows are put again; what only the objects themselves say follows when they are staged next.")]
    public static partial void CollectionMadeAnew(ILogger logger, string publication, StoragePath collection, int count);

    [LoggerMessage(3, LogLevel.Warning, "Publication {Publication}: {Count} staged files could not complete their rows in the metadata: {Kind}, {Reason} They do when they are staged next.")]
    public static partial void NotCompleted(ILogger logger, string publication, int count, MdmErrorKind kind, string reason);

    [LoggerMessage(4, LogLevel.Error, "Completing rows of staged files failed with {Fault}: {Where}")]
    public static partial void CompletingFailed(ILogger logger, string? fault, string? where);

    [LoggerMessage(5, LogLevel.Warning, "Attributes of {File} could not be read from its beginning: {Fault}.")]
    public static partial void NotDescribed(ILogger logger, FileId file, string? fault);
}
