using Mdm.Formats.Sealed;

namespace Mdm.Host.Staging;

/// <summary>
/// Bytes that wait in the pool for somebody to take them out again, sealed under a key of one use that never leaves this object: plaintext never touches the disk, and what a crash leaves opens nowhere. It goes
/// when it is disposed.
/// </summary>
internal sealed class SealedSpool : IDisposable
{
    private readonly PartialFile _file;
    private readonly PoolReservation _reservation;
    private readonly SegmentCipher _cipher;
    private uint _last;
    private int _lastLength;

    private SealedSpool(PartialFile file, PoolReservation reservation, SegmentCipher cipher) => (_file, _reservation, _cipher) = (file, reservation, cipher);

    /// <summary>Bytes.</summary>
    public long Length => SealedFormat.PlainOffset(_last) + _lastLength;

    /// <summary>Takes all of a stream.</summary>
    /// <exception cref="MdmException">Refused: no room; what the source throws. Nothing is left then.</exception>
    public static async Task<SealedSpool> FillAsync(PartialFile file, PoolReservation reservation, Stream source, CancellationToken cancellationToken)
    {
        using var once = ContentKey.Create();
        var spool = new SealedSpool(file, reservation, new SegmentCipher(once, SealedHeader.Random(once, default)));
        try
        {
            await spool.FillAsync(source, cancellationToken);
            return spool;
        }
        catch (IOException full) when (PoolDirectory.IsDiskFull(full))
        {
            spool.Dispose();
            throw ShortageException.Refusal(Shortage.Disk, "The disk under the pool is full: no free space. Try again later.");
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <summary>Gives the bytes out, from the first to the last. One at a time.</summary>
    public Stream OpenRead() => new Reading(this);

    public void Dispose()
    {
        _cipher.Dispose();
        _file.Discard();
        _reservation.Dispose();
    }

    private async Task FillAsync(Stream source, CancellationToken cancellationToken)
    {
        var segment = SegmentBuffers.Rent();
        for (uint number = 0; ; number++)
        {
            var capacity = SealedFormat.PlainCapacity(number);
            // A segment whose reading threw is left to the collector: a source that ignores cancellation may still write into it.
            var count = await source.ReadAtLeastAsync(segment.AsMemory(0, capacity), capacity, throwOnEndOfStream: false, cancellationToken);
            var isLast = count < capacity;
            _reservation.GrowTo(SealedFormat.SealedLength(SealedFormat.PlainOffset(number) + count));
            var bytes = segment.AsSpan(0, count + SealedFormat.TagLength);
            _cipher.Seal(number, isLast, bytes[..count], bytes);
            RandomAccess.Write(_file.Handle, bytes, SealedFormat.SealedOffset(number));
            if (!isLast)
                continue;
            (_last, _lastLength) = (number, count);
            SegmentBuffers.Return(segment, plaintext: 0);
            return;
        }
    }

    private int Open(uint number, byte[] into)
    {
        var isLast = number == _last;
        var length = isLast ? _lastLength : SealedFormat.PlainCapacity(number);
        var segment = into.AsSpan(0, length + SealedFormat.TagLength);
        for (var filled = 0; filled < segment.Length;)
        {
            var read = RandomAccess.Read(_file.Handle, segment[filled..], SealedFormat.SealedOffset(number) + filled);
            filled += read > 0 ? read : throw new EndOfStreamException("What was spooled into the pool is gone.");
        }
        _cipher.Open(number, isLast, segment, segment[..length]);
        return length;
    }

    private sealed class Reading(SealedSpool spool) : ReadOnlyStream
    {
        private byte[]? _segment = SegmentBuffers.Rent();
        private uint _next;
        private int _length;
        private int _at;

        public override int Read(Span<byte> buffer)
        {
            ObjectDisposedException.ThrowIf(_segment is null, this);
            if (_at == _length && _next <= spool._last)
                (_length, _at) = (spool.Open(_next++, _segment), 0);
            var count = Math.Min(buffer.Length, _length - _at);
            _segment.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new(Read(buffer.Span));
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && _segment is { } segment)
            {
                SegmentBuffers.Return(segment, segment.Length);
                _segment = null;
            }
            base.Dispose(disposing);
        }
    }
}
