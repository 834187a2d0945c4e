using Mdm.Abstractions;

namespace Mdm.Plugins.Disk.Tree;

/// <summary>Error numbers of Linux, and what they mean to whoever stores.</summary>
internal static class PosixError
{
    public const int None = 2;
    public const int Interrupted = 4;
    public const int Denied = 13;
    public const int Exists = 17;
    public const int NotADirectory = 20;
    public const int NoDevice = 6;
    public const int TooLarge = 27;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int NameTooLong = 36;
    public const int NotEmpty = 39;
    public const int Loop = 40;
    public const int Quota = 122;

    /// <summary>True where what was opened is not there: a link and what lies behind one count as nothing.</summary>
    public static bool IsAbsence(int error) => error is None or NotADirectory or Loop or NoDevice;

    /// <summary>The error for the host. Names in it would be ids.</summary>
    public static MdmException Of(int error, string what) => error switch
    {
        NoSpace or Quota or TooLarge => new MdmException(MdmErrorKind.NoSpace, $"{what}: the archive's file system is full (error {error}). Delete something, or ask its administrator for more."),
        Denied or ReadOnlyFileSystem => new MdmException(MdmErrorKind.Refused, $"{what}: the archive's file system does not let the host (error {error}); its administrator must give the host's user the right."),
        NameTooLong => new MdmException(MdmErrorKind.InvalidName, $"{what}: the name is too long for the archive's file system."),
        _ => new MdmException(MdmErrorKind.Unavailable, $"{what}: the archive's file system reports error {error}."),
    };

    /// <summary>The same for what .NET reports: it hands Linux's numbers through.</summary>
    public static MdmException Of(IOException error, string what) => Of(error.HResult, what);
}
