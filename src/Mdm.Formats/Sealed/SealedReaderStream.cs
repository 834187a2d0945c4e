using System.Buffers;

namespace Mdm.Formats.Sealed;

/// <summary>The plaintext of a sealed file as a stream with random access. Opens segments as they are needed and keeps the last one. For one reader at a time.</summary>
public sealed class SealedReaderStream : Stream
{
    private readonly SealedReader _reader;
    private readonly bool _ownsReader;
    private byte[]? _buffer;
    private uint _number;
    private int _plainLength = -1;
    private long _position;
    private bool _disposed;

    internal SealedReaderStream(SealedReader reader, bool ownsReader) => (_reader, _ownsReader) = (reader, ownsReader);

    /// <inheritdoc/>
    public override bool CanRead => !_disposed;

    /// <inheritdoc/>
    public override bool CanSeek => !_disposed;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => _reader.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (buffer.IsEmpty || !Advance())
            return 0;
        var part = Rest().Span;
        part = part[..Math.Min(part.Length, buffer.Length)];
        part.CopyTo(buffer);
        _position += part.Length;
        return part.Length;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (buffer.IsEmpty || !await AdvanceAsync(cancellationToken).ConfigureAwait(false))
            return 0;
        var part = Rest();
        part = part[..Math.Min(part.Length, buffer.Length)];
        part.CopyTo(buffer);
        _position += part.Length;
        return part.Length;
    }

    /// <summary>Writes all that is left, a segment at a time, without copying it in between.</summary>
    public override void CopyTo(Stream destination, int bufferSize)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (Advance())
        {
            var part = Rest();
            destination.Write(part.Span);
            _position += part.Length;
        }
    }

    /// <inheritdoc cref="CopyTo"/>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (await AdvanceAsync(cancellationToken).ConfigureAwait(false))
        {
            var part = Rest();
            await destination.WriteAsync(part, cancellationToken).ConfigureAwait(false);
            _position += part.Length;
        }
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        var from = origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            SeekOrigin.End => Length,
            _ => throw new ArgumentOutOfRangeException(nameof(origin)),
        };
        return from + offset < 0 ? throw new IOException("There is nothing before the beginning of a file.") : Position = from + offset;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            if (_buffer is not null)
                SealedReader.GiveBack(_buffer, _reader.SegmentBuffer);
            _buffer = null;
            if (_ownsReader)
                _reader.Dispose();
        }
        base.Dispose(disposing);
    }

    // True when the segment at the position is open; false at the end of the file, which is a statement that has to be authentic as well.
    private bool Advance()
    {
        if (_position >= Length)
        {
            _reader.VerifyEnd();
            return false;
        }
        if (Begin() is { } number)
            (_plainLength, _number) = (_reader.ReadSegment(number, _buffer), number);
        return true;
    }

    private async ValueTask<bool> AdvanceAsync(CancellationToken cancellationToken)
    {
        if (_position >= Length)
        {
            await _reader.VerifyEndAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }
        if (Begin() is { } number)
            (_plainLength, _number) = (await _reader.ReadSegmentAsync(number, _buffer, cancellationToken).ConfigureAwait(false), number);
        return true;
    }

    // The segment to be read, null when it is there.
    private uint? Begin()
    {
        var number = SealedFormat.SegmentAt(_position);
        if (number == _number && _plainLength >= 0)
            return null;
        _plainLength = -1;
        _buffer ??= ArrayPool<byte>.Shared.Rent(_reader.SegmentBuffer);
        return number;
    }

    private ReadOnlyMemory<byte> Rest() => _buffer.AsMemory(0, _plainLength)[(int)(_position - SealedFormat.PlainOffset(_number))..];
}
