using System.Buffers;
using System.IO.Pipelines;

namespace Mdm.Host.Services;

/// <summary>The bytes of a connection as a stream: a read takes no more than it gives, a write fails once the client is gone.</summary>
internal sealed class PipeStream(IDuplexPipe transport) : ForwardStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var result = await transport.Input.ReadAsync(cancellationToken);
        var received = result.Buffer;
        if (received.IsEmpty)
        {
            transport.Input.AdvanceTo(received.End);
            return 0;
        }
        var part = received.Slice(0, Math.Min(buffer.Length, received.Length));
        part.CopyTo(buffer.Span);
        // Before its memory goes back to the pipe.
        var count = (int)part.Length;
        transport.Input.AdvanceTo(part.End);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var result = await transport.Output.WriteAsync(buffer, cancellationToken);
        if (result.IsCompleted)
            throw new IOException("The client closed the connection.");
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => transport.Output.FlushAsync(cancellationToken).AsTask();
}

/// <summary>Notes when bytes last went through.</summary>
internal sealed class NotingStream(Stream inner, Action note) : ForwardStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        note();
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await inner.WriteAsync(buffer, cancellationToken);
        note();
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);
}

/// <summary>A stream of a connection: asynchronous, without a position.</summary>
internal abstract class ForwardStream : Stream
{
    private const string OnlyAsynchronous = "Only asynchronous calls are offered.";

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException(OnlyAsynchronous);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException(OnlyAsynchronous);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
