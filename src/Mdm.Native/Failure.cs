using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.Native;

/// <summary>From what was thrown to what a C program is told.</summary>
internal static class Failure
{
    public static (Kind Kind, string Message) Of(Exception exception) => exception switch
    {
        CallException call => (call.Kind, call.Message),
        OperationCanceledException => (Kind.Cancelled, "The call was called off."),
        SrmException srm => (Of(srm), srm.Message),
        MdmException mdm => (Of(mdm.Kind), mdm.Message),
        IOException or UnauthorizedAccessException => (Kind.Unavailable, exception.Message),
        _ => (Kind.Internal, $"A fault of the library: {exception.GetType().Name}: {exception.Message}"),
    };

    private static Kind Of(SrmException e) => e.Status switch
    {
        StatusCode.InvalidPath => Kind.NotFound,
        StatusCode.AuthenticationFailure or StatusCode.AuthorizationFailure => Kind.AccessDenied,
        StatusCode.DuplicationError => Kind.AlreadyExists,
        StatusCode.NonEmptyDirectory => Kind.DirectoryNotEmpty,
        StatusCode.FileBusy => Kind.Busy,
        StatusCode.FileUnavailable or StatusCode.InternalError or StatusCode.RequestTimedOut => Kind.Unavailable,
        StatusCode.NoFreeSpace or StatusCode.NoUserSpace or StatusCode.ExceedAllocation => Kind.NoSpace,
        StatusCode.NotSupported => Kind.Unsupported,
        not null => Kind.Refused,
        null => Said(e) switch
        {
            // Keystores do not tell whether a key is not there or not for this user; nearly always it is the latter.
            MdmErrorKind.NotFound => Kind.AccessDenied,
            { } kind => Of(kind),
            null => e.InnerException is HttpRequestException or IOException or OperationCanceledException ? Kind.Unavailable : Kind.Refused,
        },
    };

    // HTTP wraps what was said of a connection: a host that nobody vouches for is not one that may answer later.
    private static MdmErrorKind? Said(SrmException e)
    {
        for (var cause = e.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (cause is MdmException said)
                return said.Kind;
        }
        return null;
    }

    private static Kind Of(MdmErrorKind kind) => kind switch
    {
        MdmErrorKind.NotFound => Kind.NotFound,
        MdmErrorKind.AlreadyExists => Kind.AlreadyExists,
        MdmErrorKind.AccessDenied => Kind.AccessDenied,
        MdmErrorKind.InvalidName => Kind.InvalidName,
        MdmErrorKind.NotADirectory => Kind.NotADirectory,
        MdmErrorKind.IsADirectory => Kind.IsADirectory,
        MdmErrorKind.DirectoryNotEmpty => Kind.DirectoryNotEmpty,
        MdmErrorKind.Unsupported => Kind.Unsupported,
        MdmErrorKind.Refused => Kind.Refused,
        MdmErrorKind.Corrupt => Kind.Corrupt,
        MdmErrorKind.Busy => Kind.Busy,
        MdmErrorKind.Unavailable => Kind.Unavailable,
        MdmErrorKind.NoSpace => Kind.NoSpace,
        _ => Kind.Internal,
    };
}
