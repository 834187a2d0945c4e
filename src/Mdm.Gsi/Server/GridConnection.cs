using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Mdm.Gsi.Native;
using Mdm.Gsi.Proxies;
using Mdm.Gsi.Trust;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Mdm.Gsi.Server;

/// <summary>A caller's connection after its TLS handshake.</summary>
public sealed class GridConnection : IGridConnectionFeature, ITlsConnectionFeature, ITlsHandshakeFeature, IAsyncDisposable
{
    // A revocation list can end without a change in any file; nobody is believed longer than this without being verified again.
    private static readonly TimeSpan MaxVerdictAge = TimeSpan.FromMinutes(10);

    private readonly TrustStore _trust;
    private readonly ImmutableArray<ImmutableArray<byte>> _presented;
    private readonly Lock _verifying = new();
    private volatile Verdict _verdict;

    internal GridConnection(TlsStream stream, TrustStore trust)
    {
        Tls = stream;
        _trust = trust;
        _presented = stream.Engine.PeerChain();
        TlsVersion = stream.Engine.Version;
        CipherSuite = stream.Engine.Cipher;
        _verdict = Verify();
    }

    /// <summary>The plaintext.</summary>
    public Stream Stream => Tls;

    /// <summary>True when the caller showed a certificate, whether it was accepted or not.</summary>
    public bool HasCertificate => !_presented.IsEmpty;

    /// <inheritdoc/>
    public GridPeer? Peer => Current.Peer;

    /// <inheritdoc/>
    public string? RefusalReason => Current.Refusal;

    /// <inheritdoc/>
    public DelegatedCredential? Delegated { get; internal set; }

    /// <inheritdoc/>
    public bool IsHttpg { get; internal set; }

    /// <inheritdoc/>
    public string TlsVersion { get; }

    /// <inheritdoc/>
    public string CipherSuite { get; }

    internal TlsStream Tls { get; }

    internal ImmutableArray<ImmutableArray<byte>> Presented => _presented;

    // Only this feature's presence matters (it makes the scheme https). Who calls is said by IGridConnectionFeature, never by a bare certificate.
    X509Certificate2? ITlsConnectionFeature.ClientCertificate { get => null; set => throw new NotSupportedException(); }

#pragma warning disable SYSLIB0058 // The members are the interface's; only the protocol is known under these names.
    System.Security.Authentication.SslProtocols ITlsHandshakeFeature.Protocol => TlsVersion == "TLSv1.2" ? System.Security.Authentication.SslProtocols.Tls12 : System.Security.Authentication.SslProtocols.Tls13;

    System.Security.Authentication.CipherAlgorithmType ITlsHandshakeFeature.CipherAlgorithm => System.Security.Authentication.CipherAlgorithmType.None;

    int ITlsHandshakeFeature.CipherStrength => 0;

    System.Security.Authentication.HashAlgorithmType ITlsHandshakeFeature.HashAlgorithm => System.Security.Authentication.HashAlgorithmType.None;

    int ITlsHandshakeFeature.HashStrength => 0;

    System.Security.Authentication.ExchangeAlgorithmType ITlsHandshakeFeature.KeyExchangeAlgorithm => System.Security.Authentication.ExchangeAlgorithmType.None;

    int ITlsHandshakeFeature.KeyExchangeStrength => 0;
#pragma warning restore SYSLIB0058

    private Verdict Current
    {
        get
        {
            var verdict = _verdict;
            if (verdict.Generation == _trust.Generation && !ClockSkew.HasEnded(verdict.RecheckAt, _trust.Clock.GetUtcNow()))
                return verdict;
            lock (_verifying)
                return _verdict = Verify();
        }
    }

    Task<X509Certificate2?> ITlsConnectionFeature.GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);

    /// <summary>Says goodbye in TLS, forgets what was delegated. The transport stays open.</summary>
    public ValueTask DisposeAsync()
    {
        Delegated?.Dispose();
        return Tls.DisposeAsync();
    }

    private Verdict Verify()
    {
        var trust = _trust.Current;
        var now = _trust.Clock.GetUtcNow();
        var (peer, refusal) = PeerVerifier.Verify(_presented, trust, now);
        var recheckAt = now + MaxVerdictAge;
        if (peer is not null && peer.NotAfter < recheckAt)
            recheckAt = peer.NotAfter;
        if (peer?.AttributesNotAfter < recheckAt)
            recheckAt = peer.AttributesNotAfter.Value;
        return new Verdict(peer, refusal, trust.Generation, recheckAt);
    }

    private sealed record Verdict(GridPeer? Peer, string? Refusal, int Generation, DateTimeOffset RecheckAt);
}
