using System.Globalization;
using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.Plugins.Disk.Tree;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Disk;

/// <summary>
/// A directory tree as a storage backend: an object is a file, its id the path below the top, its labels the names on the way. What is stored is on disk, with its name, before that is told.
/// </summary>
internal sealed class DiskBackend : IBrowsableBackend, IWritableBackend, IErasableBackend, IProbeable
{
    private const string Dicom = "application/dicom";
    private const string Bytes = "application/octet-stream";

    /// <summary>PS3.10 §7.1: a preamble of 128 bytes, then these four.</summary>
    private const int PreambleLength = 128;

    /// <summary>256 KiB: few enough calls.</summary>
    private const int PieceLength = 256 * 1024;

    /// <summary>How often the file system is asked for its room, and to begin writing, while an object comes.</summary>
    private const long CheckEvery = 16L << 20;

    private readonly DiskOptions _options;
    private readonly string _top;
    private readonly ObjectTree _tree;
    private readonly Incoming? _incoming;
    private readonly ILogger _log;

    /// <exception cref="MdmException">The directory is not there, or cannot be written.</exception>
    public DiskBackend(DiskOptions options, PluginContext context)
    {
        _options = options;
        _log = context.LoggerFactory.CreateLogger("Mdm.Plugins.Disk." + context.InstanceName);
        _top = context.PathOf(options.Directory);
        _tree = new ObjectTree(_top);
        if (options.ReadOnly)
            return;
        try
        {
            _incoming = Incoming.Open(_top, out var removed);
            if (removed > 0)
                Log.Swept(_log, removed);
        }
        catch
        {
            _tree.Dispose();
            throw;
        }
    }

    public async ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        var path = ObjectPath.Parse(id);
        cancellationToken.ThrowIfCancellationRequested();
        using var file = _tree.TryOpen(path);
        return file is null ? null : await InfoOfAsync(path, file, cancellationToken);
    }

    public async ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        var path = ObjectPath.Parse(id);
        cancellationToken.ThrowIfCancellationRequested();
        var file = _tree.TryOpen(path) ?? throw new MdmException(MdmErrorKind.NotFound, "The archive has no such object.");
        try
        {
            return ArchiveContent.Opened(await InfoOfAsync(path, file, cancellationToken), new ObjectStream(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public async IAsyncEnumerable<ArchiveEntry> BrowseAsync(ArchiveSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var passedOver = 0;
        using var listing = new TreeListing(_top);
        while (listing.Next() is { } text)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (ObjectPath.TryParse(text) is not { } path)
            {
                passedOver++;
                continue;
            }
            using var file = _tree.TryOpen(path);
            // Deleted since its name was read.
            if (file is not null)
                yield return new ArchiveEntry(await InfoOfAsync(path, file, cancellationToken), [.. path.Names], []);
        }
        if (passedOver > 0)
            Log.PassedOver(_log, passedOver);
    }

    public async ValueTask<ArchiveObjectInfo> StoreAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(draft);
        if (_incoming is null)
            throw new MdmException(MdmErrorKind.Refused, "Nothing is stored into this archive: its administrator has set it read-only (ReadOnly).");
        var path = ObjectPath.Parse(draft.ProposedId);
        if (_tree.TryOpen(path) is { } there)
        {
            there.Dispose();
            throw Taken();
        }
        DemandRoom(draft.Length ?? 0);
        if (draft.Length > _options.MaxObjectLength)
            throw TooLong();
        try
        {
            using var file = _incoming.Begin();
            await WriteAsync(content, file, cancellationToken);
            if (!_tree.TryPlace(file, path))
                throw Taken();
        }
        // What the source throws is not the archive's.
        catch (IOException error) when (error.HResult is PosixError.NoSpace or PosixError.Quota or PosixError.TooLarge)
        {
            throw PosixError.Of(error, "The object cannot be written");
        }
        return await FindAsync(path.Id, CancellationToken.None) ?? throw new MdmException(MdmErrorKind.Unavailable, "The object was deleted as soon as it was stored.");
    }

    public ValueTask DeleteAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        var path = ObjectPath.Parse(id);
        cancellationToken.ThrowIfCancellationRequested();
        if (_incoming is null)
            throw new MdmException(MdmErrorKind.Refused, "Nothing is deleted from this archive: its administrator has set it read-only (ReadOnly).");
        _tree.Remove(path);
        return default;
    }

    public ValueTask<string> ProbeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!System.IO.Directory.Exists(_top))
            throw new MdmException(MdmErrorKind.Unavailable, $"{_top} is not there.");
        try
        {
            if (_incoming is not null)
                _incoming.Begin().Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw error is IOException io ? PosixError.Of(io, $"{_top} cannot be written") : PosixError.Of(PosixError.Denied, $"{_top} cannot be written");
        }
        var drive = new DriveInfo(_top);
        return new(string.Create(CultureInfo.InvariantCulture, $"{_top}: {drive.AvailableFreeSpace >> 20} MiB free of {drive.TotalSize >> 20}, {(_incoming is null ? "read-only" : "writable")}."));
    }

    public ValueTask DisposeAsync()
    {
        _tree.Dispose();
        return default;
    }

    private static MdmException Taken() => new(MdmErrorKind.AlreadyExists, "There is an object of that id already.");

    private static async ValueTask<ArchiveObjectInfo> InfoOfAsync(ObjectPath path, OpenFile file, CancellationToken cancellationToken)
    {
        var beginning = new byte[PreambleLength + 4];
        var count = await RandomAccess.ReadAsync(file.Handle, beginning, 0, cancellationToken);
        var isDicom = count == beginning.Length && beginning.AsSpan(PreambleLength).SequenceEqual("DICM"u8);
        var facts = file.Facts;
        var version = string.Create(CultureInfo.InvariantCulture, $"{facts.ModifiedSeconds}.{facts.ModifiedNanoseconds:d9}-{facts.Length}-{facts.Inode}");
        return new ArchiveObjectInfo(path.Id, isDicom ? Dicom : Bytes, facts.Length, version);
    }

    private async Task WriteAsync(Stream content, IncomingFile file, CancellationToken cancellationToken)
    {
        var buffer = new byte[PieceLength];
        long length = 0, looked = 0;
        for (int count; (count = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)) > 0; length += count)
        {
            if (length + count > _options.MaxObjectLength)
                throw TooLong();
            await RandomAccess.WriteAsync(file.Handle, buffer.AsMemory(0, count), length, cancellationToken);
            if (length + count - looked < CheckEvery)
                continue;
            DemandRoom(0);
            Posix.BeginWriting(file.Handle, looked, length + count - looked);
            looked = length + count;
        }
        cancellationToken.ThrowIfCancellationRequested();
        if (Posix.Synchronize(file.Handle) is not 0 and var error)
            throw PosixError.Of(error, "The object cannot be written");
    }

    private MdmException TooLong() => new(MdmErrorKind.Refused, $"The object is longer than {_options.MaxObjectLength} bytes (MaxObjectLength of the archive).");

    private void DemandRoom(long length)
    {
        if (new DriveInfo(_top).AvailableFreeSpace - length < _options.KeepFree)
            throw new MdmException(MdmErrorKind.NoSpace, $"The archive's file system would have less than {_options.KeepFree} bytes free (KeepFree). Delete something, or ask its administrator for more.");
    }
}
