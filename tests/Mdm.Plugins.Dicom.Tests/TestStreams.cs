using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Tests;

/// <summary>Gives at most so many bytes at a time, like a slow peer; breaks off where it is told to.</summary>
internal sealed class TricklingStream(byte[] content, int atMost, int breaksAt = int.MaxValue) : ReadOnlyByteStream
{
    private int _given;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_given >= breaksAt)
            throw new IOException("The source broke off.");
        var count = Math.Min(Math.Min(buffer.Length, atMost), content.Length - _given);
        content.AsMemory(_given, count).CopyTo(buffer);
        _given += count;
        return ValueTask.FromResult(count);
    }
}

/// <summary>So many bytes of value zero.</summary>
internal sealed class ZeroStream(long length) : ReadOnlyByteStream
{
    private long _remaining = length;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = (int)Math.Min(buffer.Length, _remaining);
        buffer.Span[..count].Clear();
        _remaining -= count;
        return ValueTask.FromResult(count);
    }
}

/// <summary>Counts what is written and keeps nothing.</summary>
internal sealed class CountingStream : Stream
{
    public long Count { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(byte[] buffer, int offset, int count) => Count += count;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Count += buffer.Length;
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
