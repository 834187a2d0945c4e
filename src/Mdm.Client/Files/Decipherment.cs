using System.Buffers;
using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Formats.Sealed;

namespace Mdm.Client.Files;

/// <summary>
/// Deciphers a sealed file while its part grows. What lies beside the destination is sealed; the plaintext has no name before all of it is authentic and verified.
/// A segment is opened when a byte of the next has come, or at the end: until then it might be the last.
/// </summary>
internal sealed class Decipherment : IDisposable
{
    private readonly PartialFile _part;
    private readonly PlainFile _plain;
    private readonly SegmentCipher _cipher;
    private byte[]? _buffer;
    private uint _next;

    public Decipherment(PartialFile part, string destination, SealedHeader header, ContentKey key)
    {
        _part = part;
        _plain = PlainFile.Create(destination);
        _cipher = new SegmentCipher(key, header);
    }

    /// <summary>Opens what is certain not to be the end.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: a segment is not authentic.</exception>
    public void Advance()
    {
        while (_part.Length > SealedFormat.SealedOffset(_next) + SealedFormat.SealedCapacity(_next))
            Open(SealedFormat.SealedCapacity(_next), isLast: false);
    }

    /// <summary>Opens the rest, since nothing more comes, and puts the plaintext in place.</summary>
    /// <returns>Bytes of plaintext.</returns>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: a segment is not authentic.</exception>
    /// <exception cref="IOException">There is a file already and it may not be replaced.</exception>
    public long Complete(bool replace)
    {
        Advance();
        Open((int)(_part.Length - SealedFormat.SealedOffset(_next)), isLast: true);
        _plain.Complete(replace);
        return _plain.Length;
    }

    public void Dispose()
    {
        _plain.Dispose();
        _cipher.Dispose();
        if (_buffer is null)
            return;
        CryptographicOperations.ZeroMemory(_buffer);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }

    private void Open(int length, bool isLast)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(SealedFormat.SegmentLength);
        var segment = _buffer.AsSpan(0, Math.Max(0, length));
        _part.Read(SealedFormat.SealedOffset(_next), segment);
        var plain = segment[..Math.Max(0, length - SealedFormat.TagLength)];
        _cipher.Open(_next, isLast, segment, plain);
        _plain.Append(plain);
        _next++;
    }
}
