using System.Net;
using System.IO.Pipelines;
using Mdm.Gsi.Client;
using Mdm.Gsi.Server;
using Mdm.Gsi.Trust;
using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mdm.Host.Door;

/// <summary>
/// The one port, httpg and https, control and data: who is calling is found out here, on every connection once. The same trust serves the host's own connections to other sites.
/// </summary>
internal sealed class GridDoor : IDisposable
{
    private readonly TrustStore _trust;
    private readonly GridTlsServer _server;
    private readonly GridTlsClient _client;
    private readonly DoorOptions _options;
    private readonly string _certificateFile;
    private readonly string _keyFile;

    /// <exception cref="IOException">Certificates, keys or their folders cannot be used; the message says which.</exception>
    public GridDoor(HostConfiguration configuration, DoorOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        _options = options;
        (_certificateFile, _keyFile) = (configuration.PathOf(options.HostCertificateFile), configuration.PathOf(options.HostKeyFile));
        _trust = new TrustStore(
            new TrustOptions
            {
                CertificateDirectory = configuration.PathOf(options.CertificateDirectory),
                VomsDirectory = configuration.PathOf(options.VomsDirectory),
                MissingCrl = options.MissingCrl == MissingCrl.Accept ? MissingCrlPolicy.Accept : MissingCrlPolicy.Refuse,
                ReloadInterval = options.ReloadInterval,
            },
            loggers.CreateLogger<TrustStore>(), time);
        _server = new GridTlsServer(
            new GridTlsServerOptions
            {
                CertificateFile = _certificateFile,
                KeyFile = _keyFile,
                MaxTls = options.MaxTls == MaxTls.Tls12 ? TlsVersion.Tls12 : TlsVersion.Tls13,
                HandshakeTimeLimit = options.HandshakeTimeout,
                MaxConnections = options.MaxConnections,
            },
            _trust, loggers.CreateLogger<GridTlsServer>());
        _client = new GridTlsClient(_trust);
    }

    /// <summary>Open connections, for the metrics.</summary>
    public int Connections => _server.Connections;

    public void Listen(KestrelServerOptions kestrel)
    {
        kestrel.AllowHostHeaderOverride = true;
        kestrel.Limits.KeepAliveTimeout = _options.IdleTimeout;
        foreach (var address in _options.Addresses)
            kestrel.Listen(address, _options.Port, listen => listen.UseGridTls(_server));
        if (_options.Addresses.Count == 0)
            kestrel.ListenAnyIP(_options.Port, listen => listen.UseGridTls(_server));
    }

    /// <summary>Accepts TLS on a connection that came in by another port, with the same certificate, trust and limit of time; the caller is verified as at the door.</summary>
    /// <exception cref="IOException">No TLS connection came about, or not in time.</exception>
    public Task<GridConnection> AcceptAsync(IDuplexPipe transport, CancellationToken cancellationToken) => _server.AcceptAsync(transport, cancellationToken);

    /// <summary>Who is calling, read anew for each request: a credential may have run out or been revoked on a connection that was kept.</summary>
    public static ConnectionCaller CallerOf(HttpContext context)
    {
        if (context.Features.Get<IGridConnectionFeature>() is not { } connection)
            return new ConnectionCaller(null, "This connection did not come in by the door.");
        return connection.Peer is { } peer
            ? new ConnectionCaller(peer.Identity, null, Earlier(peer.NotAfter, peer.AttributesNotAfter)) { IgnoredAttributes = peer.IgnoredAttributes }
            : new ConnectionCaller(null, connection.RefusalReason);
    }

    /// <summary>Lays what the caller delegated on the connection into each request's features, where handlers find it as an <see cref="IGridCredential"/>.</summary>
    public static Task OfferDelegatedAsync(HttpContext context, RequestDelegate next)
    {
        if (CallersCredential.Of(context) is { } delegated)
            context.Features.Set<IGridCredential>(delegated);
        return next(context);
    }

    /// <summary>Opens a connection to another site, as the host itself or as the caller whose delegated credential is given.</summary>
    /// <exception cref="MdmException">Unsupported: a credential that did not come in by this door; Unavailable; AccessDenied.</exception>
    public ValueTask<Stream> ConnectAsync(Uri endpoint, IGridCredential? credential, CancellationToken cancellationToken) => ConnectAsync(endpoint, null, credential, cancellationToken);

    /// <summary>As that, to addresses that were looked at before.</summary>
    public async ValueTask<Stream> ConnectAsync(Uri endpoint, IPAddress[]? addresses, IGridCredential? credential, CancellationToken cancellationToken)
    {
        using var presented = credential switch
        {
            null => GridCredential.Load(_certificateFile, _keyFile),
            CallersCredential callers => GridCredential.From(callers.Delegated),
            _ => throw new MdmException(MdmErrorKind.Unsupported, "Only credentials that callers delegated to this host can be acted with."),
        };
        var mode = endpoint.Scheme == "httpg" ? GridTlsMode.Httpg : GridTlsMode.Tls;
        return await _client.ConnectAsync(endpoint.Host, addresses, endpoint.Port, presented, mode, cancellationToken);
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _trust.Dispose();
    }

    private static DateTimeOffset Earlier(DateTimeOffset credential, DateTimeOffset? attributes) =>
        attributes < credential ? attributes.Value : credential;
}
