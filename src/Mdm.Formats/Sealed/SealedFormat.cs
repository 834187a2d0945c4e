using Mdm.Abstractions;

namespace Mdm.Formats.Sealed;

/// <summary>
/// The layout of a sealed file: 40 bytes of header, then segments of authenticated ciphertext that can be read in any order. It is the layout of Tink's
/// AES256-GCM-HKDF streaming AEAD with segments of 1 MiB; <c>docs/formats.md</c> has it byte by byte.
/// </summary>
/// <remarks>
/// <code>
/// file     = header | segment 0 | segment 1 | ... | last segment
/// header   = 28 | salt (32) | nonce prefix (7)          salt = key id (16) | synthetic part (16)
/// segment  = AES-256-GCM ciphertext | tag (16)          all but the last end at a multiple of 1 MiB in the file
/// nonce    = nonce prefix (7) | number (4, big-endian) | 01 in the last segment, 00 before it
/// </code>
/// The number keeps segments in their places, the last byte of the nonce tells an end from a cut, the key (which the salt is part of) keeps out other files' segments.
/// </remarks>
public static class SealedFormat
{
    /// <summary>Bytes before the first segment.</summary>
    public const int HeaderLength = 40;

    /// <summary>Segments end at multiples of this in the sealed file; the header counts as part of the first.</summary>
    public const int SegmentLength = 1 << 20;

    /// <summary>Bytes that each segment is longer than its plaintext.</summary>
    public const int TagLength = 16;

    /// <summary>Most plaintext in segment 0, which shares its place with the header.</summary>
    public const int FirstPlainLength = SegmentLength - HeaderLength - TagLength;

    /// <summary>Most plaintext in every other segment.</summary>
    public const int PlainPerSegment = SegmentLength - TagLength;

    /// <summary>Most segments of one file: their numbers are 32 bits in the nonce.</summary>
    public const long MaxSegments = 1L << 32;

    /// <summary>Most plaintext of one file, some 4.5 PB.</summary>
    public const long MaxPlainLength = (MaxSegments * PlainPerSegment) - HeaderLength;

    /// <summary>The length of the shortest sealed file, that of nothing.</summary>
    public const int MinSealedLength = HeaderLength + TagLength;

    /// <summary>The media type under which a host delivers a sealed file.</summary>
    public const string MediaType = "application/vnd.mdm.sealed";

    /// <summary>The first byte of each: the length of the header, as Tink has it. No canonical DICOM file begins with it: its preamble is zero.</summary>
    internal const byte FirstByte = HeaderLength;

    /// <summary>How long a file becomes when it is sealed.</summary>
    /// <param name="plain">Bytes of plaintext.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than <see cref="MaxPlainLength"/>.</exception>
    public static long SealedLength(long plain) => HeaderLength + plain + (TagLength * Segments(plain));

    /// <summary>How much plaintext is in a sealed file of that length.</summary>
    /// <param name="length">Bytes of the whole sealed file.</param>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: no sealed file has that length.</exception>
    public static long PlainLength(long length) => TryPlainLength(length, out var plain)
        ? plain
        : throw new MdmException(MdmErrorKind.Corrupt, $"No sealed file is {length} bytes long: it was cut, or it is something else.");

    /// <summary>False when no sealed file has that length.</summary>
    public static bool TryPlainLength(long length, out long plain)
    {
        plain = 0;
        if (length is < MinSealedLength or > MaxSegments * SegmentLength)
            return false;
        var segments = SegmentsOfSealed(length);
        // Only the plaintext of zero bytes has a segment without any.
        if (segments > 1 && length - ((segments - 1) * SegmentLength) <= TagLength)
            return false;
        plain = length - HeaderLength - (TagLength * segments);
        return true;
    }

    /// <summary>How many segments a plaintext of that length is in; an empty one is in one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than <see cref="MaxPlainLength"/>.</exception>
    public static long Segments(long plain)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(plain);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(plain, MaxPlainLength);
        return Math.Max(1, (plain + HeaderLength + PlainPerSegment - 1) / PlainPerSegment);
    }

    /// <summary>The segment in which a byte of the plaintext is.</summary>
    /// <param name="plainOffset">From the plaintext's beginning.</param>
    public static uint SegmentAt(long plainOffset) => (uint)((plainOffset + HeaderLength) / PlainPerSegment);

    /// <summary>Where in the plaintext a segment begins.</summary>
    public static long PlainOffset(uint number) => number == 0 ? 0 : (long)number * PlainPerSegment - HeaderLength;

    /// <summary>Where in the sealed file a segment begins.</summary>
    public static long SealedOffset(uint number) => number == 0 ? HeaderLength : (long)number * SegmentLength;

    /// <summary>Most plaintext in that segment; all but the last have as much.</summary>
    public static int PlainCapacity(uint number) => number == 0 ? FirstPlainLength : PlainPerSegment;

    /// <summary>Most bytes of that segment in the sealed file; all but the last have as many.</summary>
    public static int SealedCapacity(uint number) => PlainCapacity(number) + TagLength;

    internal static long SegmentsOfSealed(long length) => (length + SegmentLength - 1) / SegmentLength;
}
