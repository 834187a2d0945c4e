using System.Buffers;

namespace Mdm.Host.Audit;

/// <summary>
/// The trail on disk: one file a day (UTC), appended to only. A line is handed to the system before <see cref="Append"/> returns, or is not there at all. Not safe for several threads.
/// </summary>
internal sealed class TrailFile : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory;
    private readonly AuditSecret _secret;
    private readonly TrailHead _head;
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private FileStream? _file;
    private string? _path;
    private long _end;
    private byte[] _hash;

    /// <exception cref="IOException">The folder cannot be used.</exception>
    public TrailFile(string directory, AuditSecret secret)
    {
        (_directory, _secret) = (directory, secret);
        Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        _head = new TrailHead(directory, secret.Head);
        var noted = _head.Read();
        var found = FindEnd();
        // A crash between line and note leaves the note behind; the other way round something is missing.
        var end = noted is not null && (found is null || found.Number < noted.Number) ? noted : found ?? new TrailEnd(0, TrailChain.Beginning);
        (Number, _hash) = (end.Number, end.Hash);
        Trouble = noted is null && found is not null ? "The note of how far the trail went is missing or was altered."
            : noted is not null && found is null ? $"Its last line is missing or was altered; it went to line {noted.Number}."
            : noted is not null && found!.Number < noted.Number ? $"Lines {found.Number + 1} to {noted.Number} are missing at its end."
            : noted is not null && found!.Number == noted.Number && !noted.Hash.AsSpan().SequenceEqual(found.Hash) ? $"Line {found.Number}, the last one, was altered."
            : null;
    }

    /// <summary>The last line's number.</summary>
    public long Number { get; private set; }

    /// <summary>What was wrong with the trail as it was found; null when nothing was.</summary>
    public string? Trouble { get; }

    /// <summary>Appends one line.</summary>
    /// <exception cref="IOException">It could not be written, and nothing of it stays.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public void Append(AuditRecord record)
    {
        var file = FileOf(record.Time);
        _line.ResetWrittenCount();
        record.WriteOpen(_line);
        var hash = TrailChain.Close(_line, Number + 1, _hash, isFirstOfFile: _end == 0, _secret.Chain);
        try
        {
            file.Write(_line.WrittenSpan);
        }
        catch
        {
            Abandon(file);
            throw;
        }
        _end += _line.WrittenCount;
        (Number, _hash) = (Number + 1, hash);
        _head.Write(Number, hash);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _head.Dispose();
    }

    // Half a line may have been written before the disk was full.
    private void Abandon(FileStream file)
    {
        try
        {
            file.SetLength(_end);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // Cut when the file is opened again.
        }
        file.Dispose();
        (_file, _path) = (null, null);
    }

    private FileStream FileOf(DateTimeOffset now)
    {
        var path = TrailFolder.FileOf(_directory, now);
        // A clock that was set back does not reopen the day before: lines stand in the order of their numbers.
        if (_file is not null && string.CompareOrdinal(path, _path) <= 0)
            return _file;
        if (_file is null && TrailFolder.Files(_directory) is [.., var last] && string.CompareOrdinal(path, last) < 0)
            path = last;
        _file?.Dispose();
        (_file, _path) = (null, null);
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = OwnerOnly,
        });
        try
        {
            // An unfinished line was never answered for.
            _end = TrailFolder.LastLine(file.SafeFileHandle).End;
            if (file.Length > _end)
                file.SetLength(_end);
            file.Position = _end;
        }
        catch
        {
            file.Dispose();
            throw;
        }
        (_file, _path) = (file, path);
        return file;
    }

    private TrailEnd? FindEnd()
    {
        foreach (var path in TrailFolder.Files(_directory).Reverse())
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (TrailFolder.LastLine(file).Line is { } line)
                return AuditRecord.TryRead(line) is { N: > 0 } record && TrailChain.TrySplit(line, out _, out var hash) ? new TrailEnd(record.N, hash) : null;
        }
        return null;
    }
}
