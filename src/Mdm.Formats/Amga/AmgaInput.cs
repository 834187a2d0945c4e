namespace Mdm.Formats.Amga;

/// <summary>Lines from the other end, in whatever pieces they come. Not safe for concurrent use.</summary>
/// <param name="stream">Where they come from; not disposed.</param>
/// <param name="maxLineLength">Bytes of the longest line.</param>
public sealed class AmgaInput(Stream stream, int maxLineLength = AmgaWire.MaxLineLength)
{
    private const int Chunk = 8 * 1024;

    // A long line's room is given back once it is read.
    private const int MaxIdleBuffer = 64 * 1024;

    private byte[] _buffer = new byte[Chunk];
    private int _start;
    private int _end;

    /// <summary>The next byte, which stays; -1 at the end.</summary>
    public async ValueTask<int> PeekAsync(CancellationToken cancellationToken) =>
        _start < _end || await FillAsync(cancellationToken).ConfigureAwait(false) ? _buffer[_start] : -1;

    /// <summary>Takes the byte that was peeked at.</summary>
    public void Skip()
    {
        if (_start == _end)
            throw new InvalidOperationException("There is no byte.");
        _start++;
    }

    /// <summary>Passes over everything that is here and comes.</summary>
    /// <returns>How many bytes; 0 at the end.</returns>
    public async ValueTask<int> DiscardAsync(CancellationToken cancellationToken)
    {
        var here = _end - _start;
        _start = _end;
        if (here > 0)
            return here;
        if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            return 0;
        here = _end - _start;
        _start = _end;
        return here;
    }

    /// <summary>The bytes up to <paramref name="end"/>, which is passed over; null when the other end closed before it. Good until the next call.</summary>
    /// <exception cref="AmgaProtocolException">It is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadUntilAsync(byte end, CancellationToken cancellationToken)
    {
        var searched = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf(end);
            var length = found < 0 ? _end - _start : searched + found;
            if (length > maxLineLength)
                throw new AmgaProtocolException($"A line is longer than {nameof(AmgaWire.MaxLineLength)} ({maxLineLength} bytes).");
            if (found >= 0)
            {
                var line = _buffer.AsMemory(_start, length);
                _start += length + 1;
                return line;
            }
            searched = length;
            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
                return null;
        }
    }

    /// <summary>A line without its end; null when the other end closed before it. Good until the next call.</summary>
    /// <exception cref="AmgaProtocolException">It is too long.</exception>
    public ValueTask<ReadOnlyMemory<byte>?> ReadLineAsync(CancellationToken cancellationToken) => ReadUntilAsync((byte)'\n', cancellationToken);

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            _start = _end = 0;
            if (_buffer.Length > MaxIdleBuffer)
                _buffer = new byte[Chunk];
        }
        else if (_end == _buffer.Length)
        {
            // Room is doubled, so that a long line is copied a few times only.
            var roomier = _start > _buffer.Length / 2 ? _buffer : new byte[_buffer.Length * 2];
            _buffer.AsSpan(_start, _end - _start).CopyTo(roomier);
            (_buffer, _end, _start) = (roomier, _end - _start, 0);
        }
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }
}
