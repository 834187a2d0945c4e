using System.Collections.Concurrent;
using System.Threading.Channels;
using Mdm.Formats.Sealed;

namespace Mdm.Host.Staging;

/// <summary>
/// Where disclosed bytes go: hashed, sealed and written on a task of its own while the next ones are being fetched, in large pieces, in bounded memory, never beyond
/// what the pool has set aside.
/// </summary>
internal sealed class DisclosedSink : Stream
{
    /// <summary>1 MiB: most images are one piece, handed over once, hashed and written while the next image is fetched.</summary>
    public const int PieceSize = 1024 * 1024;

    /// <summary>Pieces between fetching and hashing: with them a file takes at most 4 MiB of memory.</summary>
    private const int MaxPieces = 2;

    /// <summary>Pieces kept for the next file, of all files: 16 MiB.</summary>
    private const int MaxSpare = 16;

    // Not the shared pool: it lets go of arrays of this size when the collector runs, which they make it do.
    private static readonly ConcurrentStack<byte[]> Spare = new();

    private readonly SealedWriter _writer;
    private readonly ContentKey _key;
    private readonly KeyId _keyId;
    private readonly PoolReservation _reservation;
    private readonly Channel<(byte[] Buffer, int Count)> _pieces = Channel.CreateBounded<(byte[], int)>(
        new BoundedChannelOptions(MaxPieces) { SingleReader = true, SingleWriter = true });
    private Task<FileFacts>? _drain;
    private byte[]? _current;
    private int _filled;
    private long _submitted;

    /// <param name="writer">Seals; disposed when all is written or given up.</param>
    /// <param name="key">The file's content key; stays the caller's.</param>
    /// <param name="keyId">The key's id.</param>
    /// <param name="reservation">Room in the pool.</param>
    public DisclosedSink(SealedWriter writer, ContentKey key, KeyId keyId, PoolReservation reservation) =>
        (_writer, _key, _keyId, _reservation) = (writer, key, keyId, reservation);

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
            var piece = Rent();
            // A piece whose reading threw is left to the collector: an archive that ignores cancellation may still write into it.
            var count = await source.ReadAtLeastAsync(piece.AsMemory(0, PieceSize), PieceSize, throwOnEndOfStream: false, cancellationToken);
            if (count > 0)
                await SubmitAsync(piece, count, cancellationToken);
            else
                Return(piece);
            if (count < PieceSize)
                return;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            _current ??= Rent();
            var count = Math.Min(buffer.Length, PieceSize - _filled);
            buffer.Span[..count].CopyTo(_current.AsSpan(_filled));
            buffer = buffer[count..];
            _filled += count;
            if (_filled == PieceSize)
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
        _pieces.Writer.TryComplete();
        _ = Drain();
    }

    /// <summary>Waits until all is hashed and written.</summary>
    public Task<FileFacts> FinishAsync() => Drain();

    /// <summary>Gives up; returns when nothing writes any more.</summary>
    public async Task AbandonAsync()
    {
        _pieces.Writer.TryComplete(new OperationCanceledException());
        await ((Task)Drain()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Flush()
    {
        // Pieces go out when they are full; a flush in between would only make small ones.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static byte[] Rent() => Spare.TryPop(out var piece) ? piece : GC.AllocateUninitializedArray<byte>(PieceSize);

    private static void Return(byte[] piece)
    {
        if (Spare.Count < MaxSpare)
            Spare.Push(piece);
    }

    private ValueTask SubmitCurrentAsync(CancellationToken cancellationToken)
    {
        var (piece, count) = (_current!, _filled);
        (_current, _filled) = (null, 0);
        return SubmitAsync(piece, count, cancellationToken);
    }

    private async ValueTask SubmitAsync(byte[] piece, int count, CancellationToken cancellationToken)
    {
        _submitted += count;
        _reservation.GrowTo(SealedFormat.SealedLength(_submitted));
        try
        {
            await _pieces.Writer.WriteAsync((piece, count), cancellationToken);
            // What follows the first piece finds it under way.
            if (_submitted > PieceSize)
                _ = Drain();
        }
        catch (ChannelClosedException)
        {
            // Only a draining that failed closes the channel under a writer; its reason is the one to tell.
            await Drain();
            throw;
        }
    }

    private Task<FileFacts> Drain() => _drain ??= Task.Run(DrainAsync);

    private async Task<FileFacts> DrainAsync()
    {
        using var writing = _writer;
        try
        {
            await foreach (var (piece, count) in _pieces.Reader.ReadAllAsync())
            {
                _writer.Write(piece.AsSpan(0, count));
                Return(piece);
            }
            return _writer.Complete(_key, _keyId);
        }
        catch (IOException full) when (PoolDirectory.IsDiskFull(full))
        {
            var refusal = ShortageException.Refusal(Shortage.Disk, "The disk under the pool is full: no free space. Try again later.");
            _pieces.Writer.TryComplete(refusal);
            throw refusal;
        }
        catch (Exception failure)
        {
            _pieces.Writer.TryComplete(failure);
            throw;
        }
    }
}
