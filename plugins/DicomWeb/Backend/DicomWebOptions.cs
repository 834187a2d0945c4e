using System.ComponentModel.DataAnnotations;
using Mdm.Dicom.Archives;

namespace Mdm.Plugins.DicomWeb.Backend;

/// <summary>Options of <c>Archives:&lt;name&gt;</c> with <c>Type</c> <c>dicomweb</c>.</summary>
internal sealed class DicomWebOptions : IValidatableObject
{
    /// <summary>The root of its services: <c>studies</c> is below it.</summary>
    [Required]
    public Uri? Url { get; set; }

    /// <summary>Holds a bearer token; read again when it changes.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Holds <c>user:password</c> for HTTP Basic; read again when it changes.</summary>
    public string? BasicFile { get; set; }

    public DicomWebTlsOptions? Tls { get; set; }

    /// <summary>True when objects may be stored into the archive, by STOW-RS.</summary>
    public bool Writable { get; set; }

    /// <summary>Requests at once.</summary>
    [Range(1, 64)]
    public int MaxConnections { get; set; } = 4;

    /// <summary>Requests started per second; 0 for no limit.</summary>
    [Range(0, 10000)]
    public double MaxRequestsPerSecond { get; set; }

    /// <summary>When the archive may be asked.</summary>
    public HoursOptions? Hours { get; set; }

    /// <summary>While this file exists the archive is not asked for anything.</summary>
    public string? StopFile { get; set; }

    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>For the beginning of an answer: archives fetch from tape within it.</summary>
    public TimeSpan MessageTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>For the next bytes of an answer.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes; longer objects are refused.</summary>
    [Range(1, long.MaxValue)]
    public long MaxObjectLength { get; set; } = 16L << 30;

    /// <summary>Answers asked for at a time when the archive is listed.</summary>
    [Range(1, 10000)]
    public int PageSize { get; set; } = 500;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is { } url)
        {
            if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp) || url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
                yield return new ValidationResult("The address of an archive is https://host:port/path or http://host:port/path, without user, query and fragment.", [nameof(Url)]);
            else if (url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback && (TokenFile ?? BasicFile) is not null)
                yield return new ValidationResult("A token or password goes to an archive over https only.", [nameof(Url)]);
            else if (url.Scheme == Uri.UriSchemeHttp && Tls is not null)
                yield return new ValidationResult("Tls needs an address that begins with https.", [nameof(Tls)]);
        }

        if (TokenFile is not null && BasicFile is not null)
            yield return new ValidationResult("An archive is shown a token or a password, not both.", [nameof(BasicFile)]);
        foreach (var fault in Hours?.Faults(nameof(Hours)) ?? [])
            yield return fault;

        foreach (var (name, time) in new[] { (nameof(ConnectTimeout), ConnectTimeout), (nameof(MessageTimeout), MessageTimeout), (nameof(StallTimeout), StallTimeout) })
        {
            if (time <= TimeSpan.Zero || time > TimeSpan.FromHours(24))
                yield return new ValidationResult("A timeout is above zero and at most a day.", [name]);
        }
    }
}

/// <summary>TLS (PS3.15 annexes B.12, B.13). Files are PEM.</summary>
internal sealed class DicomWebTlsOptions
{
    /// <summary>Certificates of the authorities that the archive's certificate comes from; by default the system's.</summary>
    public string? TrustFile { get; set; }

    /// <summary>Our certificate, for archives that ask for one.</summary>
    public string? CertificateFile { get; set; }

    public string? KeyFile { get; set; }
}
