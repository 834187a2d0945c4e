using Mdm.Abstractions;

namespace Acme.Pacs;

/// <summary>An object's bytes as they come. It never ends normally before the object does, and throws nothing but the contract's exception.</summary>
internal sealed class ArchiveStream(HttpResponseMessage response, Stream body, long? length) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        try
        {
            count = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw new MdmException(MdmErrorKind.Unavailable, "The archive broke off in the middle of an object.", fault);
        }
        _read += count;
        if (_read > length || (count == 0 && !buffer.IsEmpty && length is not null && _read != length))
            throw new MdmException(MdmErrorKind.Corrupt, $"The index says {length} bytes, and {_read} came.");
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            response.Dispose();
        base.Dispose(disposing);
    }
}
