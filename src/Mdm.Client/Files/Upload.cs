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
            var content = new UploadContent(source, options.StallTimeout, srm.Clock, report);
            try
            {
                return await SendAsync(content, target, address, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested && content.LocalFault is null
                && e.GetBaseException() is not MdmException { Kind: MdmErrorKind.Refused })
            {
                content.GiveUp();
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

    private async Task<(string Adler32, bool IsVerified)> SendAsync(UploadContent content, Surl target, Uri address, CancellationToken cancellationToken)
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
            throw new SrmException(null, $"{target}: {address.Authority} did not take it: {await Refusal.TextAsync(response, Refusal.MaxLength, stall.Token).ConfigureAwait(false)}");
        var told = DigestHeader.Adler32(response.Headers);
        return told is null || told == content.Adler32
            ? (content.Adler32, told is not null)
            : throw new SrmException(null, $"{target}: its adler32 is {content.Adler32}, the host received {told}. It was not kept there.");
    }
}
