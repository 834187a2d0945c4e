using System.Collections.Immutable;
using System.Threading.Channels;
using Mdm.Formats.Sealed;

namespace Mdm.Host.Staging;

/// <summary>
/// Where disclosed bytes go: hashed, sealed and written on a task of its own while the next ones are being fetched, in large pieces, in bounded memory, never beyond
/// what the pool has set aside.
/// </summary>
internal sealed class DisclosedSink : Stream
{
    /// <summary>Segments between fetching and hashing. Most images are one, handed over once, sealed and written while the next image is fetched.</summary>
    private const int MaxSegments = 2;

    private readonly SealedWriter _writer;
    private readonly ContentKey _key;
    private readonly KeyId _keyId;
    private readonly PoolReservation _reservation;
    private readonly Channel<(byte[] Buffer, int Length)> _segments = Channel.CreateBounded<(byte[], int)>(
        new BoundedChannelOptions(MaxSegments) { SingleReader = true, SingleWriter = true });
    private readonly Func<ReadOnlyMemory<byte>, ValueTask<ImmutableArray<ArchiveAttribute>>>? _describe;
    private Task<FileFacts>? _drain;
    private byte[]? _current;
    private int _filled;
    private uint _number;
    private long _submitted;

    /// <param name="writer">Seals; disposed when all is written or given up.</param>
    /// <param name="key">The file's content key; stays the caller's.</param>
    /// <param name="keyId">The key's id.</param>
    /// <param name="reservation">Room in the pool.</param>
    /// <param name="describe">Shown the disclosed beginning, before it is sealed; null when nobody wants to see it.</param>
    public DisclosedSink(
        SealedWriter writer, ContentKey key, KeyId keyId, PoolReservation reservation, Func<ReadOnlyMemory<byte>, ValueTask<ImmutableArray<ArchiveAttribute>>>? describe = null) =>
        (_writer, _key, _keyId, _reservation, _describe) = (writer, key, keyId, reservation, describe);

    /// <summary>What was read out of the beginning; there when all is written.</summary>
    public ImmutableArray<ArchiveAttribute> Described { get; private set; } = [];

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _submitted + _filled; set => throw new NotSupportedException(); }

    /// <summary>Takes all of a stream without copying it.</summary>
    public async Task FillFromAsync(Stream source, CancellationToken cancellationToken)
    {
        while (true)
        {
            var segment = SegmentBuffers.Rent();
            var capacity = Capacity;
            // A segment whose reading threw is left to the collector: an archive that ignores cancellation may still write into it.
            var count = await source.ReadAtLeastAsync(segment.AsMemory(0, capacity), capacity, throwOnEndOfStream: false, cancellationToken);
            if (count > 0)
                await SubmitAsync(segment, count, cancellationToken);
            else
                SegmentBuffers.Return(segment, plaintext: 0);
            if (count < capacity)
                return;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            _current ??= SegmentBuffers.Rent();
            var count = Math.Min(buffer.Length, Capacity - _filled);
            buffer.Span[..count].CopyTo(_current.AsSpan(_filled));
            buffer = buffer[count..];
            _filled += count;
            if (_filled == Capacity)
                await SubmitCurrentAsync(cancellationToken);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <summary>Hands over what is left; nothing may be written afterwards.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (_filled > 0)
            await SubmitCurrentAsync(cancellationToken);
        _segments.Writer.TryComplete();
        _ = Drain();
    }

    /// <summary>Waits until all is hashed and written.</summary>
    public Task<FileFacts> FinishAsync() => Drain();

    /// <summary>Gives up; returns when nothing writes any more.</summary>
    public async Task AbandonAsync()
    {
        _segments.Writer.TryComplete(new OperationCanceledException());
        await ((Task)Drain()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Flush()
    {
        // Pieces go out when they are full; a flush in between would only make small ones.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private ValueTask SubmitCurrentAsync(CancellationToken cancellationToken)
    {
        var (segment, length) = (_current!, _filled);
        (_current, _filled) = (null, 0);
        return SubmitAsync(segment, length, cancellationToken);
    }

    private async ValueTask SubmitAsync(byte[] segment, int length, CancellationToken cancellationToken)
    {
        _number++;
        _submitted += length;
        _reservation.GrowTo(SealedFormat.SealedLength(_submitted));
        try
        {
            await _segments.Writer.WriteAsync((segment, length), cancellationToken);
            // What follows the first segment finds it under way.
            if (_number > 1)
                _ = Drain();
        }
        catch (ChannelClosedException)
        {
            // Only a draining that failed closes the channel under a writer; its reason is the one to tell.
            await Drain();
            throw;
        }
    }

    /// <summary>Bytes of the segment that is filled next.</summary>
    private int Capacity => SealedFormat.PlainCapacity(_number);

    private Task<FileFacts> Drain() => _drain ??= Task.Run(DrainAsync);

    private async Task<FileFacts> DrainAsync()
    {
        using var writing = _writer;
        try
        {
            var isFirst = true;
            await foreach (var (segment, length) in _segments.Reader.ReadAllAsync())
            {
                if (isFirst && _describe is not null)
                    Described = await _describe(segment.AsMemory(0, length));
                isFirst = false;
                _writer.Add(segment, length);
            }
            return _writer.Complete(_key, _keyId);
        }
        catch (IOException full) when (PoolDirectory.IsDiskFull(full))
        {
            var refusal = ShortageException.Refusal(Shortage.Disk, "The disk under the pool is full: no free space. Try again later.");
            _segments.Writer.TryComplete(refusal);
            throw refusal;
        }
        catch (Exception failure)
        {
            _segments.Writer.TryComplete(failure);
            throw;
        }
    }
}
