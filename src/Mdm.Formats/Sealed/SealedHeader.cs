using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Mdm.Abstractions;

namespace Mdm.Formats.Sealed;

/// <summary>The 40 bytes before the first segment: which key, and what makes this file's AES key and nonces its own. No secrets. Immutable.</summary>
public sealed class SealedHeader : IEquatable<SealedHeader>
{
    /// <summary>Length of the salt, in bytes.</summary>
    public const int SaltLength = 32;

    /// <summary>Length of the nonce prefix, in bytes.</summary>
    public const int NoncePrefixLength = 7;

    private const int SyntheticLength = SaltLength - KeyId.Size;

    private readonly byte[] _bytes;

    private SealedHeader(byte[] bytes) => _bytes = bytes;

    /// <summary>The content key that opens the file.</summary>
    public KeyId KeyId => new(Salt[..KeyId.Size]);

    /// <summary>32 bytes, unlike those of any other content under this key.</summary>
    public ReadOnlySpan<byte> Salt => _bytes.AsSpan(1, SaltLength);

    /// <summary>7 bytes that every nonce begins with.</summary>
    public ReadOnlySpan<byte> NoncePrefix => _bytes.AsSpan(1 + SaltLength, NoncePrefixLength);

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">The file's first 40 bytes; more are not looked at.</param>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: no sealed file begins so.</exception>
    public static SealedHeader Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < SealedFormat.HeaderLength)
            throw new MdmException(MdmErrorKind.Corrupt, $"The sealed file ends within its header, after {bytes.Length} bytes.");
        return TryParse(bytes, out var header) ? header : throw new MdmException(MdmErrorKind.Corrupt, "This is not a sealed file: it begins with another byte.");
    }

    /// <summary>False when no sealed file begins so.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SealedHeader? header)
    {
        header = bytes.Length >= SealedFormat.HeaderLength && bytes[0] == SealedFormat.FirstByte ? new SealedHeader(bytes[..SealedFormat.HeaderLength].ToArray()) : null;
        return header is not null;
    }

    /// <summary>
    /// The header of a content, computed from all of it: sealing the same content again under the same key gives the same bytes, and any other content has another
    /// salt, therefore another AES key. Nothing has to be remembered for no nonce to be used twice.
    /// </summary>
    /// <param name="key">The content key.</param>
    /// <param name="id">The key's id.</param>
    /// <param name="length">Bytes of plaintext.</param>
    /// <param name="sha256">SHA-256 of the plaintext.</param>
    public static SealedHeader Synthesize(ContentKey key, KeyId id, long length, ReadOnlySpan<byte> sha256)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, SealedFormat.MaxPlainLength);
        if (sha256.Length != SHA256.HashSizeInBytes)
            throw new ArgumentException($"A SHA-256 has {SHA256.HashSizeInBytes} bytes.", nameof(sha256));

        Span<byte> content = stackalloc byte[sizeof(ulong) + SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt64BigEndian(content, (ulong)length);
        sha256.CopyTo(content[sizeof(ulong)..]);
        Span<byte> secret = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> synthetic = stackalloc byte[SHA256.HashSizeInBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Bytes, secret, salt: [], info: "siv"u8);
        HMACSHA256.HashData(secret, content, synthetic);
        CryptographicOperations.ZeroMemory(secret);
        return Of(key, id, synthetic[..SyntheticLength]);
    }

    /// <summary>A header unlike any other, for a file whose content is not known before it is sealed, as one that is spooled under a key of its own.</summary>
    public static SealedHeader Random(ContentKey key, KeyId id)
    {
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> random = stackalloc byte[SyntheticLength];
        RandomNumberGenerator.Fill(random);
        return Of(key, id, random);
    }

    /// <summary>Writes the 40 bytes.</summary>
    /// <exception cref="ArgumentException">There is less room.</exception>
    public void WriteTo(Span<byte> destination) => _bytes.CopyTo(destination);

    /// <summary>The 40 bytes.</summary>
    public byte[] ToBytes() => [.. _bytes];

    /// <summary>Same bytes.</summary>
    public bool Equals(SealedHeader? other) => other is not null && other._bytes.AsSpan().SequenceEqual(_bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SealedHeader);

    /// <inheritdoc/>
    public override int GetHashCode() => BinaryPrimitives.ReadInt32LittleEndian(NoncePrefix);

    /// <summary>The key's id.</summary>
    public override string ToString() => $"sealed under {KeyId}";

    private static SealedHeader Of(ContentKey key, KeyId id, ReadOnlySpan<byte> synthetic)
    {
        var header = new SealedHeader(new byte[SealedFormat.HeaderLength]);
        var bytes = header._bytes.AsSpan();
        bytes[0] = SealedFormat.FirstByte;
        id.ToBytes().CopyTo(bytes[1..]);
        synthetic.CopyTo(bytes[(1 + KeyId.Size)..]);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Bytes, bytes[(1 + SaltLength)..], header.Salt, "prefix"u8);
        return header;
    }
}
