using System.Buffers;
using System.Net;
using Mdm.Abstractions;

namespace Mdm.Client.Files;

/// <summary>What is put: written as often as a transfer is begun.</summary>
internal interface IUploadSource
{
    /// <summary>Bytes that travel.</summary>
    long Length { get; }

    /// <summary>Writes all of it.</summary>
    Task WriteAsync(Stream target, CancellationToken cancellationToken);
}

/// <summary>One file on its way to a host: asked for, written, compared, done. What goes wrong on the way is called off, so that nothing of it is left there.</summary>
internal sealed class Upload(HttpClient http, SrmClient srm, PutOptions options, Action<long> report)
{
    private const int MaxExplanation = 1024;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    /// <exception cref="SrmException">The host refused it, or something broke off too often.</exception>
    public async Task<PutFile> RunAsync(IUploadSource source, Surl target, CancellationToken cancellationToken)
    {
        var (token, address) = await srm.PrepareToPutAsync(target, source.Length, options, cancellationToken).ConfigureAwait(false);
        try
        {
            var (adler32, isVerified) = await PersistAsync(source, target, address, cancellationToken).ConfigureAwait(false);
            await srm.PutDoneAsync(token, target, cancellationToken).ConfigureAwait(false);
            return new PutFile(target, source.Length, adler32, isVerified);
        }
        catch
        {
            await srm.AbortAsync(token).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<(string Adler32, bool IsVerified)> PersistAsync(IUploadSource source, Surl target, Uri address, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var content = new Content(source, options.StallTimeout, srm.Clock, report);
            try
            {
                return await SendAsync(content, target, address, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested && content.LocalFault is null
                && e.GetBaseException() is not MdmException { Kind: MdmErrorKind.Refused })
            {
                report(-content.Sent);
                if (attempt >= options.Retries)
                    throw SrmClient.Unreachable(address, e is OperationCanceledException ? new HttpRequestException($"nothing was taken for {options.StallTimeout.TotalSeconds:0} seconds", e) : e);
                await Task.Delay(FirstPause * Math.Pow(2, attempt), srm.Clock, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (content.LocalFault is { } fault && !cancellationToken.IsCancellationRequested)
            {
                throw new SrmException(null, $"{target} was not put: {fault.Message}", e);
            }
        }
    }

    private async Task<(string Adler32, bool IsVerified)> SendAsync(Content content, Surl target, Uri address, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        content.Stall = stall;
        using var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = content };
        // The host says no before the bytes travel.
        request.Headers.ExpectContinue = true;
        content.Headers.ContentLength = content.Source.Length;
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
        if (response.StatusCode is >= HttpStatusCode.InternalServerError and not HttpStatusCode.InsufficientStorage or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout)
            throw new HttpRequestException($"HTTP {(int)response.StatusCode}");
        if (!response.IsSuccessStatusCode)
            throw new SrmException(null, $"{target}: {address.Authority} did not take it: {await ExplanationAsync(response, stall.Token).ConfigureAwait(false)}");
        var told = DigestHeader.Adler32(response.Headers);
        return told is null || told == content.Adler32
            ? (content.Adler32, told is not null)
            : throw new SrmException(null, $"{target}: its adler32 is {content.Adler32}, the host received {told}. It was not kept there.");
    }

    private static async Task<string> ExplanationAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = $"HTTP {(int)response.StatusCode} ({response.ReasonPhrase})";
        if (response.Content.Headers.ContentType?.MediaType != "text/plain")
            return text;
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            var bytes = new byte[MaxExplanation];
            var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            var words = new string([.. System.Text.Encoding.UTF8.GetString(bytes, 0, length).Where(c => !char.IsControl(c))]).Trim();
            return words.Length == 0 ? text : words;
        }
    }

    /// <summary>The body of one attempt: counted, summed and watched while it is written.</summary>
    private sealed class Content(IUploadSource source, TimeSpan stallTimeout, TimeProvider clock, Action<long> report) : HttpContent
    {
        private Adler32 _adler = new();

        public IUploadSource Source => source;

        /// <summary>Ends the attempt; told anew with each byte that was taken.</summary>
        public CancellationTokenSource? Stall { get; set; }

        public long Sent { get; private set; }

        public string Adler32 => _adler.ToString();

        /// <summary>What this side could not do; null where it was the network or the host.</summary>
        public Exception? LocalFault { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var counting = new Counting(this, stream);
            await using (counting.ConfigureAwait(false))
            {
                try
                {
                    await source.WriteAsync(counting, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (!counting.IsBroken && e is IOException or UnauthorizedAccessException or MdmException)
                {
                    LocalFault = e;
                    throw;
                }
            }
            if (Sent == source.Length)
                return;
            LocalFault = new IOException($"the file has another length than when this began: {Sent} bytes instead of {source.Length}.");
            throw LocalFault;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = source.Length;
            return true;
        }

        private void Wrote(ReadOnlySpan<byte> bytes)
        {
            _adler.Append(bytes);
            Sent += bytes.Length;
            report(bytes.Length);
        }

        private sealed class Counting(Content content, Stream target) : WriteOnlyStream
        {
            public bool IsBroken { get; private set; }

            public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
            {
                // A body that is longer than it said would break the connection; the length is compared at the end.
                if (content.Sent + buffer.Length > content.Source.Length)
                    throw new IOException($"the file has another length than when this began: more than {content.Source.Length} bytes.");
                using var limit = new CancellationTokenSource(content.StallTimeout, content.Clock);
                await using (limit.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), content.Stall!).ConfigureAwait(false))
                {
                    try
                    {
                        await target.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
                    }
                    catch
                    {
                        IsBroken = true;
                        throw;
                    }
                }
                content.Wrote(buffer.Span);
            }
        }

        private TimeSpan StallTimeout => stallTimeout;

        private TimeProvider Clock => clock;
    }
}
