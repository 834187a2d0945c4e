using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Mdm.Abstractions;

namespace Mdm.Formats.Shares;

/// <summary>
/// One share of a key: which key, which split of it, and two MACs under keys that are derived from the key itself. The first shows after a join that the key is right, the
/// second which share was not.
/// </summary>
/// <remarks>
/// <code>
/// offset  size
///      0     4   "MDS1"
///      4    16   key id
///     20     4   generation, from 1, big-endian
///     24    16   split: random, the same in all shares that were made at once
///     40     1   threshold k
///     41     1   number of shares n
///     42     2   length L of the key in bytes, 16 to 64, big-endian
///     44    32   MAC of the key: HMAC-SHA256 over bytes 0 to 43
///     76     1   place x, 1 to n
///     77     L   the share y
///   77+L    32   MAC of the share: HMAC-SHA256 over bytes 0 to 76+L
/// </code>
/// Shares with equal bytes 0 to 75 are of one split; others never join. The MACs' keys are HKDF-SHA256(key, salt = key id, info = <c>mdm-share-key-v1</c> and
/// <c>mdm-share-y-v1</c>), 32 bytes each. A MAC in each share lets who holds one share test guesses of the key: nothing for a random key of 128 bits and more, and the reason why
/// passwords are split by <see cref="Shamir"/> alone.
/// </remarks>
public sealed class KeyShare : IDisposable
{
    /// <summary>Shortest key in bytes.</summary>
    public const int MinKeyLength = 16;

    /// <summary>Longest key in bytes.</summary>
    public const int MaxKeyLength = 64;

    /// <summary>Bytes of the longest share.</summary>
    public const int MaxLength = HeaderLength + 1 + MaxKeyLength + MacLength;

    internal const int HeaderLength = 76;
    internal const int MacLength = 32;
    private const int KeyIdAt = 4, GenerationAt = 20, SplitAt = 24, ThresholdAt = 40, CountAt = 41, KeyLengthAt = 42, KeyMacAt = 44, PlaceAt = 76, ValueAt = 77;

    private readonly byte[] _bytes;

    private KeyShare(byte[] bytes) => _bytes = bytes;

    /// <summary>Which key.</summary>
    public KeyId KeyId => new(_bytes.AsSpan(KeyIdAt, KeyId.Size));

    /// <summary>How many times the key's shares were made anew, from 1.</summary>
    public uint Generation => BinaryPrimitives.ReadUInt32BigEndian(_bytes.AsSpan(GenerationAt));

    /// <summary>The split that it is of.</summary>
    public SplitId Split => new(_bytes.AsSpan(SplitAt, SplitId.Size));

    /// <summary>How many shares give the key.</summary>
    public int Threshold => _bytes[ThresholdAt];

    /// <summary>How many there are.</summary>
    public int Count => _bytes[CountAt];

    /// <summary>Where the polynomials were evaluated.</summary>
    public byte Place => _bytes[PlaceAt];

    /// <summary>Bytes of the key.</summary>
    public int KeyLength => BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(KeyLengthAt));

    /// <summary>All of it, in the format above; not to be kept.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The polynomials' values.</summary>
    public ReadOnlySpan<byte> Value => _bytes.AsSpan(ValueAt, KeyLength);

    internal ReadOnlySpan<byte> Header => _bytes.AsSpan(0, HeaderLength);

    /// <summary>Reads a share. That its MACs are right shows when it is joined.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>.</exception>
    public static KeyShare Parse(ReadOnlySpan<byte> bytes) =>
        TryParse(bytes, out var share) ? share : throw new MdmException(MdmErrorKind.Corrupt, "This is not a share of a key.");

    /// <summary>Reads a share; false when it is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out KeyShare? share)
    {
        share = null;
        if (bytes.Length is < ValueAt + MinKeyLength + MacLength or > MaxLength || !bytes.StartsWith("MDS1"u8))
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[KeyLengthAt..]), threshold = bytes[ThresholdAt], count = bytes[CountAt], place = bytes[PlaceAt];
        if (length is < MinKeyLength or > MaxKeyLength || bytes.Length != ValueAt + length + MacLength || BinaryPrimitives.ReadUInt32BigEndian(bytes[GenerationAt..]) == 0
            || threshold < 1 || threshold > count || place < 1 || place > count)
            return false;
        share = new KeyShare(bytes.ToArray());
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    /// <summary>Never the share.</summary>
    public override string ToString() => $"share {Place} of {Count} of key {KeyId}, generation {Generation}";

    /// <summary>Bytes 0 to 75.</summary>
    internal static byte[] HeaderOf(KeyId id, uint generation, SplitId split, int threshold, int count, ReadOnlySpan<byte> key)
    {
        var header = new byte[HeaderLength];
        "MDS1"u8.CopyTo(header);
        id.ToBytes().CopyTo(header, KeyIdAt);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(GenerationAt), generation);
        split.ToBytes().CopyTo(header, SplitAt);
        (header[ThresholdAt], header[CountAt]) = ((byte)threshold, (byte)count);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(KeyLengthAt), (ushort)key.Length);
        Mac(key, id, "mdm-share-key-v1"u8, header.AsSpan(0, KeyMacAt), header.AsSpan(KeyMacAt));
        return header;
    }

    internal static KeyShare Make(ReadOnlySpan<byte> header, byte place, ReadOnlySpan<byte> value, ReadOnlySpan<byte> key)
    {
        var bytes = new byte[ValueAt + value.Length + MacLength];
        header.CopyTo(bytes);
        bytes[PlaceAt] = place;
        value.CopyTo(bytes.AsSpan(ValueAt));
        var share = new KeyShare(bytes);
        Mac(key, share.KeyId, "mdm-share-y-v1"u8, bytes.AsSpan(0, bytes.Length - MacLength), bytes.AsSpan(bytes.Length - MacLength));
        return share;
    }

    /// <summary>True when that is the key that was split.</summary>
    internal bool IsOf(ReadOnlySpan<byte> key)
    {
        Span<byte> mac = stackalloc byte[MacLength];
        Mac(key, KeyId, "mdm-share-key-v1"u8, _bytes.AsSpan(0, KeyMacAt), mac);
        return key.Length == KeyLength && CryptographicOperations.FixedTimeEquals(mac, _bytes.AsSpan(KeyMacAt, MacLength));
    }

    /// <summary>True when nothing of this share was altered since that key was split.</summary>
    internal bool IsUnaltered(ReadOnlySpan<byte> key)
    {
        Span<byte> mac = stackalloc byte[MacLength];
        Mac(key, KeyId, "mdm-share-y-v1"u8, _bytes.AsSpan(0, _bytes.Length - MacLength), mac);
        return IsOf(key) && CryptographicOperations.FixedTimeEquals(mac, _bytes.AsSpan(_bytes.Length - MacLength));
    }

    private static void Mac(ReadOnlySpan<byte> key, KeyId id, ReadOnlySpan<byte> purpose, ReadOnlySpan<byte> content, Span<byte> mac)
    {
        Span<byte> derived = stackalloc byte[MacLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, id.ToBytes(), purpose);
        HMACSHA256.HashData(derived, content, mac);
        CryptographicOperations.ZeroMemory(derived);
    }
}
