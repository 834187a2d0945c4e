using Mdm.Abstractions;

namespace Mdm.Client.Files;

/// <summary>
/// The bytes of a remote file from its beginning, as they arrive. Where it breaks off it is taken up at the same byte. Its end is given out only when the checksum is the one
/// that was promised. For one reader at a time; owns the file.
/// </summary>
internal sealed class ArrivingStream(RemoteFile file) : Stream
{
    private HttpResponseMessage? _response;
    private Stream? _body;
    private long _position;
    private long? _length;
    private string? _promised = file.Adler32;
    private Adler32 _adler = new();
    private bool _disposed;

    /// <summary>The type that the host names; known when something was read.</summary>
    public string? MediaType { get; private set; }

    public override bool CanRead => !_disposed;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <exception cref="SrmException">The file cannot be had, or is not what was promised.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (buffer.IsEmpty)
            return 0;
        var read = await file.PersistAsync(token => ReadOnAsync(buffer, token), cancellationToken).ConfigureAwait(false);
        if (read == 0)
        {
            if (_promised is not null && _promised != _adler.ToString())
                throw Mismatch($"{file.Surl}: its adler32 is {_adler.ToString()}, {_promised} was promised.");
            return 0;
        }
        _adler.Append(buffer.Span[..read]);
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            Hang();
            await file.DisposeAsync().ConfigureAwait(false);
        }
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            Hang();
            file.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadOnAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_length == _position)
            return 0;
        try
        {
            _body ??= await AskAsync(cancellationToken).ConfigureAwait(false);
            var read = await _body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            return read > 0 || _length is null or 0 ? read : throw new HttpRequestException($"{_position} of {_length} bytes came");
        }
        catch
        {
            Hang();
            throw;
        }
    }

    private static SrmException Mismatch(string why) => new(null, why, new MdmException(MdmErrorKind.Corrupt, why));

    private async Task<Stream> AskAsync(CancellationToken cancellationToken)
    {
        _response = await file.AskAsync(_position, null, cancellationToken).ConfigureAwait(false);
        var content = _response.Content.Headers;
        _length = content.ContentRange?.Length ?? content.ContentLength;
        MediaType = content.ContentType?.MediaType;
        _promised ??= DigestHeader.Adler32(_response.Headers);
        return await _response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Hang()
    {
        _body?.Dispose();
        _response?.Dispose();
        (_body, _response) = (null, null);
    }
}
