using System.ComponentModel.DataAnnotations;
using Mdm.Host.Configuration;

namespace Mdm.Host.Uploads;

/// <summary>Configuration <c>Uploads</c>: files that users put.</summary>
internal sealed record UploadsOptions : IValidatableObject
{
    private static readonly TimeSpan LeastSweep = TimeSpan.FromSeconds(1);

    /// <summary>Where puts, areas and what came by puts are kept; a relative path is meant against the state directory.</summary>
    [MinLength(1)]
    public string Store { get; init; } = "sqlite:uploads.db";

    /// <summary>How long a TURL takes bytes when the caller names no time.</summary>
    public TimeSpan DefaultTurlTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Longest time for which a TURL takes bytes; longer ones are shortened.</summary>
    public TimeSpan LongestTurlTime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long a put may take as a whole when the caller names no time.</summary>
    public TimeSpan DefaultRequestTime { get; init; } = TimeSpan.FromHours(4);

    /// <summary>Longest time a put may take as a whole; longer ones are shortened.</summary>
    public TimeSpan LongestRequestTime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Most files in one put.</summary>
    [Range(1, 10_000)]
    public int MaxFilesPerRequest { get; init; } = 1_000;

    /// <summary>Most files of one user whose put is not at its end.</summary>
    [Range(1, 1_000_000)]
    public int MaxOpenFilesPerUser { get; init; } = 10_000;

    /// <summary>Longest file that is taken.</summary>
    public ByteSize MaxFileLength { get; init; } = new(1L << 40);

    /// <summary>Room set aside in an area for a file whose length nobody said; also the steps in which more is set aside while it comes.</summary>
    public ByteSize FirstReservation { get; init; } = new(64L << 20);

    /// <summary>Longest that an archive may take before it takes more of an object, has stored or has erased it.</summary>
    public TimeSpan ArchiveWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often is looked for what has run out and what is to be erased.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a put is remembered after its end.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(2);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (DefaultTurlTime <= TimeSpan.Zero || DefaultTurlTime > LongestTurlTime)
            yield return new ValidationResult("DefaultTurlTime must be more than zero and at most LongestTurlTime.", [nameof(DefaultTurlTime)]);
        if (DefaultRequestTime <= TimeSpan.Zero || DefaultRequestTime > LongestRequestTime)
            yield return new ValidationResult("DefaultRequestTime must be more than zero and at most LongestRequestTime.", [nameof(DefaultRequestTime)]);
        if (FirstReservation.Bytes < 1)
            yield return new ValidationResult("FirstReservation must be at least a byte.", [nameof(FirstReservation)]);
        if (MaxFileLength.Bytes < 1)
            yield return new ValidationResult("MaxFileLength must be at least a byte.", [nameof(MaxFileLength)]);
        if (ArchiveWait <= TimeSpan.Zero)
            yield return new ValidationResult("ArchiveWait must be more than zero.", [nameof(ArchiveWait)]);
        if (SweepEvery < LeastSweep)
            yield return new ValidationResult("SweepEvery must be at least a second.", [nameof(SweepEvery)]);
        if (Retention < TimeSpan.Zero)
            yield return new ValidationResult("Retention must not be negative.", [nameof(Retention)]);
    }
}
