using System.Net;
using System.Net.Http.Headers;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.DicomWeb.Http;

/// <summary>An answer whose header has come. Closing it ends the transfer and lets the next request have the connection.</summary>
internal sealed class ArchiveResponse(HttpResponseMessage message, Stream content, TimeSpan stallTimeout, TimeProvider time, IDisposable slot) : IAsyncDisposable
{
    private readonly TimedContent _content = new(content, stallTimeout, time);

    public HttpStatusCode Status => message.StatusCode;

    public MediaTypeHeaderValue? MediaType => message.Content.Headers.ContentType;

    public HttpResponseHeaders Headers => message.Headers;

    /// <summary>The body has no length, and only the end of the connection ends it, as with HTTP/1.0.</summary>
    public bool EndsByClosing => message.Content.Headers.ContentLength is null && message.Headers.TransferEncodingChunked != true;

    /// <summary>The body; each read ends within the stall timeout.</summary>
    public Stream Content => _content;

    /// <summary>True when the archive ended the connection in the middle, other than by being slow.</summary>
    public bool WasCut => _content.WasCut;

    /// <summary>The whole body.</summary>
    /// <exception cref="MdmException">Refused: longer than <paramref name="limit"/>, whose name is <paramref name="limitName"/>. Unavailable: it did not come.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAllAsync(int limit, string limitName, CancellationToken cancellationToken)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int count; (count = await _content.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (whole.Length + count > limit)
                throw new MdmException(MdmErrorKind.Refused, $"The archive's answer is longer than {limit} bytes (limit {limitName}).");
            whole.Write(buffer, 0, count);
        }

        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    public async ValueTask DisposeAsync()
    {
        await _content.DisposeAsync();
        message.Dispose();
        slot.Dispose();
    }

    private sealed class TimedContent(Stream source, TimeSpan limit, TimeProvider time) : ReadOnlyByteStream
    {
        private readonly SilenceLimit _silence = new(time);

        public bool WasCut { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await _silence.WaitAsync(source.ReadAsync(buffer, _silence.Begin()), limit, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (OperationCanceledException exception)
            {
                throw new MdmException(MdmErrorKind.Unavailable, $"The archive was silent for {limit.TotalSeconds:0} s.", exception);
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                WasCut = true;
                throw new MdmException(MdmErrorKind.Unavailable, "The connection to the archive broke.", exception);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                source.Dispose();
                _silence.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
