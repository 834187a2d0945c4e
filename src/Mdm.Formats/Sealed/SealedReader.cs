using System.Buffers;
using System.Security.Cryptography;
using Mdm.Abstractions;

namespace Mdm.Formats.Sealed;

/// <summary>
/// Reads a sealed file from any place. Nothing is given out that was not authenticated, the end included: a read that says "no more" has seen the last segment.
/// Safe for concurrent use; keeps no plaintext.
/// </summary>
public sealed class SealedReader : IDisposable
{
    private readonly ISealedSource _source;
    private readonly SegmentCipher _cipher;
    private readonly long _sealedLength;
    private volatile bool _hasSeenEnd;

    /// <summary>Reads with a key. Takes the source over and closes it in the end, also when this fails; the key is not kept.</summary>
    /// <param name="source">The sealed file.</param>
    /// <param name="header">Its header, as <see cref="ReadHeader"/> gives it.</param>
    /// <param name="key">The content key that the header names.</param>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: no sealed file is as long.</exception>
    public SealedReader(ISealedSource source, SealedHeader header, ContentKey key)
    {
        ArgumentNullException.ThrowIfNull(source);
        _source = source;
        try
        {
            _sealedLength = source.Length;
            Length = SealedFormat.PlainLength(_sealedLength);
            LastSegment = (uint)(SealedFormat.Segments(Length) - 1);
            _cipher = new SegmentCipher(key, header);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of plaintext, by the length of the source. Authentic once the last segment was read.</summary>
    public long Length { get; }

    /// <summary>The number of the last segment.</summary>
    public uint LastSegment { get; }

    /// <summary>The file's header.</summary>
    public SealedHeader Header => _cipher.Header;

    /// <summary>Room that <see cref="ReadSegment"/> needs: 1 MiB, less where the file is shorter.</summary>
    public int SegmentBuffer => (int)Math.Min(SealedFormat.SegmentLength, _sealedLength);

    /// <summary>Reads a sealed file's header.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: this is no sealed file.</exception>
    public static SealedHeader ReadHeader(ISealedSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Span<byte> bytes = stackalloc byte[SealedFormat.HeaderLength];
        var filled = 0;
        for (int read; filled < bytes.Length && (read = source.Read(filled, bytes[filled..])) > 0;)
            filled += read;
        return SealedHeader.Parse(bytes[..filled]);
    }

    /// <inheritdoc cref="ReadHeader"/>
    public static async ValueTask<SealedHeader> ReadHeaderAsync(ISealedSource source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        var bytes = new byte[SealedFormat.HeaderLength];
        var filled = 0;
        for (int read; filled < bytes.Length && (read = await source.ReadAsync(filled, bytes.AsMemory(filled), cancellationToken).ConfigureAwait(false)) > 0;)
            filled += read;
        return SealedHeader.Parse(bytes.AsSpan(0, filled));
    }

    /// <summary>Reads and opens one segment.</summary>
    /// <param name="number">Which; not beyond <see cref="LastSegment"/>.</param>
    /// <param name="buffer">At least <see cref="SegmentBuffer"/> long. Its beginning is the plaintext afterwards.</param>
    /// <returns>Bytes of plaintext.</returns>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: the segment is not authentic; nothing of it is in the buffer.</exception>
    public int ReadSegment(uint number, Span<byte> buffer)
    {
        var segment = buffer[..SealedLengthOf(number)];
        var offset = SealedFormat.SealedOffset(number);
        for (var filled = 0; filled < segment.Length;)
        {
            var read = _source.Read(offset + filled, segment[filled..]);
            filled += read > 0 ? read : throw Shortened();
        }
        return Open(number, segment);
    }

    /// <inheritdoc cref="ReadSegment"/>
    public async ValueTask<int> ReadSegmentAsync(uint number, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var segment = buffer[..SealedLengthOf(number)];
        var offset = SealedFormat.SealedOffset(number);
        for (var filled = 0; filled < segment.Length;)
        {
            var read = await _source.ReadAsync(offset + filled, segment[filled..], cancellationToken).ConfigureAwait(false);
            filled += read > 0 ? read : throw Shortened();
        }
        return Open(number, segment.Span);
    }

    /// <summary>Reads plaintext from any place; whoever reads it in small pieces does better with <see cref="OpenStream"/>.</summary>
    /// <returns>Bytes read: as many as there is room for, fewer at the end of the file only.</returns>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: a segment is not authentic.</exception>
    public int Read(long offset, Span<byte> buffer)
    {
        using var stream = OpenStream();
        stream.Position = offset;
        return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
    }

    /// <inheritdoc cref="Read"/>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var stream = OpenStream();
        await using (stream.ConfigureAwait(false))
        {
            stream.Position = offset;
            return await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes sure that the file ends where its length says, unless that was seen already.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: it was cut or added to.</exception>
    public void VerifyEnd()
    {
        if (_hasSeenEnd)
            return;
        var buffer = ArrayPool<byte>.Shared.Rent(SegmentBuffer);
        try
        {
            ReadSegment(LastSegment, buffer);
        }
        finally
        {
            GiveBack(buffer, SegmentBuffer);
        }
    }

    /// <inheritdoc cref="VerifyEnd"/>
    public async ValueTask VerifyEndAsync(CancellationToken cancellationToken)
    {
        if (_hasSeenEnd)
            return;
        var buffer = ArrayPool<byte>.Shared.Rent(SegmentBuffer);
        try
        {
            await ReadSegmentAsync(LastSegment, buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            GiveBack(buffer, SegmentBuffer);
        }
    }

    /// <summary>A stream of the plaintext with random access. Each keeps one segment and serves one reader; many may be open. The reader has to outlive them.</summary>
    public SealedReaderStream OpenStream() => new(this, ownsReader: false);

    /// <summary>The same, for one stream alone: it closes this reader when it is closed.</summary>
    public SealedReaderStream IntoStream() => new(this, ownsReader: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        _cipher.Dispose();
        _source.Dispose();
    }

    // Whoever rents it next must not find a patient in it.
    internal static void GiveBack(byte[] buffer, int used)
    {
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, used));
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private int SealedLengthOf(uint number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, LastSegment);
        return number < LastSegment ? SealedFormat.SealedCapacity(number) : (int)(_sealedLength - SealedFormat.SealedOffset(number));
    }

    private int Open(uint number, Span<byte> segment)
    {
        var plain = segment[..^SealedFormat.TagLength];
        _cipher.Open(number, number == LastSegment, segment, plain);
        if (number == LastSegment)
            _hasSeenEnd = true;
        return plain.Length;
    }

    private MdmException Shortened() => new(MdmErrorKind.Corrupt, $"The sealed file is shorter than the {_sealedLength} bytes it had when it was opened.");
}
