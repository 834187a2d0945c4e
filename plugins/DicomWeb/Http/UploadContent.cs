using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Mdm.Plugins.DicomWeb.Http;

/// <summary>One object as a multipart body for STOW-RS (PS3.18 §10.5), copied through from its stream.</summary>
internal sealed class UploadContent : HttpContent
{
    // 64 KiB: as what comes the other way.
    private const int BufferLength = 64 * 1024;
    private const int BoundaryBytes = 16;

    private readonly Stream _object;
    private readonly long? _length;
    private readonly byte[] _head;
    private readonly byte[] _tail;
    private Action _progress = () => { };

    /// <param name="object">Stays the caller's.</param>
    /// <param name="length">Of the object in bytes, when known: not every archive takes a body without length.</param>
    public UploadContent(Stream @object, long? length)
    {
        (_object, _length) = (@object, length);
        var boundary = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(BoundaryBytes));
        _head = Encoding.ASCII.GetBytes($"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n");
        _tail = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/related; type=\"application/dicom\"; boundary={boundary}");
    }

    /// <summary>What is called whenever the archive has taken some bytes.</summary>
    public void OnProgress(Action progress) => _progress = progress;

    protected override bool TryComputeLength(out long length)
    {
        length = _head.Length + _length.GetValueOrDefault() + _tail.Length;
        return _length is not null;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_head, cancellationToken);
        var buffer = new byte[BufferLength];
        for (int count; (count = await _object.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            _progress();
        }

        await stream.WriteAsync(_tail, cancellationToken);
        await stream.FlushAsync(cancellationToken);
        _progress();
    }
}
