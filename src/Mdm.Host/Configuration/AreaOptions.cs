using System.ComponentModel.DataAnnotations;

namespace Mdm.Host.Configuration;

/// <summary>Configuration <c>Areas:NAME</c>: room that puts take from. Its name is its space token, and how clients find it.</summary>
internal sealed record AreaOptions : IValidatableObject
{
    /// <summary>Bytes.</summary>
    public required ByteSize Quota { get; init; }

    /// <summary>Who may use it; everybody who may write where it is used, unless given.</summary>
    public IReadOnlyList<CallerRule> Users { get; init; } = [];

    /// <summary>How long a file of it lives when the caller names no time, and at most; without end unless given.</summary>
    public TimeSpan? FileLifetime { get; init; }

    /// <summary>True when its users may carve reservations of their own out of it.</summary>
    public bool Reservable { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (FileLifetime <= TimeSpan.Zero)
            yield return new ValidationResult("FileLifetime must be more than zero.", [nameof(FileLifetime)]);
    }
}
