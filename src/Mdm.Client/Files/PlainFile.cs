using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Client.Files;

/// <summary>
/// The file with the plaintext that a user asked for, while it is being written: it has no name until it is complete, so that however the process ends, no half of it is
/// left (Linux, <c>O_TMPFILE</c>). Where a file system cannot do that, it has a name of its own beside the destination and goes when it is disposed.
/// </summary>
internal sealed class PlainFile : IDisposable
{
    private const int BeginningOfRandomName = 12;

    private readonly string _destination;
    private readonly SafeFileHandle _file;
    private string? _name;

    private PlainFile(string destination, SafeFileHandle file, string? name) => (_destination, _file, _name) = (destination, file, name);

    /// <summary>False where the file system can keep it without a name.</summary>
    public bool HasName => _name is not null;

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Begins a file that is to have that name.</summary>
    /// <exception cref="IOException">The directory takes no files.</exception>
    public static PlainFile Create(string destination)
    {
        var full = Path.GetFullPath(destination);
        var directory = Path.GetDirectoryName(full)!;
        if (Unnamed.TryOpen(directory) is { } file)
            return new PlainFile(full, file, null);
        var name = NameBeside(full);
        return new PlainFile(full, File.OpenHandle(name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None), name);
    }

    public void Append(ReadOnlySpan<byte> plain)
    {
        RandomAccess.Write(_file, plain, Length);
        Length += plain.Length;
    }

    /// <summary>Gives the file its name, in one step.</summary>
    /// <exception cref="IOException">There is one already and it may not be replaced.</exception>
    public void Complete(bool replace)
    {
        if (_name is null && !replace)
        {
            Unnamed.Link(_file, _destination);
            return;
        }
        if (_name is null)
        {
            // A link never takes another file's place; a rename does.
            var beside = NameBeside(_destination);
            Unnamed.Link(_file, beside);
            _name = beside;
        }
        File.Move(_name, _destination, replace);
        _name = null;
    }

    public void Dispose()
    {
        _file.Dispose();
        if (_name is not null)
            File.Delete(_name);
    }

    // Short, whatever the destination's is: a name of the greatest length leaves no room for more.
    private static string NameBeside(string destination) =>
        Path.Combine(Path.GetDirectoryName(destination)!, ".mdm-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(BeginningOfRandomName)));

    /// <summary>Files without a name: open(2) with O_TMPFILE, linkat(2) through /proc.</summary>
    private static class Unnamed
    {
        private const int ReadWrite = 2;
        private const int CloseOnExec = 0x80000;
        private const int TemporaryBit = 0x400000;
        private const int CurrentDirectory = -100;
        private const int FollowLinks = 0x400;

        // What the process's umask leaves of it: as any file that it makes.
        private const int Mode = 0b110_110_110;

        public static SafeFileHandle? TryOpen(string directory)
        {
            // O_DIRECTORY, which O_TMPFILE includes, is one of the flags that differ between processors.
            int? directoryBit = RuntimeInformation.ProcessArchitecture switch
            {
                Architecture.X64 => 0x10000,
                Architecture.Arm64 => 0x4000,
                _ => null,
            };
            if (directoryBit is not { } bit)
                return null;
            var descriptor = Open(directory, ReadWrite | CloseOnExec | TemporaryBit | bit, Mode);
            return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        }

        public static void Link(SafeFileHandle file, string name)
        {
            var isHeld = false;
            file.DangerousAddRef(ref isHeld);
            try
            {
                var descriptor = file.DangerousGetHandle().ToInt64().ToString(CultureInfo.InvariantCulture);
                if (LinkAt(CurrentDirectory, "/proc/self/fd/" + descriptor, CurrentDirectory, name, FollowLinks) != 0)
                    throw new IOException($"{name} cannot be made: {Marshal.GetLastPInvokeErrorMessage()}.");
            }
            finally
            {
                if (isHeld)
                    file.DangerousRelease();
            }
        }

        [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);

        [DllImport("libc", EntryPoint = "linkat", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int LinkAt(int fromDirectory, [MarshalAs(UnmanagedType.LPUTF8Str)] string from, int toDirectory, [MarshalAs(UnmanagedType.LPUTF8Str)] string to, int flags);
    }
}
