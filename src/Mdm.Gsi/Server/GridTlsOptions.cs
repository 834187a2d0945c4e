namespace Mdm.Gsi.Server;

/// <summary>The newest TLS that a door offers.</summary>
public enum TlsVersion
{
    /// <summary>TLS 1.2 only.</summary>
    Tls12,

    /// <summary>TLS 1.2 and 1.3.</summary>
    Tls13,
}

/// <summary>A server's side of a grid connection.</summary>
public sealed record GridTlsServerOptions
{
    /// <summary>The host certificate in PEM, its intermediate CAs after it.</summary>
    public required string CertificateFile { get; init; }

    /// <summary>Its private key in PEM, without a passphrase; a key that everybody may read is warned of.</summary>
    public required string KeyFile { get; init; }

    /// <summary>The newest TLS to offer.</summary>
    public TlsVersion MaxTls { get; init; } = TlsVersion.Tls13;

    /// <summary>From the accepted connection to the end of the TLS handshake.</summary>
    public TimeSpan HandshakeTimeLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>From the end of the handshake to the first byte of the client.</summary>
    public TimeSpan FirstByteTimeLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For a delegation, from the client's wish to its proxy certificate.</summary>
    public TimeSpan DelegationTimeLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>HTTP connections at one time; one more is closed at once.</summary>
    public int MaxConnections { get; init; } = 10_000;
}
