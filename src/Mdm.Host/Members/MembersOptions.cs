using System.ComponentModel.DataAnnotations;

namespace Mdm.Host.Members;

/// <summary>Configuration <c>Members</c>: how hosts that share stores know of one another.</summary>
internal sealed record MembersOptions : IValidatableObject
{
    /// <summary>Shortest lease: a busy machine may be silent for a second or two.</summary>
    public static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(3);

    /// <summary>Longest lease: so long the work of a host that died is nobody's.</summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromMinutes(10);

    /// <summary>How long others believe that a host lives that they do not hear of.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often a host says that it lives.</summary>
    public TimeSpan Renew { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a host looks for what others tell it, and for work that nobody has.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a host that is stopped goes on serving what is pinned on it, while others are there for all else.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(20);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Lease < ShortestLease || Lease > LongestLease)
            yield return new ValidationResult($"Lease must be between {ShortestLease} and {LongestLease}.", [nameof(Lease)]);
        // One renewal may be lost without harm.
        if (Renew <= TimeSpan.Zero || Renew + Renew > Lease)
            yield return new ValidationResult("Renew must be more than zero and at most half of Lease.", [nameof(Renew)]);
        if (Poll < TimeSpan.FromMilliseconds(10) || Poll > Lease)
            yield return new ValidationResult("Poll must be between 10 milliseconds and Lease.", [nameof(Poll)]);
        if (Drain < TimeSpan.Zero || Drain > TimeSpan.FromMinutes(10))
            yield return new ValidationResult("Drain must be between zero and 10 minutes.", [nameof(Drain)]);
    }
}
