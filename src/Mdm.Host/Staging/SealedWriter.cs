using System.Security.Cryptography;
using Mdm.Formats.Sealed;
using Mdm.Host.Configuration;

namespace Mdm.Host.Staging;

/// <summary>
/// Seals a file into the pool. Its header depends on all of its content, so the content is held back until its end is known: the first segments in memory; those after them lie in the
/// file at their places, sealed under a key of one use that never leaves this object, and are sealed anew at the end. Plaintext never touches the disk.
/// </summary>
internal sealed class SealedWriter(PartialFile file, Delivery delivery) : IDisposable
{
    /// <summary>8 MiB in memory: a slice or a section is sealed in one pass. Longer ones cost a second.</summary>
    public const int SegmentsInMemory = 8;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<byte[]> _held = [];
    private Checksums _plain = new();
    private byte[]? _last;
    private int _lastLength;
    private uint _count;
    private SegmentCipher? _spool;

    /// <summary>Takes the next segment's plaintext, which fills it unless it is the last.</summary>
    /// <param name="segment">Of <see cref="SegmentBuffers"/>; no longer the caller's. It is sealed where it is: plaintext is copied nowhere.</param>
    /// <param name="length">At most what the segment holds.</param>
    public void Add(byte[] segment, int length)
    {
        Put();
        (_last, _lastLength) = (segment, length);
        _count++;
        _hash.AppendData(segment, 0, length);
        // The adler of sealed bytes is taken when there are any.
        if (delivery == Delivery.Clear)
            _plain.Append(segment.AsSpan(0, length));
    }

    /// <summary>After the last byte: seals all of it; without this the file opens nowhere.</summary>
    /// <returns>Length and checksum of what will be delivered.</returns>
    public FileFacts Complete(ContentKey key, KeyId id)
    {
        // An empty file is one empty segment.
        if (_last is null)
            Add(SegmentBuffers.Rent(), 0);
        var header = SealedHeader.Synthesize(key, id, SealedFormat.PlainOffset(_count - 1) + _lastLength, _hash.GetHashAndReset());
        using var cipher = new SegmentCipher(key, header);
        var sealedSums = new Checksums();
        RandomAccess.Write(file.Handle, header.ToBytes(), 0);
        Append(ref sealedSums, header.ToBytes());
        byte[]? spooled = null;
        for (uint number = 0; number < _count; number++)
        {
            var isLast = number == _count - 1;
            var segment = isLast ? _last! : number < _held.Count ? _held[(int)number] : Unspool(number, spooled ??= SegmentBuffers.Rent());
            var bytes = Seal(cipher, number, isLast, segment, isLast ? _lastLength : SealedFormat.PlainCapacity(number));
            Append(ref sealedSums, bytes);
        }
        foreach (var segment in _held.Append(_last).Append(spooled).OfType<byte[]>())
            SegmentBuffers.Return(segment, plaintext: 0);
        _held.Clear();
        _last = null;
        return delivery == Delivery.Sealed ? sealedSums.Facts : _plain.Facts;
    }

    public void Dispose()
    {
        _hash.Dispose();
        _spool?.Dispose();
        foreach (var segment in _held.Append(_last).OfType<byte[]>())
            SegmentBuffers.Return(segment, segment.Length);
        _held.Clear();
        _last = null;
    }

    private void Append(ref Checksums sums, ReadOnlySpan<byte> bytes)
    {
        if (delivery == Delivery.Sealed)
            sums.Append(bytes);
    }

    /// <summary>Puts what was last where it waits for the end, now that it is not the last.</summary>
    private void Put()
    {
        if (_last is null)
            return;
        if (_held.Count < SegmentsInMemory)
        {
            _held.Add(_last);
        }
        else
        {
            Seal(_spool ??= SpoolCipher(), _count - 1, isLast: false, _last, SealedFormat.PlainCapacity(_count - 1));
            SegmentBuffers.Return(_last, plaintext: 0);
        }
        _last = null;
    }

    /// <summary>Seals a segment where it is and writes it to its place in the file.</summary>
    private ReadOnlySpan<byte> Seal(SegmentCipher cipher, uint number, bool isLast, byte[] segment, int length)
    {
        var bytes = segment.AsSpan(0, length + SealedFormat.TagLength);
        cipher.Seal(number, isLast, bytes[..length], bytes);
        RandomAccess.Write(file.Handle, bytes, SealedFormat.SealedOffset(number));
        return bytes;
    }

    private byte[] Unspool(uint number, byte[] buffer)
    {
        var segment = buffer.AsSpan(0, SealedFormat.SealedCapacity(number));
        for (var filled = 0; filled < segment.Length;)
        {
            var read = RandomAccess.Read(file.Handle, segment[filled..], SealedFormat.SealedOffset(number) + filled);
            filled += read > 0 ? read : throw new EndOfStreamException("What was spooled into the pool is gone.");
        }
        _spool!.Open(number, isLast: false, segment, segment[..^SealedFormat.TagLength]);
        return buffer;
    }

    private static SegmentCipher SpoolCipher()
    {
        using var once = ContentKey.Create();
        return new SegmentCipher(once, SealedHeader.Random(once, default));
    }
}
