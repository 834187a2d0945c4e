using Mdm.Formats.Sealed;

namespace Mdm.Client.Files;

/// <summary>A file as parts of at most 1 MiB each, any of which can be had. Safe for concurrent use.</summary>
internal interface IWindowSource : IDisposable
{
    /// <summary>Bytes of the whole, as they are given out.</summary>
    long Length { get; }

    /// <summary>Room that a part needs while it is read.</summary>
    int Room { get; }

    /// <summary>The part that has the byte at an offset.</summary>
    uint At(long offset);

    /// <summary>The offset of a part's first byte.</summary>
    long BeginningOf(uint number);

    /// <summary>Reads a part.</summary>
    /// <returns>Its bytes.</returns>
    ValueTask<int> ReadAsync(uint number, Memory<byte> room, CancellationToken cancellationToken);

    /// <summary>Makes sure that the file ends where its length says.</summary>
    ValueTask VerifyEndAsync(CancellationToken cancellationToken);
}

/// <summary>A file that comes as it is.</summary>
internal sealed class PlainWindows(RangeSource source) : IWindowSource
{
    // As much as a segment of a sealed file: a host is asked for either alike.
    private const int WindowLength = SealedFormat.SegmentLength;

    public long Length => source.Length;

    public int Room => (int)Math.Min(WindowLength, source.Length);

    public uint At(long offset) => checked((uint)(offset / WindowLength));

    public long BeginningOf(uint number) => (long)number * WindowLength;

    public ValueTask<int> ReadAsync(uint number, Memory<byte> room, CancellationToken cancellationToken) => source.ReadAsync(BeginningOf(number), room, cancellationToken);

    // The host said the length, and nothing here could say more.
    public ValueTask VerifyEndAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void Dispose() => source.Dispose();
}

/// <summary>A sealed file's segments, deciphered.</summary>
internal sealed class SealedWindows(SealedReader reader) : IWindowSource
{
    public long Length => reader.Length;

    public int Room => reader.SegmentBuffer;

    public uint At(long offset) => SealedFormat.SegmentAt(offset);

    public long BeginningOf(uint number) => SealedFormat.PlainOffset(number);

    public ValueTask<int> ReadAsync(uint number, Memory<byte> room, CancellationToken cancellationToken) => reader.ReadSegmentAsync(number, room, cancellationToken);

    public ValueTask VerifyEndAsync(CancellationToken cancellationToken) => reader.VerifyEndAsync(cancellationToken);

    public void Dispose() => reader.Dispose();
}
