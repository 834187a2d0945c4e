// open(2), statx(2), link(2), unlink(2), rename(2) and their kind, relative to directories that are open: a path is followed name by name, and no name is a link.
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Plugins.Disk.Tree;

/// <summary>The system calls, with errors as numbers; see <see cref="PosixError"/>.</summary>
internal static class Posix
{
    public const int CurrentDirectory = -100;

    private const int RemoveDirectory = 0x200;
    private const int EmptyPath = 0x1000;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const uint BasicStats = 0x7ff;
    private const int StatxSize = 256;

    // What the process's umask leaves of it.
    private const uint DirectoryMode = 0b111_111_101;

    // Two of the flags that differ between processors.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
    private static readonly int DirectoryOnly = IsArm ? 0x4000 : 0x10000;
    private static readonly int NoLinks = IsArm ? 0x8000 : 0x20000;

    /// <summary>A directory below another; a link is none. Null with the error.</summary>
    public static SafeFileHandle? OpenDirectory(SafeFileHandle? parent, string name, out int error) =>
        Open(parent, name, DirectoryOnly | CloseOnExec | (parent is null ? 0 : NoLinks), out error);

    /// <summary>A file below a directory, for reading; a link is none. Whatever it is, opening it does not wait.</summary>
    public static SafeFileHandle? OpenFile(SafeFileHandle parent, string name, out int error) => Open(parent, name, NoLinks | NonBlocking | CloseOnExec, out error);

    public static int MakeDirectory(SafeFileHandle parent, string name) => With(parent, at => MkdirAt(at, name, DirectoryMode));

    /// <summary>Gives a file that has a name elsewhere another one; never in the place of something.</summary>
    public static int Link(string existing, SafeFileHandle parent, string name) => With(parent, at => LinkAt(CurrentDirectory, existing, at, name, 0));

    public static int Unlink(SafeFileHandle parent, string name) => With(parent, at => UnlinkAt(at, name, 0));

    /// <summary>Removes a directory that is empty.</summary>
    public static int Rmdir(SafeFileHandle parent, string name) => With(parent, at => UnlinkAt(at, name, RemoveDirectory));

    public static int Synchronize(SafeFileHandle file) => With(file, Fsync);

    /// <summary>Asks the system to begin writing to disk what is in memory of a part of a file. A hint: whether it is there only <see cref="Synchronize"/> tells.</summary>
    public static void BeginWriting(SafeFileHandle file, long offset, long length)
    {
        const uint beginWriting = 2;
        With(file, at => SyncFileRange(at, offset, length, beginWriting));
    }

    /// <summary>Null with the error.</summary>
    public static FileFacts? Facts(SafeFileHandle file, out int error)
    {
        var buffer = new byte[StatxSize];
        error = With(file, at => Statx(at, "", EmptyPath, BasicStats, buffer));
        // struct statx of linux/stat.h, the same for all processors.
        return error != 0 ? null : new FileFacts(
            (BitConverter.ToUInt16(buffer, 28) & 0xF000) == 0x8000, BitConverter.ToInt64(buffer, 40), BitConverter.ToInt64(buffer, 112), BitConverter.ToUInt32(buffer, 120), BitConverter.ToUInt64(buffer, 32));
    }

    private static SafeFileHandle? Open(SafeFileHandle? parent, string name, int flags, out int error)
    {
        var descriptor = -1;
        error = With(parent, at => descriptor = OpenAt(at, name, flags, 0));
        return error == 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
    }

    /// <returns>0, or the error.</returns>
    private static int With(SafeFileHandle? handle, Func<int, int> call)
    {
        var isHeld = false;
        try
        {
            handle?.DangerousAddRef(ref isHeld);
            while (true)
            {
                if (call(handle is null ? CurrentDirectory : handle.DangerousGetHandle().ToInt32()) >= 0)
                    return 0;
                if (Marshal.GetLastPInvokeError() is not PosixError.Interrupted and var error)
                    return error;
            }
        }
        finally
        {
            if (isHeld)
                handle!.DangerousRelease();
        }
    }

    [DllImport("libc", EntryPoint = "openat", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenAt(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, int flags, uint mode);

    [DllImport("libc", EntryPoint = "mkdirat", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MkdirAt(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, uint mode);

    [DllImport("libc", EntryPoint = "linkat", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int LinkAt(int fromDirectory, [MarshalAs(UnmanagedType.LPUTF8Str)] string from, int toDirectory, [MarshalAs(UnmanagedType.LPUTF8Str)] string to, int flags);

    [DllImport("libc", EntryPoint = "unlinkat", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int UnlinkAt(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "sync_file_range", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SyncFileRange(int descriptor, long offset, long length, uint flags);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, int flags, uint mask, [Out] byte[] buffer);
}

/// <summary>What the file system knows of a file.</summary>
internal sealed record FileFacts(bool IsFile, long Length, long ModifiedSeconds, uint ModifiedNanoseconds, ulong Inode);
