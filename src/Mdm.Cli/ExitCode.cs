using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client;
using Mdm.Formats.Amga;
using Mdm.Srm.Messages;

namespace Mdm.Cli;

/// <summary>What scripts can tell apart. Said in <c>mdm --help</c>.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The host refused for another reason than those below, or some of several files could not be had.</summary>
    public const int Failed = 1;

    public const int Usage = 2;

    /// <summary>There is no such file, directory or publication.</summary>
    public const int NotFound = 3;

    /// <summary>The host does not know the caller, or does not let it.</summary>
    public const int Denied = 4;

    /// <summary>No usable credential or trust, or nobody answers.</summary>
    public const int Unreachable = 5;

    /// <summary>Ctrl-C: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>For the help and the man pages.</summary>
    public static readonly IReadOnlyList<ExitStatus> All =
    [
        new(Success, "done"),
        new(Failed, "refused or incomplete"),
        new(Usage, "wrong usage"),
        new(NotFound, "no such file"),
        new(Denied, "not allowed"),
        new(Unreachable, "no credential or no answer"),
        new(Interrupted, "interrupted"),
    ];

    public static int Of(SrmException e) => e.Status switch
    {
        StatusCode.InvalidPath => NotFound,
        StatusCode.AuthenticationFailure or StatusCode.AuthorizationFailure => Denied,
        // Keystores do not tell whether a key is not there or not for this user; nearly always it is the latter.
        null when e.InnerException is MdmException { Kind: MdmErrorKind.NotFound or MdmErrorKind.AccessDenied } => Denied,
        null when e.InnerException is MdmException { Kind: MdmErrorKind.Corrupt or MdmErrorKind.Refused or MdmErrorKind.IsADirectory } => Failed,
        null when e.InnerException is MdmException or HttpRequestException => Unreachable,
        _ => Failed,
    };

    public static int Of(AmgaAnswerException e) => e.Code switch
    {
        // No such entry; no such attribute; no such user.
        1 or 10 or 100 => NotFound,
        3 => Usage,
        4 => Denied,
        _ => Failed,
    };

    public static int Of(MdmException e) => e.Kind switch
    {
        MdmErrorKind.InvalidName => Usage,
        MdmErrorKind.AlreadyExists or MdmErrorKind.Corrupt or MdmErrorKind.Refused => Failed,
        MdmErrorKind.AccessDenied => Denied,
        // What is not found is a credential or a trust directory.
        _ => Unreachable,
    };
}
