using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Client.Files;

/// <summary>open(2) with flags that .NET does not give. Those named here are alike on all processors that .NET runs on under Linux.</summary>
internal static class Posix
{
    public const int ReadWrite = 2;
    public const int NonBlocking = 0x800;

    /// <summary>O_PATH: a place in the file system, which is neither read nor written.</summary>
    public const int PathOnly = 0x200000;

    private const int CloseOnExec = 0x80000;

    /// <summary>Errors: ENOENT, EACCES.</summary>
    public const int NoEntry = 2, NotAllowed = 13;

    /// <summary>Opens a file that no program which is started inherits.</summary>
    /// <param name="path">Which.</param>
    /// <param name="flags">How, beside O_CLOEXEC.</param>
    /// <param name="mode">What a new file gets, less the umask.</param>
    /// <param name="error">Why not; 0 where it is open.</param>
    /// <returns>Null where it cannot be opened.</returns>
    public static SafeFileHandle? Open(string path, int flags, int mode, out int error)
    {
        var descriptor = Open(path, flags | CloseOnExec, mode);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);
}
