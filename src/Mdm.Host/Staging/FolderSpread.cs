using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Host.Staging;

/// <summary>
/// Asks ext4 to lay the folders of a folder out over the disk (FS_TOPDIR_FL, <c>chattr +T</c>). ext4 does not give out an inode again for up to five minutes after its file was removed, and
/// passes over such inodes one by one for each new file near them; a full pool that removes a file for each one that it takes in would soon do little else.
/// </summary>
internal static partial class FolderSpread
{
    // linux/fs.h; the same for x86-64 and arm64.
    private const nuint GetFlags = 0x80086601;
    private const nuint SetFlags = 0x40086602;
    private const int TopDirectory = 0x00020000;

    /// <summary>For a folder whose folders are made afterwards. File systems that have no such wish are left alone.</summary>
    public static void Ask(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var handle = new SafeFileHandle(open(folder, 0), ownsHandle: true);
        var flags = 0;
        if (!handle.IsInvalid && ioctl(handle, GetFlags, ref flags) == 0 && (flags & TopDirectory) == 0)
        {
            flags |= TopDirectory;
            _ = ioctl(handle, SetFlags, ref flags);
        }
    }

#pragma warning disable SYSLIB1054, IDE1006 // Names of libc.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ioctl(SafeFileHandle file, nuint request, ref int flags);
#pragma warning restore SYSLIB1054, IDE1006
}
