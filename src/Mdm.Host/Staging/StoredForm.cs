using Mdm.Formats.Sealed;
using Mdm.Host.Configuration;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Host.Staging;

/// <summary>
/// What a file looks like on the pool's disk: always sealed under its own content key. How its publication delivers it decides what its size and checksum are of, and whether the host
/// deciphers it on its way out.
/// </summary>
internal static class StoredForm
{
    /// <summary>Bytes on disk for so many delivered ones.</summary>
    public static long StoredLength(Delivery delivery, long length) => delivery == Delivery.Sealed ? length : SealedFormat.SealedLength(length);

    /// <summary>Tells forms apart in the names of pool files.</summary>
    public static char Letter(Delivery delivery) => delivery == Delivery.Sealed ? 's' : 'c';

    /// <summary>The form of a letter; null when there is none.</summary>
    public static Delivery? Of(char letter) => letter switch
    {
        's' => Delivery.Sealed,
        'c' => Delivery.Clear,
        _ => null,
    };

    /// <summary>Opens what is delivered of a file in the pool; takes the handle over.</summary>
    /// <param name="delivery">How it is delivered.</param>
    /// <param name="file">The pool's file.</param>
    /// <param name="key">Its content key; needed, and not kept, where it is delivered clear.</param>
    /// <exception cref="MdmException">Corrupt: it is no sealed file.</exception>
    public static DeliveredBytes Open(Delivery delivery, SafeFileHandle file, ContentKey? key) =>
        delivery == Delivery.Sealed ? new SealedBytes(file) : new ClearBytes(file, key ?? throw new ArgumentNullException(nameof(key)));

    private sealed class SealedBytes(SafeFileHandle file) : DeliveredBytes
    {
        public override int Read(long offset, Span<byte> into) => RandomAccess.Read(file, into, offset);

        public override void Dispose() => file.Dispose();
    }

    /// <summary>Nothing of a segment is given out before it was authenticated.</summary>
    private sealed class ClearBytes : DeliveredBytes
    {
        private readonly Lock _gate = new();
        private readonly SealedReaderStream _plain;

        public ClearBytes(SafeFileHandle file, ContentKey key)
        {
            var source = new SealedFileSource(file);
            SealedHeader header;
            try
            {
                header = SealedReader.ReadHeader(source);
            }
            catch
            {
                source.Dispose();
                throw;
            }
            _plain = new SealedReader(source, header, key).IntoStream();
        }

        public override int Read(long offset, Span<byte> into)
        {
            lock (_gate)
            {
                _plain.Position = offset;
                return _plain.Read(into);
            }
        }

        public override void Dispose() => _plain.Dispose();
    }
}

/// <summary>The bytes of a staged file as they are delivered. Safe for concurrent use.</summary>
internal abstract class DeliveredBytes : IDisposable
{
    /// <summary>Reads at an offset of the delivered file; 0 only at the end.</summary>
    /// <exception cref="MdmException">Corrupt: what lies in the pool is not what was put there.</exception>
    public abstract int Read(long offset, Span<byte> into);

    public abstract void Dispose();
}
