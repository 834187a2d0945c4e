using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Mdm.Abstractions;

namespace Mdm.Formats.Sealed;

/// <summary>
/// Seals and opens the segments of one file, each on its own. Holds the file's AES key, never the content key; zeroes it when disposed.
/// Safe for concurrent use, except that disposing must be the last call.
/// </summary>
public sealed class SegmentCipher : IDisposable
{
    private const int KeyLength = 32;
    private const int NonceLength = 12;

    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(KeyLength, pinned: true);

    // An AES-GCM context serves one thread at a time and costs as much to make as a few KB cost to encipher: as many are kept as were ever at work at once.
    private readonly ConcurrentBag<AesGcm> _idle = [];
    private volatile bool _disposed;

    /// <summary>Derives the file's AES key.</summary>
    /// <param name="key">The content key; it is not kept.</param>
    /// <param name="header">The file's header.</param>
    public SegmentCipher(ContentKey key, SealedHeader header)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(header);
        Header = header;
        ReadOnlySpan<byte> version = "mdm-sealed-v1"u8;
        Span<byte> info = stackalloc byte[version.Length + KeyId.Size];
        version.CopyTo(info);
        header.KeyId.ToBytes().CopyTo(info[version.Length..]);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Bytes, _key, header.Salt, info);
    }

    /// <summary>The header of the file.</summary>
    public SealedHeader Header { get; }

    /// <summary>Seals a segment.</summary>
    /// <param name="number">Its place in the file, from 0.</param>
    /// <param name="isLast">True for the file's last, which alone may be shorter than the others (empty only when it is the first, too).</param>
    /// <param name="plain">Its plaintext.</param>
    /// <param name="destination">As long as <paramref name="plain"/> and <see cref="SealedFormat.TagLength"/> more; may begin at the same place in memory.</param>
    /// <exception cref="ArgumentException">A length is not what it has to be.</exception>
    public void Seal(uint number, bool isLast, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        if (!HasPlaceFor(number, isLast, plain.Length))
            throw new ArgumentException($"Segment {number} cannot have {plain.Length} bytes of plaintext.", nameof(plain));
        if (destination.Length != plain.Length + SealedFormat.TagLength)
            throw new ArgumentException($"A segment is {SealedFormat.TagLength} bytes longer than its plaintext.", nameof(destination));
        Span<byte> nonce = stackalloc byte[NonceLength];
        WriteNonce(nonce, number, isLast);
        var aes = Take();
        aes.Encrypt(nonce, plain, destination[..plain.Length], destination[plain.Length..]);
        Give(aes);
    }

    /// <summary>Opens a segment; gives out either all of its plaintext or none of it.</summary>
    /// <param name="number">Its place in the file, from 0.</param>
    /// <param name="isLast">True for the file's last.</param>
    /// <param name="segment">The whole segment.</param>
    /// <param name="destination">Shorter by <see cref="SealedFormat.TagLength"/>; may begin at the same place in memory. Zeroed when the segment is refused.</param>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: it is not that segment of that file, or the key is another.</exception>
    public void Open(uint number, bool isLast, ReadOnlySpan<byte> segment, Span<byte> destination)
    {
        var length = segment.Length - SealedFormat.TagLength;
        if (length < 0 || !HasPlaceFor(number, isLast, length))
            throw new MdmException(MdmErrorKind.Corrupt, $"Segment {number} of the sealed file has {segment.Length} bytes, which none can have: the file was cut or added to.");
        if (destination.Length != length)
            throw new ArgumentException($"A segment is {SealedFormat.TagLength} bytes longer than its plaintext.", nameof(destination));
        Span<byte> nonce = stackalloc byte[NonceLength];
        WriteNonce(nonce, number, isLast);
        var aes = Take();
        try
        {
            aes.Decrypt(nonce, segment[..length], segment[length..], destination);
        }
        catch (AuthenticationTagMismatchException e)
        {
            CryptographicOperations.ZeroMemory(destination);
            throw new MdmException(MdmErrorKind.Corrupt, $"Segment {number} of the sealed file is not authentic: the file was altered, cut or added to, or this is not its key.", e);
        }
        finally
        {
            Give(aes);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_key);
        while (_idle.TryTake(out var aes))
            aes.Dispose();
    }

    private static bool HasPlaceFor(uint number, bool isLast, int plain) =>
        isLast ? plain <= SealedFormat.PlainCapacity(number) && (plain > 0 || number == 0) : plain == SealedFormat.PlainCapacity(number);

    private void WriteNonce(Span<byte> nonce, uint number, bool isLast)
    {
        Header.NoncePrefix.CopyTo(nonce);
        BinaryPrimitives.WriteUInt32BigEndian(nonce[SealedHeader.NoncePrefixLength..], number);
        nonce[^1] = isLast ? (byte)1 : (byte)0;
    }

    private AesGcm Take()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _idle.TryTake(out var aes) ? aes : new AesGcm(_key, SealedFormat.TagLength);
    }

    private void Give(AesGcm aes)
    {
        if (_disposed)
            aes.Dispose();
        else
            _idle.Add(aes);
    }
}
