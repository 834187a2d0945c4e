using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Mdm.Dicom.Archives;

namespace Mdm.Plugins.Dicom.Backend;

/// <summary>How objects are fetched.</summary>
internal enum RetrievalMode
{
    /// <summary>C-GET where the archive offers it, else C-MOVE.</summary>
    Auto,
    Get,
    Move,
}

/// <summary>Options of <c>Archives:&lt;name&gt;</c> with <c>Type</c> <c>dicom</c>.</summary>
internal sealed class DicomOptions : IValidatableObject
{
    /// <summary>Name or address of the archive.</summary>
    [Required]
    public string Host { get; set; } = "";

    [Range(1, 65535)]
    public int Port { get; set; } = 104;

    /// <summary>The archive's application entity.</summary>
    [Required]
    [StringLength(16, MinimumLength = 1)]
    public string CalledAeTitle { get; set; } = "";

    /// <summary>Ours, as the archive's administrator entered it.</summary>
    [Required]
    [StringLength(16, MinimumLength = 1)]
    public string CallingAeTitle { get; set; } = "MDM";

    /// <summary>Where C-MOVE delivers; needed where the archive has no C-GET.</summary>
    public MoveDestinationOptions? MoveDestination { get; set; }

    public RetrievalMode Retrieval { get; set; } = RetrievalMode.Auto;

    public DicomTlsOptions? Tls { get; set; }

    /// <summary>True when objects may be stored into the archive, by C-STORE.</summary>
    public bool Writable { get; set; }

    /// <summary>Associations at once, idle ones included.</summary>
    [Range(1, 64)]
    public int MaxAssociations { get; set; } = 4;

    /// <summary>Queries and retrievals started per second; 0 for no limit.</summary>
    [Range(0, 10000)]
    public double MaxRequestsPerSecond { get; set; }

    /// <summary>When the archive may be asked.</summary>
    public HoursOptions? Hours { get; set; }

    /// <summary>While this file exists the archive is not asked for anything.</summary>
    public string? StopFile { get; set; }

    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>For the answer to a request for association, and for a free association of our own.</summary>
    public TimeSpan AssociationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For the next message: archives fetch from tape within it.</summary>
    public TimeSpan MessageTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>For the next bytes within an object.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a lost archive is waited for in the middle of a batch.</summary>
    public TimeSpan ReconnectTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long after the end of a C-MOVE objects may still arrive.</summary>
    public TimeSpan MoveQuietPeriod { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes; longer objects are refused.</summary>
    [Range(1, long.MaxValue)]
    public long MaxObjectLength { get; set; } = 16L << 30;

    /// <summary>The number of answers at which the archive cuts a query off; 0 when it does not say.</summary>
    [Range(0, int.MaxValue)]
    public int FindAnswerCap { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, title) in new[] { (nameof(CalledAeTitle), CalledAeTitle), (nameof(CallingAeTitle), CallingAeTitle), (nameof(MoveDestination), MoveDestination?.AeTitle ?? "X") })
        {
            if (title.Any(letter => letter is < ' ' or > '~' or '\\'))
                yield return new ValidationResult("An AE title has 1 to 16 printable ASCII characters and no backslash.", [name]);
        }

        if (Retrieval == RetrievalMode.Move && MoveDestination is null)
            yield return new ValidationResult("Retrieval by C-MOVE needs MoveDestination.", [nameof(MoveDestination)]);
        foreach (var fault in Hours?.Faults(nameof(Hours)) ?? [])
            yield return fault;

        foreach (var (name, time) in new[]
        {
            (nameof(ConnectTimeout), ConnectTimeout), (nameof(AssociationTimeout), AssociationTimeout), (nameof(MessageTimeout), MessageTimeout),
            (nameof(StallTimeout), StallTimeout), (nameof(ReconnectTimeout), ReconnectTimeout), (nameof(MoveQuietPeriod), MoveQuietPeriod),
        })
        {
            if (time <= TimeSpan.Zero || time > TimeSpan.FromHours(24))
                yield return new ValidationResult("A timeout is above zero and at most a day.", [name]);
        }
    }
}

/// <summary>The storage SCP that the archive's administrator entered as a destination.</summary>
internal sealed class MoveDestinationOptions
{
    [Required]
    [StringLength(16, MinimumLength = 1)]
    public string AeTitle { get; set; } = "";

    [Range(1, 65535)]
    public int Port { get; set; } = 11112;

    /// <summary>The address to listen on.</summary>
    public string Address { get; set; } = "0.0.0.0";

    /// <summary>Addresses from which the archive delivers; by default those of <see cref="DicomOptions.Host"/>.</summary>
    public List<string> Sources { get; set; } = [];
}

/// <summary>DICOM TLS (PS3.15 annexes B.12, B.13). Files are PEM.</summary>
internal sealed class DicomTlsOptions
{
    /// <summary>Certificates of the authorities that the archive's certificate comes from; by default the system's.</summary>
    public string? TrustFile { get; set; }

    /// <summary>Our certificate, for archives that ask for one.</summary>
    public string? CertificateFile { get; set; }

    public string? KeyFile { get; set; }

    /// <summary>The name in the archive's certificate; by default the host.</summary>
    public string? TargetHost { get; set; }
}
