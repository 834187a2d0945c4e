namespace Mdm.Abstractions.Testing;

/// <summary>Gives few bytes at a time and cannot seek, as a peer; breaks off, or waits until it is cancelled, where it is told to.</summary>
internal sealed class TrickleStream(byte[] content, int atMost, int? breaksAt = null, int? waitsAt = null, Exception? failure = null) : Stream
{
    private int _given;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>True once the end was told.</summary>
    public bool IsRead { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // As on a network others go on meanwhile, so that what happens at one time really does.
        await Task.Yield();
        if (_given >= waitsAt)
            await Task.Delay(Timeout.Infinite, cancellationToken);
        if (_given >= breaksAt)
            throw failure ?? new IOException("The source of the object broke off.");
        var count = Math.Min(Math.Min(buffer.Length, atMost), content.Length - _given);
        content.AsMemory(_given, count).CopyTo(buffer);
        _given += count;
        IsRead |= count == 0 && !buffer.IsEmpty;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
