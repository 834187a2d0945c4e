namespace Mdm.Host.Tests.Uploads;

/// <summary>So many bytes whose length nobody tells.</summary>
internal sealed class LengthlessBody(int length) : Stream
{
    private int _left = length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = Math.Min(Math.Min(count, 5000), _left);
        _left -= read;
        return read;
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}

/// <summary>So many bytes, and then nothing until it is cancelled.</summary>
internal sealed class HangingBody(int length) : MemoryStream
{
    private int _left = length;

    public override long Length => throw new NotSupportedException();

    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        if (_left == 0)
            await Task.Delay(Timeout.Infinite, cancellationToken);
        var read = Math.Min(destination.Length, _left);
        _left -= read;
        return read;
    }
}
