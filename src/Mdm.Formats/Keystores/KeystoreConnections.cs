using System.Net;
using Mdm.Abstractions;

namespace Mdm.Formats.Keystores;

/// <summary>Opens an authenticated, encrypted connection to <c>https://host:port</c>.</summary>
public delegate ValueTask<Stream> KeystoreConnector(Uri endpoint, CancellationToken cancellationToken);

/// <summary>HTTP/1.1 over connections that somebody else opens and authenticates, kept and used again.</summary>
public static class KeystoreConnections
{
    // Below the door's IdleTimeout by default: we close before the keystore does.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60);

    // A host's certificate is replaced now and then; what it may do is looked at per request.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>An invoker for <c>https</c> addresses; dispose it with its connections.</summary>
    public static HttpMessageInvoker Create(KeystoreConnector connect)
    {
        ArgumentNullException.ThrowIfNull(connect);
        var pool = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            PooledConnectionIdleTimeout = Idle,
            PooledConnectionLifetime = Longest,
            ConnectCallback = async (context, cancellationToken) =>
                await connect(new UriBuilder(Uri.UriSchemeHttps, context.DnsEndPoint.Host, context.DnsEndPoint.Port).Uri, cancellationToken).ConfigureAwait(false),
        };
        return new HttpMessageInvoker(new Readdressed(pool), disposeHandler: true);
    }

    // To the pool the address is http: it must not put a TLS of its own on the stream that it is given.
    private sealed class Readdressed(HttpMessageHandler pool) : DelegatingHandler(pool)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var address = request.RequestUri!;
            if (address.Scheme != Uri.UriSchemeHttps)
                throw new MdmException(MdmErrorKind.InvalidName, $"A keystore's address is https://host:port/path, not {address.Scheme}.");
            request.Headers.Host ??= address.Authority;
            request.RequestUri = new UriBuilder(address) { Scheme = Uri.UriSchemeHttp, Port = address.Port }.Uri;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
