using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Mdm.Abstractions;
using Mdm.Client.Discovery;
using Mdm.Client.Files;
using Mdm.Formats.Names;
using Mdm.Srm.Messages;

namespace Mdm.Client;

// Images that go into a site's archive and are published at once.
public sealed partial class GridFiles
{
    /// <summary>Brings a DICOM object into the archive behind a publication, where it is published at once.</summary>
    /// <param name="path">The file on this machine.</param>
    /// <param name="host">Any SURL at the host.</param>
    /// <param name="publication">The publication, as the host's configuration names it; null for the one into which the caller may register.</param>
    /// <param name="progress">Told how many more bytes were taken, on any thread; null for nobody.</param>
    /// <param name="cancellationToken">Ends it. What is in the archive by then stays there.</param>
    /// <exception cref="SrmException">The host refused: <see cref="StatusCode.DuplicationError"/> where it is published already; or the file cannot be read. Nothing is tried again: what is done twice is an error.</exception>
    public async Task<RegisteredFile> RegisterAsync(string path, Surl host, string? publication, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(host);
        var query = publication is null ? string.Empty : $"?{RegistrationWire.Publication}={Uri.EscapeDataString(publication)}";
        var address = new Uri(SiteDiscovery.HostOf(_endpointOf(host)), RegistrationWire.Path + query);
        try
        {
            var adler32 = await Adler32OfAsync(path, cancellationToken).ConfigureAwait(false);
            var content = new UploadContent(new PlainSource(path), new PutOptions().StallTimeout, _clock, bytes => progress?.Report(bytes));
            content.Headers.ContentType = new MediaTypeHeaderValue(RegistrationWire.MediaType);
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
            request.Headers.ExpectContinue = true;
            request.Headers.TryAddWithoutValidation("Digest", $"adler32={adler32}");
            using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            content.Stall = stall;
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.Created)
                throw await Refusal.OfAsync(response, $"{path} was not registered", stall.Token).ConfigureAwait(false);
            var answer = JsonSerializer.Deserialize(await Refusal.TextAsync(response, RegistrationWire.MaxAnswer, stall.Token).ConfigureAwait(false), RegistrationJson.Default.RegistrationAnswer) ?? throw new JsonException();
            return new RegisteredFile(FileId.Parse(answer.Id), StoragePath.Parse(answer.Path), answer.Stored);
        }
        catch (Exception e) when (e is JsonException || e is MdmException { Kind: MdmErrorKind.InvalidName })
        {
            throw new SrmException(null, $"What {address.Authority} answered cannot be read.", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new SrmException(null, $"{path} was not registered: {e.Message}", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or MdmException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw SrmClient.Unreachable(address, e);
        }
    }
}

/// <summary>An image that was registered.</summary>
/// <param name="Id">Its GUID.</param>
/// <param name="Path">Where it is published.</param>
/// <param name="WasStored">False when the archive had the object already: what it has is what is published.</param>
public sealed record RegisteredFile(FileId Id, StoragePath Path, bool WasStored);
