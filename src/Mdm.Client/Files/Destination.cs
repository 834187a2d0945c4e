using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Client.Files;

/// <summary>
/// Where a file is to be written, by what is there: nothing; a regular file, whose place is taken in one step, where symbolic names lead; or a device or pipe, which is written into, since
/// nothing may take its place. Decided once, on what was opened: what comes under the name afterwards changes nothing.
/// </summary>
internal sealed class Destination : IDisposable
{
    /// <summary>The widest that a new file is: what is written may be about patients.</summary>
    public const UnixFileMode Widest = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private const UnixFileMode OfGroup = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
    private const UnixFileMode Permissions = (UnixFileMode)0b111_111_111;

    private readonly SafeFileHandle? _there;
    private readonly Native.Facts? _facts;

    private Destination(string path, SafeFileHandle? there, Native.Facts? facts) => (Path, _there, _facts) = (path, there, facts);

    /// <summary>The absolute path that the file is to have.</summary>
    public string Path { get; }

    /// <summary>True for a device, a pipe or the like.</summary>
    public bool IsSpecial => _facts is { Type: not Native.Regular };

    /// <summary>As <see cref="Of"/>, for what is fetched piece by piece and continued where it broke off: nothing but a file takes that.</summary>
    /// <exception cref="IOException">The same, or it is a device or pipe.</exception>
    public static Destination OfFile(string path)
    {
        var place = Of(path);
        if (!place.IsSpecial)
            return place;
        place.Dispose();
        throw new IOException("It is no regular file; mdm cat writes to any.");
    }

    /// <summary>Looks at a place.</summary>
    /// <exception cref="IOException">It is a directory, or a symbolic name of nothing, or it cannot be looked at.</exception>
    public static Destination Of(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        // The kernel follows symbolic names, and does not where somebody else left one in a directory like /tmp.
        var there = Posix.Open(full, Posix.PathOnly, 0, out var error);
        if (there is null)
        {
            if (error != Posix.NoEntry)
                throw new IOException($"{path} cannot be written: {Marshal.GetPInvokeErrorMessage(error)}.");
            return new FileInfo(full).LinkTarget is { } target
                ? throw new IOException($"{path} is a symbolic name of {target}, which is not there. Name the file itself, or remove the symbolic name.")
                : new Destination(full, null, null);
        }
        try
        {
            var facts = Native.FactsOf(there, path);
            if (facts.Type == Native.Directory)
                throw new IOException($"{path} is a directory.");
            if (facts.Type == Native.Regular)
                full = new FileInfo(NameOf(there)).LinkTarget is { } real && File.Exists(real) ? real : throw new IOException($"{path} has no name in the file system, so no file can take its place.");
            return new Destination(full, there, facts);
        }
        catch
        {
            there.Dispose();
            throw;
        }
    }

    /// <summary>Opens what is no regular file for writing: the very thing that was looked at.</summary>
    /// <exception cref="IOException">It is a socket, or refuses.</exception>
    public FileStream OpenSpecial()
    {
        try
        {
            return new FileStream(NameOf(_there!), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{Path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Gives a file that is to take the place the rights of the one that is there, or narrows them to those of a new one.</summary>
    public void Adopt(SafeFileHandle file)
    {
        var mode = File.GetUnixFileMode(file);
        var wanted = mode & Widest;
        if (_facts is { } old)
        {
            // Narrow before it is anybody else's.
            File.SetUnixFileMode(file, wanted & old.Mode);
            (mode, wanted) = (wanted & old.Mode, old.Mode & Permissions);
            // Another group is not let in where this user cannot give the file to the one that was.
            if (!Native.GiveTo(file, old))
                wanted &= ~OfGroup;
        }
        if (wanted != mode)
            File.SetUnixFileMode(file, wanted);
    }

    public void Dispose() => _there?.Dispose();

    private static string NameOf(SafeFileHandle file) => "/proc/self/fd/" + file.DangerousGetHandle().ToInt64().ToString(CultureInfo.InvariantCulture);

    /// <summary>statx(2), whose structure is the same on all processors, and fchown(2).</summary>
    private static class Native
    {
        public const int Regular = 0x8000;
        public const int Directory = 0x4000;

        private const int TypeBits = 0xf000;
        private const int OfDescriptor = 0x1000;
        private const uint BasicFacts = 0x7ff;
        private const int FactsLength = 256;
        private const uint Unchanged = uint.MaxValue;

        /// <param name="Owner">A number.</param>
        /// <param name="Group">A number.</param>
        /// <param name="Type">What it is.</param>
        /// <param name="Mode">Its permissions.</param>
        public sealed record Facts(uint Owner, uint Group, int Type, UnixFileMode Mode);

        public static Facts FactsOf(SafeFileHandle file, string path)
        {
            var facts = new byte[FactsLength];
            if (StatX(file, string.Empty, OfDescriptor, BasicFacts, facts) != 0)
                throw new IOException($"{path} cannot be looked at: {Marshal.GetLastPInvokeErrorMessage()}.");
            // struct statx: stx_uid, stx_gid and stx_mode.
            int mode = BitConverter.ToUInt16(facts, 28);
            return new Facts(BitConverter.ToUInt32(facts, 20), BitConverter.ToUInt32(facts, 24), mode & TypeBits, (UnixFileMode)(mode & ~TypeBits));
        }

        /// <summary>False where the group is another than it was. Who is not root gives nothing to another owner.</summary>
        public static bool GiveTo(SafeFileHandle file, Facts old) => ChangeOwner(file, old.Owner, old.Group) == 0 || ChangeOwner(file, Unchanged, old.Group) == 0;

        [DllImport("libc", EntryPoint = "statx", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int StatX(SafeFileHandle directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] facts);

        [DllImport("libc", EntryPoint = "fchown", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int ChangeOwner(SafeFileHandle file, uint owner, uint group);
    }
}
