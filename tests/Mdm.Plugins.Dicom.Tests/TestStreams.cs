using Mdm.Plugins.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Tests;

/// <summary>Gives at most so many bytes at a time, like a slow peer.</summary>
internal sealed class TricklingStream(byte[] content, int atMost) : ReadOnlyByteStream
{
    private int _given;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
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
