using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Client.Files;

/// <summary>
/// The file with the plaintext that a user asked for, while it is being written: it has no name until it is complete, so that however the process ends, no half of it is
/// left (Linux, <c>O_TMPFILE</c>). Where a file system cannot do that, it has a name of its own beside the destination and goes when it is disposed.
/// It gets the rights of the file whose place it takes. A device or pipe is written into as it comes.
/// </summary>
internal sealed class PlainFile : IDisposable
{
    private const int BeginningOfRandomName = 12;

    private readonly Destination _destination;
    private readonly SafeFileHandle _file;
    private readonly FileStream? _stream;
    private string? _name;

    private PlainFile(Destination destination, SafeFileHandle file) => (_destination, _file) = (destination, file);

    private PlainFile(Destination destination, FileStream stream) => (_destination, _file, _stream, _name) = (destination, stream.SafeFileHandle, stream, destination.IsSpecial ? null : stream.Name);

    /// <summary>False where the file system can keep it without a name.</summary>
    public bool HasName => _name is not null;

    /// <summary>True for a device or pipe: what is written there cannot be taken back.</summary>
    public bool IsSpecial => _destination.IsSpecial;

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Begins a file that is to have that name.</summary>
    /// <exception cref="IOException">The directory takes no files, or the name is that of a directory, or a symbolic name of nothing.</exception>
    public static PlainFile Create(string destination)
    {
        var place = Destination.Of(destination);
        PlainFile? plain = null;
        try
        {
            if (place.IsSpecial)
                return new PlainFile(place, place.OpenSpecial());
            plain = Unnamed.TryOpen(Path.GetDirectoryName(place.Path)!) is { } file ? new PlainFile(place, file)
                : new PlainFile(place, new FileStream(NameBeside(place.Path), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0, UnixCreateMode = Destination.Widest }));
            place.Adopt(plain._file);
            return plain;
        }
        catch
        {
            plain?.Dispose();
            place.Dispose();
            throw;
        }
    }

    public void Append(ReadOnlySpan<byte> plain)
    {
        // Pipes know no places.
        if (IsSpecial)
            _stream!.Write(plain);
        else
            RandomAccess.Write(_file, plain, Length);
        Length += plain.Length;
    }

    /// <summary>Gives the file its name, in one step.</summary>
    /// <exception cref="IOException">There is one already and it may not be replaced.</exception>
    public void Complete(bool replace)
    {
        if (IsSpecial)
            return;
        if (_name is null && !replace)
        {
            Unnamed.Link(_file, _destination.Path);
            return;
        }
        if (_name is null)
        {
            // A link never takes another file's place; a rename does.
            var beside = NameBeside(_destination.Path);
            Unnamed.Link(_file, beside);
            _name = beside;
        }
        File.Move(_name, _destination.Path, replace);
        _name = null;
    }

    public void Dispose()
    {
        _file.Dispose();
        _stream?.Dispose();
        _destination.Dispose();
        if (_name is not null)
            File.Delete(_name);
    }

    // Short, whatever the destination's is: a name of the greatest length leaves no room for more.
    private static string NameBeside(string destination) =>
        Path.Combine(Path.GetDirectoryName(destination)!, ".mdm-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(BeginningOfRandomName)));

    /// <summary>Files without a name: open(2) with O_TMPFILE, linkat(2) through /proc.</summary>
    private static class Unnamed
    {
        private const int TemporaryBit = 0x400000;
        private const int CurrentDirectory = -100;
        private const int FollowLinks = 0x400;

        // What the process's umask leaves of it.
        private const int Mode = (int)Destination.Widest;

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
            return Posix.Open(directory, Posix.ReadWrite | TemporaryBit | bit, Mode, out _);
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

        [DllImport("libc", EntryPoint = "linkat", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int LinkAt(int fromDirectory, [MarshalAs(UnmanagedType.LPUTF8Str)] string from, int toDirectory, [MarshalAs(UnmanagedType.LPUTF8Str)] string to, int flags);
    }
}
