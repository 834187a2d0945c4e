using System.Security.Cryptography;
using Mdm.Formats.Sealed;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Host.Staging;

/// <summary>
/// The pool's folder: <c>00/</c> to <c>ff/</c> hold complete files under names that say all about them, and beside them what is being written. It belongs to one
/// host process, which holds <c>owner.lock</c>; everything else inside those folders is removed at start.
/// </summary>
internal sealed class PoolDirectory : IDisposable
{
    private const string Marker = "mdm-pool";
    private const string Partial = "partial-";
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>ENOSPC and EDQUOT of Linux, which .NET hands through.</summary>
    private static readonly int[] NoRoomErrors = [28, 122];

    private readonly string _root;
    private readonly FileStream _owner;

    /// <exception cref="MdmException">Refused: the folder holds something else; Busy: another host uses it.</exception>
    public PoolDirectory(string root)
    {
        _root = Path.GetFullPath(root);
        MakeFolder(_root);
        if (!File.Exists(Path.Combine(_root, Marker)) && Directory.EnumerateFileSystemEntries(_root).Any())
            throw new MdmException(MdmErrorKind.Refused, $"Staging:Directory {_root} is neither empty nor a pool; name a folder of its own, for what is unknown in it is removed.");
        try
        {
            _owner = new FileStream(Path.Combine(_root, "owner.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
        {
            throw new MdmException(MdmErrorKind.Busy, $"Staging:Directory {_root} is in use by another host; each host needs a pool of its own.", taken);
        }
        File.WriteAllText(Path.Combine(_root, Marker), "A pool of the Medical Data Manager. Unknown files in its folders are removed at start.\n");
        FolderSpread.Ask(_root);
        for (var i = 0; i < 256; i++)
            MakeFolder(Path.Combine(_root, FolderOf((byte)i)));
    }

    /// <summary>True for the errors that mean: the disk, or the quota of the user the host runs as, is full.</summary>
    public static bool IsDiskFull(IOException error) => NoRoomErrors.Contains(error.HResult);

    /// <summary>
    /// True when the machine started anew since this was last called: what was written shortly before may have been lost with the page cache, though its name is there.
    /// Nothing is flushed file by file for that (a pool can be fetched again); such files are read once more before they are served.
    /// </summary>
    public bool MachineRestarted()
    {
        const string bootId = "/proc/sys/kernel/random/boot_id";
        var path = Path.Combine(_root, "boot");
        var now = File.Exists(bootId) ? File.ReadAllText(bootId) : "unknown";
        var before = File.Exists(path) ? File.ReadAllText(path) : null;
        if (before == now && now != "unknown")
            return false;
        File.WriteAllText(path, now);
        return before is not null;
    }

    /// <summary>Removes what is partial or unknown, and tells what is complete, oldest use first.</summary>
    public IReadOnlyList<PoolName> Scan(out int removed)
    {
        removed = 0;
        var complete = new List<(DateTime Used, PoolName Name)>();
        var seen = new HashSet<FileId>();
        for (var i = 0; i < 256; i++)
        {
            var folder = FolderOf((byte)i);
            foreach (var item in new DirectoryInfo(Path.Combine(_root, folder)).EnumerateFileSystemInfos().ToList())
            {
                if (item is FileInfo file && PoolName.TryParse(file.Name, out var name) && FolderOf(name.Id) == folder
                    && file.Length == name.StoredLength && seen.Add(name.Id))
                {
                    complete.Add((file.LastWriteTimeUtc, name));
                    continue;
                }
                Remove(item.FullName);
                removed++;
            }
        }
        complete.Sort((a, b) => a.Used.CompareTo(b.Used));
        return complete.ConvertAll(c => c.Name);
    }

    /// <summary>A new file that nobody else sees, in the folder where it will stay: one folder for all, and renames between folders, make every file wait for every other one.</summary>
    public PartialFile Begin(FileId id) => new(Path.Combine(_root, FolderOf(id), Partial + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))));

    /// <summary>Renames a complete file into place: from here on it is served.</summary>
    public void Publish(PartialFile partial, PoolName name)
    {
        partial.Dispose();
        File.Move(partial.Path, PathOf(name), overwrite: true);
    }

    public SafeFileHandle Open(PoolName name) => File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);

    /// <summary>Reads a complete file and tells whether it is what its name says.</summary>
    /// <param name="name">Which.</param>
    /// <param name="key">Its content key.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public bool Matches(PoolName name, ContentKey key, CancellationToken cancellationToken)
    {
        var checksums = new Checksums();
        var piece = new byte[SealedFormat.SegmentLength];
        try
        {
            using var bytes = StoredForm.Open(name.Delivery, Open(name), key);
            for (int count; (count = bytes.Read(checksums.Length, piece)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                checksums.Append(piece.AsSpan(0, count));
            }
        }
        catch (MdmException corrupt) when (corrupt.Kind == MdmErrorKind.Corrupt)
        {
            return false;
        }
        return checksums.Facts == name.Facts;
    }

    /// <summary>Removes a complete file; whoever has it open keeps it.</summary>
    public void Delete(PoolName name) => File.Delete(PathOf(name));

    public void Dispose() => _owner.Dispose();

    private static string FolderOf(byte first) => first.ToString("x2", System.Globalization.CultureInfo.InvariantCulture);

    private static string FolderOf(FileId id) => id.ToString()[..2];

    private string PathOf(PoolName name) => Path.Combine(_root, FolderOf(name.Id), name.ToString());

    private static void MakeFolder(string path) => Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }
}

/// <summary>A file being written, made when it is written to first: a file system may take its time to find room for it, which the archive need not wait for.</summary>
internal sealed class PartialFile(string path) : IDisposable
{
    private static readonly FileStreamOptions Options = new()
    {
        Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Read | FileShare.Delete, BufferSize = 0, UnixCreateMode = PoolDirectory.OwnerOnly,
    };

    private FileStream? _file;

    public string Path => path;

    /// <exception cref="IOException">No room on the disk: <see cref="PoolDirectory.IsDiskFull"/>.</exception>
    public SafeFileHandle Handle => (_file ??= new FileStream(path, Options)).SafeFileHandle;

    /// <summary>Closes it; the name stays.</summary>
    public void Dispose() => _file?.Dispose();

    /// <summary>Closes and removes it.</summary>
    public void Discard()
    {
        _file?.Dispose();
        File.Delete(path);
    }
}
