using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm;

/// <summary>
/// The only table from what went wrong to an SRM status, and the only rule from the statuses of files to that of their request. Codes are
/// chosen by the error number that srm-ifce, hence gfal2, FTS and Rucio, makes of them.
/// </summary>
internal static class SrmStatus
{
    /// <summary>What is answered when a fault of our own stopped an operation. Not SRM_INTERNAL_ERROR: on that, clients repeat until they time out.</summary>
    public static ReturnStatus Unexpected { get; } = new(StatusCode.Failure, "The host failed to do this; its log says why.");

    /// <summary>Nothing to complain about.</summary>
    public static ReturnStatus Success { get; } = new(StatusCode.Success);

    private const string TooLate = "It was not ready within the total time of the request.";

    private static readonly ReturnStatus Pinned = new(StatusCode.FilePinned);

    private static readonly ReturnStatus SpaceIsThere = new(StatusCode.SpaceAvailable);

    /// <summary>The status of one file.</summary>
    public static ReturnStatus OfFile(MdmException error) => Of(FileFault.Of(error));

    /// <summary>The status of a request that is about nothing but one entry, or that failed as a whole.</summary>
    public static ReturnStatus OfRequest(MdmException error) => new(OfRequest(error.Kind), error.Message);

    /// <summary>The code for one file.</summary>
    public static StatusCode OfFile(MdmErrorKind kind) => kind switch
    {
        MdmErrorKind.NotFound => StatusCode.InvalidPath,                // ENOENT
        MdmErrorKind.InvalidName => StatusCode.InvalidPath,             // ENOENT: no entry can have that name
        MdmErrorKind.NotADirectory => StatusCode.InvalidPath,           // ENOENT
        MdmErrorKind.AlreadyExists => StatusCode.DuplicationError,      // EEXIST
        MdmErrorKind.AccessDenied => StatusCode.AuthorizationFailure,   // EACCES
        MdmErrorKind.DirectoryNotEmpty => StatusCode.NonEmptyDirectory, // ENOTEMPTY
        MdmErrorKind.Unsupported => StatusCode.NotSupported,            // EOPNOTSUPP
        // gfal2 tells its users EISDIR only when the code maps to EINVAL, as whatever srm-ifce does not know does.
        MdmErrorKind.IsADirectory => StatusCode.CustomStatus,           // EINVAL
        MdmErrorKind.Refused => StatusCode.Failure,                     // EIO
        MdmErrorKind.Corrupt => StatusCode.Failure,                     // EIO
        MdmErrorKind.Busy => StatusCode.FileBusy,                       // EBUSY
        MdmErrorKind.Unavailable => StatusCode.FileUnavailable,         // EBUSY
        MdmErrorKind.NoSpace => StatusCode.NoFreeSpace,                 // ENOSPC
        _ => StatusCode.Failure,
    };

    /// <summary>The code for a request as a whole. What is transient is SRM_INTERNAL_ERROR here: the one code on which clients try again.</summary>
    public static StatusCode OfRequest(MdmErrorKind kind) =>
        kind is MdmErrorKind.Busy or MdmErrorKind.Unavailable ? StatusCode.InternalError : OfFile(kind);

    /// <summary>The status of a file of a request.</summary>
    public static ReturnStatus Of(FileView file, RequestKind kind) => file.State switch
    {
        FileState.Queued => new ReturnStatus(StatusCode.RequestQueued),
        FileState.InProgress => new ReturnStatus(StatusCode.RequestInProgress),
        FileState.Ready => kind == RequestKind.Get ? Pinned : Success,
        FileState.Released => new ReturnStatus(StatusCode.Released, "The file was released."),
        FileState.Aborted => new ReturnStatus(StatusCode.Aborted, file.Fault?.Message ?? "The file was aborted."),
        FileState.Expired => new ReturnStatus(StatusCode.FileLifetimeExpired, "The pin has ended; ask for the file again."),
        FileState.TimedOut => new ReturnStatus(StatusCode.Failure, TooLate),
        _ => Of(file.Fault!),
    };

