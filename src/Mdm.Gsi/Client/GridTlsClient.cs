using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mdm.Abstractions;
using Mdm.Gsi.Native;
using Mdm.Gsi.Proxies;
using Mdm.Gsi.Trust;

namespace Mdm.Gsi.Client;

/// <summary>What follows the TLS handshake.</summary>
public enum GridTlsMode
{
    /// <summary>Nothing: https, or any protocol over TLS.</summary>
    Tls,

    /// <summary>GSI without delegation.</summary>
    Httpg,

    /// <summary>GSI with a delegated proxy.</summary>
    HttpgWithDelegation,
}

/// <summary>
/// The client's side of grid connections: presents a proxy with its chain, and talks to a host only after its certificate was verified against the trusted CAs,
/// their revocation lists and signing policies, and names the host. Safe for concurrent use.
/// </summary>
/// <param name="trust">Whom to believe; not disposed.</param>
public sealed class GridTlsClient(TrustStore trust) : IDisposable
{
    private readonly SslContextHandle _context = TlsContext.ForClient();

    /// <summary>From the connection attempt to the end of TLS and GSI.</summary>
    public TimeSpan HandshakeTimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Connects.</summary>
    /// <param name="host">Name or address, as the host's certificate must carry it among its alternative names.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="credential">What to present; null for nothing. Not kept.</param>
    /// <param name="mode">What follows the handshake.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MdmException">The host is refused, the credential has ended, or nobody answers.</exception>
    public Task<Stream> ConnectAsync(string host, int port, GridCredential? credential, GridTlsMode mode = GridTlsMode.Tls, CancellationToken cancellationToken = default) =>
        ConnectAsync(host, null, port, credential, mode, cancellationToken);

    /// <summary>Connects to addresses that somebody has looked at: the name is not asked for them again, only the certificate must carry it.</summary>
    /// <param name="host">Name or address, as the host's certificate must carry it among its alternative names.</param>
    /// <param name="addresses">Where it is, tried in this order; null for where its name says.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="credential">What to present; null for nothing. Not kept.</param>
    /// <param name="mode">What follows the handshake.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MdmException">The host is refused, the credential has ended, or nobody answers.</exception>
    public async Task<Stream> ConnectAsync(string host, IPAddress[]? addresses, int port, GridCredential? credential, GridTlsMode mode, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var clock = new CancellationTokenSource(HandshakeTimeLimit, trust.Clock);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
            try
            {
                await (addresses is null ? socket.ConnectAsync(host, port, both.Token) : socket.ConnectAsync(addresses, port, both.Token));
                return await AuthenticateAsync(new NetworkStream(socket, ownsSocket: true), host, credential, mode, both.Token);
            }
            catch (OperationCanceledException) when (clock.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new MdmException(MdmErrorKind.Unavailable, $"{host}:{port} did not complete a TLS connection within {HandshakeTimeLimit.TotalSeconds} s.");
            }
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is IOException { InnerException: MdmException refused })
                throw new MdmException(refused.Kind, $"{host}:{port}: {refused.Message}", e);
            if (e is SocketException or IOException)
                throw new MdmException(MdmErrorKind.Unavailable, $"No connection to {host}:{port}: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Upgrades a connection that is already open.</summary>
    /// <param name="transport">The connection; the stream that is returned owns it.</param>
    /// <param name="host">Whom its certificate must name.</param>
    /// <param name="credential">What to present; null for nothing. Not kept.</param>
    /// <param name="mode">What follows the handshake.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MdmException">The host is refused, or the credential has ended.</exception>
    /// <exception cref="IOException">The host refuses us, or the connection breaks.</exception>
    public async Task<Stream> AuthenticateAsync(Stream transport, string host, GridCredential? credential, GridTlsMode mode = GridTlsMode.Tls, CancellationToken cancellationToken = default)
    {
        if (credential is not null && ClockSkew.HasEnded(credential.NotAfter, trust.Clock.GetUtcNow()))
            throw new MdmException(MdmErrorKind.Refused, $"The credential of {credential.Subject} ended at {credential.NotAfter:yyyy-MM-dd HH:mm:ss}Z; make a new proxy.");
        var pipe = new DuplexPipe(PipeReader.Create(transport, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true, useZeroByteReads: true)), PipeWriter.Create(transport, new StreamPipeWriterOptions(leaveOpen: true)));
        var stream = new TlsStream(TlsEngine.ForClient(_context, host), pipe, flushEveryWrite: true, transport) { RefusesTruncation = true };
        try
        {
            if (credential is not null)
                stream.Engine.Present(credential.Chain.AsSpan(), credential.PrivateKey);
            await stream.HandshakeAsync(cancellationToken);
            VerifyHost(stream.Engine.PeerChain(), host);
            if (mode == GridTlsMode.Httpg)
                await stream.WriteAsync(new[] { GsiProtocol.NoDelegation }, cancellationToken);
            else if (mode == GridTlsMode.HttpgWithDelegation)
                await DelegateAsync(stream, credential ?? throw new ArgumentException("There is nothing to delegate without a credential.", nameof(credential)), cancellationToken);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

    private void VerifyHost(ImmutableArray<ImmutableArray<byte>> presented, string host)
    {
        var snapshot = trust.Current;
        var verified = snapshot.Verify(presented, ChainPurpose.Server, trust.Clock.GetUtcNow());
        var refusal = verified.Refusal
            ?? (CertificateFacts.ParseChain(verified.Chain) is { } chain ? PeerRules.CheckAuthorities(chain, 0, snapshot) : "its certificate cannot be read")
            ?? (Names(presented[0].AsSpan(), host) ? null : "its certificate is for another name");
        if (refusal is not null)
            throw new MdmException(MdmErrorKind.Refused, $"The host {host} is refused: {refusal}.");
    }

    // Alternative names only, never the subject (RFC 9525 §6).
    private static unsafe bool Names(ReadOnlySpan<byte> der, string host)
    {
        using var certificate = X509Handle.Parse(der);
        if (System.Net.IPAddress.TryParse(host, out var address))
            return OpenSsl.X509_check_ip_asc(certificate, address.ToString(), 0) == 1;
        var name = Encoding.ASCII.GetBytes(host);
        fixed (byte* start = name)
            return name.Length > 0 && OpenSsl.X509_check_host(certificate, start, (nuint)name.Length, OpenSsl.CheckHostNoPartialWildcards | OpenSsl.CheckHostNeverSubject, 0) == 1;
    }

    private async Task DelegateAsync(TlsStream stream, GridCredential credential, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(new[] { GsiProtocol.Delegation }, cancellationToken);
        var request = await GsiProtocol.ReadEncodedAsync(stream, GsiProtocol.MaxRequestLength, cancellationToken);
        PublicKey publicKey;
        try
        {
            publicKey = CertificateRequest.LoadSigningRequest(request, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1).PublicKey;
        }
        catch (CryptographicException e)
        {
            throw new IOException("The host's request for a delegation cannot be read.", e);
        }
        await stream.WriteAsync(credential.Delegate(publicKey, trust.Clock), cancellationToken);
    }
}
