using Mdm.Gsi.Proxies;

namespace Mdm.Gsi.Server;

/// <summary>What a grid connection knows of its caller; found in the features of the connection and of each request on it.</summary>
public interface IGridConnectionFeature
{
    /// <summary>
    /// The caller; null when there is none, or when it is refused, and then <see cref="RefusalReason"/> says why. Every read holds the caller against the
    /// clock and against the present trust: on a connection that is kept open, a credential that ends or is revoked stops to count.
    /// </summary>
    GridPeer? Peer { get; }

    /// <summary>A sentence for the caller; null exactly when <see cref="Peer"/> is not.</summary>
    string? RefusalReason { get; }

    /// <summary>What the caller delegated on this connection, owned by the connection; null without a delegation.</summary>
    DelegatedCredential? Delegated { get; }

    /// <summary>True when the client speaks the GSI protocol (httpg), false for plain TLS.</summary>
    bool IsHttpg { get; }

    /// <summary>The negotiated protocol as OpenSSL names it, for the audit: <c>TLSv1.3</c>.</summary>
    string TlsVersion { get; }

    /// <summary>The negotiated cipher suite as OpenSSL names it, for the audit.</summary>
    string CipherSuite { get; }
}
