using System.ComponentModel.DataAnnotations;

namespace Mdm.Host.Configuration;

/// <summary>Where the audit trail is sent as DICOM audit messages. The trail itself is always kept.</summary>
internal sealed record AuditOptions : IValidatableObject
{
    /// <summary>The scheme of a receiver over TLS (RFC 5425).</summary>
    public const string Tls = "tls";

    /// <summary>The scheme of a receiver over UDP (RFC 5426).</summary>
    public const string Udp = "udp";

    /// <summary><c>tls://host:6514</c> or <c>udp://host:514</c>; nothing is sent without it.</summary>
    public Uri? Receiver { get; init; }

    /// <summary>PEM authorities that the receiver's certificate is checked against; the system's unless given.</summary>
    public string? TrustFile { get; init; }

    /// <summary>PEM certificate shown to the receiver; with the key in it, or in <see cref="KeyFile"/>.</summary>
    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    /// <summary>The name in the receiver's certificate; the receiver's host unless given.</summary>
    public string? TargetHost { get; init; }

    /// <summary>How this host is called in messages (AuditSourceID, HOSTNAME); the door's name unless given.</summary>
    [RegularExpression("^[!-~]{1,255}$", ErrorMessage = "must be 1 to 255 printable ASCII characters without a space.")]
    public string? SourceId { get; init; }

    /// <summary>The enterprise site in messages (AuditEnterpriseSiteID).</summary>
    [StringLength(255, MinimumLength = 1, ErrorMessage = "must have 1 to 255 characters.")]
    public string? SiteId { get; init; }

    /// <summary>Most lines of the trail that wait for the receiver; beyond it the oldest are given up, counted and told.</summary>
    [Range(1_000, 1_000_000_000, ErrorMessage = "must be 1000 to 1000000000.")]
    public long MaxBacklog { get; init; } = 1_000_000;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Receiver is not null && (Receiver.Scheme is not (Tls or Udp) || Receiver.Host.Length == 0 || Receiver.PathAndQuery.Trim('/').Length > 0 || Receiver.UserInfo.Length > 0))
            yield return new ValidationResult("must be tls://host:port or udp://host:port.", [nameof(Receiver)]);
        if (KeyFile is not null && CertificateFile is null)
            yield return new ValidationResult("needs a CertificateFile.", [nameof(KeyFile)]);
        if (Receiver?.Scheme != Tls && (TrustFile ?? CertificateFile ?? TargetHost) is not null)
            yield return new ValidationResult("must be tls://host:port where certificates are given.", [nameof(Receiver)]);
    }
}
