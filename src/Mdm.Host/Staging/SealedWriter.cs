using System.Collections.Concurrent;
using System.Security.Cryptography;
using Mdm.Formats.Sealed;
using Mdm.Host.Configuration;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Host.Staging;

/// <summary>
/// Seals a file into the pool. Its header depends on all of its content, so the content is held back until its end is known: the first segments in memory; those after them lie in the
/// file at their places, sealed under a key of one use that never leaves this object, and are sealed anew at the end. Plaintext never touches the disk.
/// </summary>
internal sealed class SealedWriter(SafeFileHandle file, Delivery delivery) : IDisposable
{
    /// <summary>8 MiB in memory: a slice or a section is sealed in one pass. Longer ones cost a second.</summary>
    public const int SegmentsInMemory = 8;

    /// <summary>Buffers kept for the next file, of all files: 16 MiB.</summary>
    private const int MaxSpare = 16;

    // Not the shared pool: it lets go of arrays of this size when the collector runs, which they make it do. They are zeroed when they are given back.
    private static readonly ConcurrentStack<byte[]> Spare = new();

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<byte[]> _held = [];
    private Checksums _plain = new();
    private byte[] _current = Rent();
    private int _filled;
    private uint _number;
    private SegmentCipher? _spool;

    /// <summary>Takes plaintext, in order.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        // The adler of sealed bytes is taken when there are any.
        if (delivery == Delivery.Clear)
            _plain.Append(bytes);
        while (!bytes.IsEmpty)
        {
            var room = SealedFormat.PlainCapacity(_number) - _filled;
            if (room == 0)
            {
                Put();
                continue;
            }
            var count = Math.Min(room, bytes.Length);
            bytes[..count].CopyTo(_current.AsSpan(_filled));
            _filled += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>After the last byte: seals all of it; without this the file opens nowhere.</summary>
    /// <returns>Length and checksum of what will be delivered.</returns>
    public FileFacts Complete(ContentKey key, KeyId id)
    {
        var length = SealedFormat.PlainOffset(_number) + _filled;
        var header = SealedHeader.Synthesize(key, id, length, _hash.GetHashAndReset());
        using var cipher = new SegmentCipher(key, header);
        var sealedSums = new Checksums();
        RandomAccess.Write(file, header.ToBytes(), 0);
        Append(ref sealedSums, header.ToBytes());
        var buffer = Rent();
        for (uint number = 0; number <= _number; number++)
        {
            var isLast = number == _number;
            var plain = isLast ? _current.AsSpan(0, _filled) : number < _held.Count ? _held[(int)number].AsSpan(0, SealedFormat.PlainCapacity(number)) : Unspool(number, buffer);
            var segment = buffer.AsSpan(0, plain.Length + SealedFormat.TagLength);
            cipher.Seal(number, isLast, plain, segment);
            RandomAccess.Write(file, segment, SealedFormat.SealedOffset(number));
            Append(ref sealedSums, segment);
        }
        // What it held was enciphered in place.
        Return(buffer, plaintext: 0);
        return delivery == Delivery.Sealed ? sealedSums.Facts : _plain.Facts;
    }

    public void Dispose()
    {
        _hash.Dispose();
        _spool?.Dispose();
        _held.ForEach(piece => Return(piece, piece.Length));
        _held.Clear();
        if (_current.Length > 0)
            Return(_current, _number == 0 ? _filled : _current.Length);
        _current = [];
    }

    private void Append(ref Checksums sums, ReadOnlySpan<byte> bytes)
    {
        if (delivery == Delivery.Sealed)
            sums.Append(bytes);
    }

    /// <summary>Puts a full segment, which is not the last, where it waits for the end.</summary>
    private void Put()
    {
        if (_held.Count < SegmentsInMemory)
        {
            _held.Add(_current);
            _current = Rent();
        }
        else
        {
            _spool ??= SpoolCipher();
            var buffer = Rent();
            var segment = buffer.AsSpan(0, SealedFormat.SealedCapacity(_number));
            _spool.Seal(_number, isLast: false, _current.AsSpan(0, SealedFormat.PlainCapacity(_number)), segment);
            RandomAccess.Write(file, segment, SealedFormat.SealedOffset(_number));
            Return(buffer, plaintext: 0);
        }
        _number++;
        _filled = 0;
    }

    private Span<byte> Unspool(uint number, byte[] buffer)
    {
        var segment = buffer.AsSpan(0, SealedFormat.SealedCapacity(number));
        for (var filled = 0; filled < segment.Length;)
        {
            var read = RandomAccess.Read(file, segment[filled..], SealedFormat.SealedOffset(number) + filled);
            filled += read > 0 ? read : throw new EndOfStreamException("What was spooled into the pool is gone.");
        }
        var plain = segment[..^SealedFormat.TagLength];
        _spool!.Open(number, isLast: false, segment, plain);
        return plain;
    }

    private static SegmentCipher SpoolCipher()
    {
        using var once = ContentKey.Create();
        return new SegmentCipher(once, SealedHeader.Random(once, default));
    }

    private static byte[] Rent() => Spare.TryPop(out var piece) ? piece : GC.AllocateUninitializedArray<byte>(SealedFormat.SegmentLength);

    private static void Return(byte[] piece, int plaintext)
    {
        if (Spare.Count >= MaxSpare)
            return;
        // Whoever gets it next must not find a patient in it. Only as far as there was one: clearing all of it costs an image as much as sealing it.
        CryptographicOperations.ZeroMemory(piece.AsSpan(0, plaintext));
        Spare.Push(piece);
    }
}
