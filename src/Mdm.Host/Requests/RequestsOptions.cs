using System.ComponentModel.DataAnnotations;

namespace Mdm.Host.Requests;

/// <summary>Configuration <c>Requests</c>: work that outlives a call.</summary>
internal sealed record RequestsOptions : IValidatableObject
{
    /// <summary>Where requests are kept; a relative path is meant against the state directory.</summary>
    [Required, MinLength(1)]
    public string Store { get; init; } = "sqlite:requests.db";

    /// <summary>How long a call waits for its files before it answers that they are queued.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a request may take when the caller names no time.</summary>
    public TimeSpan DefaultRequestTime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Longest time a request may take; longer ones are shortened.</summary>
    public TimeSpan LongestRequestTime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Most files in one request, a directory's included.</summary>
    [Range(1, 10_000)]
    public int MaxFilesPerRequest { get; init; } = 10_000;

    /// <summary>Most requests of one user that are not at their end; those with a pinned file count.</summary>
    [Range(1, 1_000_000)]
    public int MaxOpenRequestsPerUser { get; init; } = 10_000;

    /// <summary>Most files in one user's open requests.</summary>
    [Range(1, 10_000_000)]
    public int MaxOpenFilesPerUser { get; init; } = 100_000;

    /// <summary>Most files in the open requests of all users: bounds the memory they take, about a kilobyte each.</summary>
    [Range(1, 10_000_000)]
    public int MaxOpenFiles { get; init; } = 400_000;

    /// <summary>How long a request is remembered after its end.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(2);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // Clients give a call a minute or so; a host that waits long holds a connection for nothing.
        if (AnswerWithin < TimeSpan.Zero || AnswerWithin > TimeSpan.FromSeconds(30))
            yield return new ValidationResult("AnswerWithin must be between zero and 30 seconds.", [nameof(AnswerWithin)]);
        if (DefaultRequestTime <= TimeSpan.Zero || LongestRequestTime < DefaultRequestTime)
            yield return new ValidationResult("DefaultRequestTime must be more than zero and at most LongestRequestTime.", [nameof(DefaultRequestTime), nameof(LongestRequestTime)]);
        if (Retention < TimeSpan.Zero)
            yield return new ValidationResult("Retention must not be negative.", [nameof(Retention)]);
        if (MaxOpenFilesPerUser < MaxFilesPerRequest)
            yield return new ValidationResult("MaxOpenFilesPerUser must be at least MaxFilesPerRequest.", [nameof(MaxOpenFilesPerUser)]);
    }
}
