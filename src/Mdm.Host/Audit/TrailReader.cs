using Microsoft.Win32.SafeHandles;

namespace Mdm.Host.Audit;

/// <summary>A place in the trail.</summary>
/// <param name="File">The file's name; empty for the beginning.</param>
/// <param name="Offset">Bytes before it.</param>
/// <param name="Number">The last line before it.</param>
internal sealed record TrailPosition(string File, long Offset, long Number);

/// <summary>Reads the trail's whole lines one after the other, also while it is being written.</summary>
internal sealed class TrailReader(string directory) : IDisposable
{
    private readonly byte[] _buffer = new byte[2 * TrailFolder.MaxLine];
    private SafeFileHandle? _file;
    private string _name = string.Empty;
    private long _offset;
    private int _start;
    private int _length;

    /// <summary>The name of the file that the last line came from.</summary>
    public string File => _name;

    /// <summary>Behind the last line.</summary>
    public long Offset => _offset;

    /// <summary>Goes to a place; to the oldest file where that file is no longer there.</summary>
    public void Seek(TrailPosition position)
    {
        Close();
        if (position.File.Length > 0 && System.IO.File.Exists(Path.Combine(directory, position.File)))
            Open(position.File, position.Offset);
    }

    /// <summary>The next whole line, without its line feed; false when there is none yet. A line that is too long comes in pieces, which nothing takes for lines.</summary>
    public bool TryNext(out ReadOnlySpan<byte> line)
    {
        if (_file is null && !OpenNext())
        {
            line = [];
            return false;
        }
        while (true)
        {
            if (TryTake(out line))
                return true;
            // Asked before the last look: what is written to the old file is written before the new one is there.
            var isOver = Next() is not null;
            if (Fill())
                continue;
            if (!isOver || !OpenNext())
                return false;
        }
    }

    public void Dispose() => Close();

    private bool TryTake(out ReadOnlySpan<byte> line)
    {
        var rest = _buffer.AsSpan(_start, _length);
        var end = rest.IndexOf((byte)'\n');
        line = end >= 0 ? rest[..end] : rest.Length >= TrailFolder.MaxLine ? rest : [];
        var taken = end >= 0 ? end + 1 : line.Length;
        _start += taken;
        _length -= taken;
        _offset += taken;
        return taken > 0;
    }

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _length).CopyTo(_buffer);
            _start = 0;
        }
        var count = RandomAccess.Read(_file!, _buffer.AsSpan(_length), _offset + _length);
        _length += count;
        return count > 0;
    }

    private string? Next() => TrailFolder.Files(directory).Select(path => Path.GetFileName(path)).FirstOrDefault(name => string.CompareOrdinal(name, _name) > 0);

    private bool OpenNext()
    {
        if (Next() is not { } next)
            return false;
        Open(next, 0);
        return true;
    }

    private void Open(string name, long offset)
    {
        Close();
        _file = System.IO.File.OpenHandle(Path.Combine(directory, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        (_name, _offset) = (name, offset);
    }

    private void Close()
    {
        _file?.Dispose();
        (_file, _name, _offset, _start, _length) = (null, string.Empty, 0, 0, 0);
    }
}
