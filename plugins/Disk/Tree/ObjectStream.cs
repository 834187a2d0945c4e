using Mdm.Abstractions;

namespace Mdm.Plugins.Disk.Tree;

/// <summary>An object's bytes as they were when it was opened: what somebody changes meanwhile ends as an error, never as a shorter object.</summary>
internal sealed class ObjectStream(OpenFile file) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = await RandomAccess.ReadAsync(file.Handle, buffer, _position, cancellationToken);
            return Checked(count);
        }
        catch (IOException error)
        {
            throw PosixError.Of(error, "The object cannot be read");
        }
    }

    public override int Read(Span<byte> buffer) => buffer.IsEmpty ? 0 : Checked(RandomAccess.Read(file.Handle, buffer, _position));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }

    private int Checked(int count)
    {
        _position += count;
        if (count > 0 && _position <= file.Facts.Length)
            return count;
        if (_position == file.Facts.Length && Posix.Facts(file.Handle, out _) is { } now && now == file.Facts)
            return 0;
        throw new MdmException(MdmErrorKind.Corrupt, "The object was changed while it was read.");
    }
}
