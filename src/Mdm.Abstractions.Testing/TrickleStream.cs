namespace Mdm.Abstractions.Testing;

/// <summary>Gives few bytes at a time and cannot seek, as a peer; breaks off, or waits until it is cancelled, where it is told to.</summary>
internal sealed class TrickleStream(byte[] content, int atMost, int? breaksAt = null, int? waitsAt = null, Exception? failure = null) : ForwardStream
{
    private int _given;

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
}
