using Microsoft.Win32.SafeHandles;

namespace Mdm.Host.Staging;

/// <summary>
/// What a file looks like on the pool's disk, and how its delivered bytes are read back: the one place between disclosure and disk. Files of another form's name are
/// never served.
/// </summary>
internal abstract class StoredForm
{
    /// <summary>Distinguishes forms in the names of pool files.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes on disk for so many delivered bytes.</summary>
    public abstract long StoredLength(long length);

    /// <summary>Begins a file; its handle stays the caller's.</summary>
    public abstract StoredWriter Begin(SafeFileHandle file);

    /// <summary>Reads delivered bytes at an offset of the delivered file.</summary>
    public abstract int Read(SafeFileHandle file, long offset, Span<byte> into);
}

/// <summary>Takes a file's delivered bytes in order.</summary>
internal abstract class StoredWriter
{
    public abstract void Write(ReadOnlySpan<byte> bytes);

    /// <summary>After the last byte; without it the file is not complete.</summary>
    public abstract void Complete();
}

/// <summary>Files lie as they are delivered.</summary>
internal sealed class PlainForm : StoredForm
{
    public override string Name => "plain";

    public override long StoredLength(long length) => length;

    public override StoredWriter Begin(SafeFileHandle file) => new Writer(file);

    public override int Read(SafeFileHandle file, long offset, Span<byte> into) => RandomAccess.Read(file, into, offset);

    private sealed class Writer(SafeFileHandle file) : StoredWriter
    {
        private long _offset;

        public override void Write(ReadOnlySpan<byte> bytes)
        {
            RandomAccess.Write(file, bytes, _offset);
            _offset += bytes.Length;
        }

        public override void Complete()
        {
            // Nothing follows the last byte in this form.
        }
    }
}
