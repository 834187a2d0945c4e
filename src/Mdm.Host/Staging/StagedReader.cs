using System.Security.Cryptography;
using Mdm.Formats.Sealed;

namespace Mdm.Host.Staging;

/// <summary>An open staged file: not evicted while it is open, and readable whatever else becomes of it, until this is disposed. Safe for concurrent use.</summary>
internal sealed class StagedReader(DeliveredBytes bytes, PoolSlot slot, Pool pool) : IDisposable
{
    private int _isDisposed;

    public long Length => slot.File.Facts.Length;

    /// <summary>True when what is delivered is the sealed file.</summary>
    public bool IsSealed => slot.Name.Delivery == Configuration.Delivery.Sealed;

    /// <summary>Reads delivered bytes at an offset; 0 only at the end.</summary>
    /// <exception cref="MdmException">Corrupt: what lies in the pool is not what was put there.</exception>
    public int Read(long offset, Span<byte> into) => bytes.Read(offset, into);

    /// <summary>The md5 of all of it, 16 bytes. Reads the file the first time: few ask for it, and taking it of every file would cost more than fetching.</summary>
    public byte[] Md5(CancellationToken cancellationToken)
    {
        if (slot.Md5 is { } known)
            return known;
#pragma warning disable CA5351 // md5 is what grid clients compare against accidents (RFC 3230); nothing is secured by it.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        var piece = new byte[SealedFormat.SegmentLength];
        long offset = 0;
        for (int count; (count = Read(offset, piece)) > 0; offset += count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            md5.AppendData(piece, 0, count);
        }
        return slot.Md5 = md5.GetHashAndReset();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        bytes.Dispose();
        pool.EndHold(slot);
    }
}
