namespace Mdm.Abstractions.Testing;

/// <summary>Takes what is written, and only that: no seeking, no reading, no room beyond what it is given.</summary>
internal sealed class OutputStream(int room = int.MaxValue) : Stream
{
    private readonly MemoryStream _written = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public byte[] Written() => _written.ToArray();

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (_written.Length + count > room)
            throw new IOException("No room for the output.");
        _written.Write(buffer, offset, count);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // Really asynchronous, as a pool's file.
        await Task.Yield();
        Write(buffer.ToArray(), 0, buffer.Length);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
