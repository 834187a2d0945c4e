using System.Buffers;
using Mdm.Abstractions;

namespace Mdm.Formats.Sealed;

/// <summary>
/// Seals what is written to it. Only <see cref="Complete"/> writes the last segment: what was not completed opens nowhere, however it ended.
/// For one writer at a time.
/// </summary>
public sealed class SealingStream : Stream
{
    private readonly Stream _target;
    private readonly SegmentCipher _cipher;
    private readonly bool _leaveOpen;
    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(SealedFormat.SegmentLength);
    private int _filled;
    private long _number;
    private bool _isComplete;

    /// <summary>Seals into a stream.</summary>
    /// <param name="target">Where the sealed file goes, the header first.</param>
    /// <param name="header">The header of the content that will be written; nothing else may be sealed with it.</param>
    /// <param name="key">The content key; it is not kept.</param>
    /// <param name="leaveOpen">True when the target is not to be closed.</param>
    public SealingStream(Stream target, SealedHeader header, ContentKey key, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(target);
        (_target, _leaveOpen) = (target, leaveOpen);
        _cipher = new SegmentCipher(key, header);
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => _buffer is not null && !_isComplete;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private int Capacity => SealedFormat.PlainCapacity((uint)_number);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Demand();
        while (!buffer.IsEmpty)
        {
            // A full segment waits until more comes, since it may be the last.
            if (_filled == Capacity)
            {
                _target.Write(SealNext(isLast: false).Span);
            }
            // One that comes whole, with more behind it, need not be copied first.
            else if (_filled == 0 && buffer.Length > Capacity)
            {
                var capacity = Capacity;
                _target.Write(Seal(buffer[..capacity], isLast: false).Span);
                buffer = buffer[capacity..];
                continue;
            }
            buffer = buffer[Keep(buffer)..];
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Demand();
        while (!buffer.IsEmpty)
        {
            if (_filled == Capacity)
            {
                await _target.WriteAsync(SealNext(isLast: false), cancellationToken).ConfigureAwait(false);
            }
            else if (_filled == 0 && buffer.Length > Capacity)
            {
                var capacity = Capacity;
                await _target.WriteAsync(Seal(buffer.Span[..capacity], isLast: false), cancellationToken).ConfigureAwait(false);
                buffer = buffer[capacity..];
                continue;
            }
            buffer = buffer[Keep(buffer.Span)..];
        }
    }

    /// <summary>Writes the last segment. Nothing can be written afterwards.</summary>
    public void Complete()
    {
        Demand();
        _target.Write(SealNext(isLast: true).Span);
        _isComplete = true;
    }

    /// <inheritdoc cref="Complete"/>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        Demand();
        await _target.WriteAsync(SealNext(isLast: true), cancellationToken).ConfigureAwait(false);
        _isComplete = true;
    }

    /// <summary>Passed on; what does not fill a segment yet stays here.</summary>
    public override void Flush() => _target.Flush();

    /// <inheritdoc cref="Flush"/>
    public override Task FlushAsync(CancellationToken cancellationToken) => _target.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _buffer is { } buffer)
        {
            _buffer = null;
            // What was sealed was sealed in place; only what waited to be is still plaintext.
            SealedReader.GiveBack(buffer, Begin + _filled);
            _cipher.Dispose();
            if (!_leaveOpen)
                _target.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Demand()
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        if (_isComplete)
            throw new InvalidOperationException("The sealed file is complete.");
    }

    // In the first 1 MiB of a sealed file the header stands before segment 0: kept so in the buffer as well, it goes out in the same write.
    private int Begin => _number == 0 ? SealedFormat.HeaderLength : 0;

    private int Keep(ReadOnlySpan<byte> plain)
    {
        var part = plain[..Math.Min(plain.Length, Capacity - _filled)];
        part.CopyTo(_buffer.AsSpan(Begin + _filled));
        _filled += part.Length;
        return part.Length;
    }

    private ReadOnlyMemory<byte> SealNext(bool isLast) => Seal(_buffer.AsSpan(Begin, _filled), isLast);

    private ReadOnlyMemory<byte> Seal(ReadOnlySpan<byte> plain, bool isLast)
    {
        if (_number >= SealedFormat.MaxSegments)
            throw new InvalidOperationException($"A sealed file has {SealedFormat.MaxSegments} segments at most.");
        var begin = Begin;
        if (begin > 0)
            _cipher.Header.WriteTo(_buffer);
        var end = begin + plain.Length + SealedFormat.TagLength;
        _cipher.Seal((uint)_number, isLast, plain, _buffer.AsSpan(begin..end));
        var written = _buffer.AsMemory(0, end);
        (_number, _filled) = (_number + 1, 0);
        return written;
    }
}
