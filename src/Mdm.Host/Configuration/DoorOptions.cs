using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Mdm.Host.Configuration;

/// <summary>What happens to a certificate whose issuer's revocation list is not in the folder.</summary>
internal enum MissingCrl
{
    /// <summary>Refused.</summary>
    Refuse,

    /// <summary>Accepted.</summary>
    Accept,
}

/// <summary>The highest TLS version that is offered.</summary>
internal enum MaxTls
{
    Tls12,
    Tls13,
}

/// <summary>How callers come in.</summary>
internal sealed record DoorOptions : IValidatableObject
{
    /// <summary>The name in SURLs and TURLs; must be in the host certificate.</summary>
    [RegularExpression(@"^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$", ErrorMessage = "must be a DNS name.")]
    public required string HostName { get; init; }

    /// <summary>Further names under which SURLs of this host are written.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The addresses to listen on; all addresses, IPv4 and IPv6, when empty.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>The one port for httpg and https, control and data. 0 lets the system choose (for tests).</summary>
    [Range(0, 65535, ErrorMessage = "must be a TCP port, 0 to 65535.")]
    public int Port { get; init; } = 8443;

    public required string HostCertificateFile { get; init; }

    public required string HostKeyFile { get; init; }

    /// <summary>Trust anchors, signing policies and revocation lists, as IGTF lays them out.</summary>
    public string CertificateDirectory { get; init; } = "/etc/grid-security/certificates";

    /// <summary>The <c>.lsc</c> files of the VOMS servers.</summary>
    public string VomsDirectory { get; init; } = "/etc/grid-security/vomsdir";

    public MissingCrl MissingCrl { get; init; } = MissingCrl.Refuse;

    /// <summary>How often trust anchors, revocation lists and the host certificate are looked at for changes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "must be 00:00:01 to 1.00:00:00.")]
    public TimeSpan ReloadInterval { get; init; } = TimeSpan.FromMinutes(1);

    public MaxTls MaxTls { get; init; } = MaxTls.Tls13;

    [Range(1, 100_000, ErrorMessage = "must be 1 to 100000.")]
    public int MaxConnections { get; init; } = 1_000;

    [Range(typeof(TimeSpan), "00:00:01", "00:05:00", ErrorMessage = "must be 00:00:01 to 00:05:00.")]
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(20);

    [Range(typeof(TimeSpan), "00:00:05", "01:00:00", ErrorMessage = "must be 00:00:05 to 01:00:00.")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var alias in Aliases.Where(a => Uri.CheckHostName(a) == UriHostNameType.Unknown))
            yield return new ValidationResult($"'{alias}' is not a host name.", [nameof(Aliases)]);
    }
}