    /// <summary>The status of a file of a put.</summary>
    public static ReturnStatus Of(UploadRow file) => file.State switch
    {
        UploadState.Awaited or UploadState.Coming or UploadState.Arrived or UploadState.Entering => SpaceIsThere,
        UploadState.Done => Success,
        UploadState.Aborted => new ReturnStatus(StatusCode.Aborted, file.Fault?.Message ?? "The put was aborted."),
        UploadState.Expired => new ReturnStatus(StatusCode.FileLifetimeExpired, "The transfer URL has ended before the put was done; put the file again."),
        UploadState.TimedOut => new ReturnStatus(StatusCode.Failure, "The put was not done within the total time of the request."),
        _ => Of(file.Fault!),
    };

    /// <summary>The status of a file that cannot be had.</summary>
    public static ReturnStatus Of(FileFault fault) => new(fault.Cause switch
    {
        FaultCause.NoSpace => StatusCode.NoFreeSpace,                       // ENOSPC
        FaultCause.NoShare => StatusCode.NoUserSpace,                       // EBADR
        FaultCause.CredentialEnded => StatusCode.AuthenticationFailure,     // EACCES
        FaultCause.Unintelligible => StatusCode.InvalidRequest,             // EBADR
        _ => OfFile(fault.Kind),
    }, fault.Message);

    /// <summary>The fault that says what a ready refusal of a SURL says.</summary>
    public static FileFault FaultOf(ReturnStatus refusal) => refusal.StatusCode == StatusCode.InvalidRequest
        ? new FileFault(FaultCause.Unintelligible, MdmErrorKind.InvalidName, refusal.Explanation ?? string.Empty)
        : new FileFault(FaultCause.Error, MdmErrorKind.InvalidName, refusal.Explanation ?? string.Empty);

    /// <summary>The status of a request from those of its files. What ran out of time is said of the request: its files are failures.</summary>
    public static ReturnStatus Of(RequestView request)
    {
        var aggregate = Aggregate(request.Files.Select(file => Of(file, request.Kind)));
        return aggregate.StatusCode == StatusCode.Failure && request.Files.Any(file => file.State == FileState.TimedOut)
            ? new ReturnStatus(StatusCode.RequestTimedOut, TooLate)
            : aggregate;
    }

    /// <summary>True while there is more to come for the file.</summary>
    public static bool IsPending(StatusCode code) =>
        code is StatusCode.RequestQueued or StatusCode.RequestInProgress or StatusCode.RequestSuspended;

    /// <summary>True when the file got what was asked.</summary>
    public static bool IsGood(StatusCode code) => code is StatusCode.Success or StatusCode.FilePinned or StatusCode.SpaceAvailable
        or StatusCode.Released or StatusCode.FileInCache or StatusCode.Done or StatusCode.LowerSpaceGranted;

    /// <summary>
    /// The status of a request from those of its files: pending while one of them is, else success, partial success or failure.
    /// A request without files is the caller's to refuse.
    /// </summary>
    public static ReturnStatus Aggregate(IEnumerable<ReturnStatus> files)
    {
        int all = 0, good = 0, queued = 0, pending = 0, aborted = 0;
        ReturnStatus? firstBad = null;
        foreach (var file in files)
        {
            all++;
            if (IsPending(file.StatusCode))
            {
                pending++;
                queued += file.StatusCode == StatusCode.RequestQueued ? 1 : 0;
            }
            else if (IsGood(file.StatusCode))
            {
                good++;
            }
            else
            {
                firstBad ??= file;
                aborted += file.StatusCode == StatusCode.Aborted ? 1 : 0;
            }
        }
        if (pending > 0)
            return new ReturnStatus(queued == all ? StatusCode.RequestQueued : StatusCode.RequestInProgress);
        if (firstBad is null)
            return Success;
        var code = good > 0 ? StatusCode.PartialSuccess : aborted == all ? StatusCode.Aborted : StatusCode.Failure;
        return new ReturnStatus(code, Explain(firstBad, all - good, all));
    }

    // Users see the explanation of the request before, and often instead of, those of its files.
    private static string? Explain(ReturnStatus firstBad, int bad, int all) => all == 1
        ? firstBad.Explanation
        : firstBad.Explanation is { } why
            ? $"{bad} of {all} files failed; the first: {why}"
            : $"{bad} of {all} files failed.";
}
