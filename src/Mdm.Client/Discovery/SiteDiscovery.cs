using System.Net;
using Mdm.Abstractions;

namespace Mdm.Client.Discovery;

/// <summary>
/// Asks a host what else to contact, over the same verified connection as for files: whoever answers holds a certificate of a CA that the user trusts, for that host.
/// </summary>
internal sealed class SiteDiscovery(HttpClient http, SrmClient srm)
{
    private const string WellKnown = "/.well-known/mdm";

    /// <exception cref="SrmException">The host cannot be reached, or its announcement cannot be read.</exception>
    public async Task<SiteServices> AskAsync(CancellationToken cancellationToken)
    {
        var host = HostOf(srm.Endpoint);
        try
        {
            return await DocumentAsync(new Uri(host, WellKnown), cancellationToken).ConfigureAwait(false)
                ?? AnnouncementReader.Read((await srm.PingAsync(cancellationToken).ConfigureAwait(false)).OtherInfo ?? []);
        }
        catch (FormatException e)
        {
            throw new SrmException(null, $"What {host.Authority} announces cannot be read: {e.Message}.", e);
        }
    }

    /// <summary>The address of a host's door for https.</summary>
    public static Uri HostOf(Uri endpoint) =>
        new UriBuilder(endpoint) { Scheme = endpoint.Scheme == Uri.UriSchemeHttp ? Uri.UriSchemeHttp : Uri.UriSchemeHttps, Path = "/", Query = string.Empty }.Uri;

    // Null where there is none: another make of SRM, or one that is older.
    private async Task<SiteServices?> DocumentAsync(Uri address, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(srm.Options.CallTimeout, srm.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
                return null;
            var body = await response.Content.ReadAsStreamAsync(both.Token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                var document = new byte[AnnouncementReader.MaxDocument + 1];
                var length = await body.ReadAtLeastAsync(document, document.Length, throwOnEndOfStream: false, both.Token).ConfigureAwait(false);
                return length <= AnnouncementReader.MaxDocument
                    ? AnnouncementReader.Read(document.AsMemory(0, length))
                    : throw new FormatException($"it is longer than {AnnouncementReader.MaxDocument} bytes");
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SrmException(null, $"{address.Authority} did not say within {srm.Options.CallTimeout.TotalSeconds:0} seconds what it announces.", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or MdmException)
        {
            throw SrmClient.Unreachable(address, e);
        }
    }
}
