using Mdm.Host.Staging;

namespace Mdm.Host.Transfer;

/// <summary>A staged file as a stream, from its first byte to its last.</summary>
internal sealed class StagedStream(StagedReader reader) : ReadOnlyStream
{
    /// <summary>256 KiB: few enough calls.</summary>
    public const int PieceSize = 256 * 1024;

    private long _position;

    public override long Length => reader.Length;

    public override long Position { get => _position; }

    public override int Read(Span<byte> buffer)
    {
        var count = reader.Read(_position, buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Read(buffer.Span));
    }
}
