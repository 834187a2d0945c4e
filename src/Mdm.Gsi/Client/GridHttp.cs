using System.Net;

namespace Mdm.Gsi.Client;

/// <summary>HttpClient over grid connections.</summary>
public static class GridHttp
{
    /// <summary>
    /// A handler for <c>https</c> and <c>httpg</c> addresses, HTTP/1.1, connections kept and used again. Redirects are not followed and no proxy server is used. Plain <c>http</c> is refused.
    /// </summary>
    /// <param name="client">Makes the connections; not disposed.</param>
    /// <param name="credential">Presented on each connection; null for nothing. Not disposed, must live as long as the handler.</param>
    /// <param name="delegates">On httpg connections, delegate a proxy of the credential.</param>
    public static HttpMessageHandler CreateHandler(GridTlsClient client, GridCredential? credential, bool delegates = false) =>
        new GridHttpHandler(
            CreatePool(client, credential, GridTlsMode.Tls),
            CreatePool(client, credential, delegates ? GridTlsMode.HttpgWithDelegation : GridTlsMode.Httpg));

    // To this handler the address is http: it must not put a TLS of its own on the stream that it is given.
    private static SocketsHttpHandler CreatePool(GridTlsClient client, GridCredential? credential, GridTlsMode mode) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectCallback = async (context, cancellationToken) => await client.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, credential, mode, cancellationToken),
    };
}

/// <summary>Sends each request by the pool of its scheme, under the address that the pool understands.</summary>
internal sealed class GridHttpHandler(SocketsHttpHandler https, SocketsHttpHandler httpg) : HttpMessageHandler
{
    private const int DefaultHttpsPort = 443, DefaultHttpgPort = 8443;

    private readonly HttpMessageInvoker _https = new(https, disposeHandler: true);
    private readonly HttpMessageInvoker _httpg = new(httpg, disposeHandler: true);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri ?? throw new InvalidOperationException("The request has no address.");
        var isHttpg = address.Scheme.Equals("httpg", StringComparison.OrdinalIgnoreCase);
        if (!isHttpg && address.Scheme != Uri.UriSchemeHttps)
            throw new NotSupportedException($"The scheme {address.Scheme} is not offered: write https or httpg.");
        var port = address.Port > 0 ? address.Port : isHttpg ? DefaultHttpgPort : DefaultHttpsPort;
        var host = request.Headers.Host;
        try
        {
            request.Headers.Host ??= address.Authority;
            // Byte for byte the same path: it was escaped by whoever wrote the address.
            request.RequestUri = new Uri($"http://{address.IdnHost.AsHostPart()}:{port}{address.PathAndQuery}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            request.Version = HttpVersion.Version11;
            return await (isHttpg ? _httpg : _https).SendAsync(request, cancellationToken);
        }
        finally
        {
            request.RequestUri = address;
            request.Headers.Host = host;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _https.Dispose();
            _httpg.Dispose();
        }
        base.Dispose(disposing);
    }
}

file static class HostPart
{
    // A literal IPv6 address loses its brackets in IdnHost.
    public static string AsHostPart(this string host) => host.Contains(':', StringComparison.Ordinal) && host[0] != '[' ? $"[{host}]" : host;
}
