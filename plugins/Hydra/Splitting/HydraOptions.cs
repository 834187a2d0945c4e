using System.ComponentModel.DataAnnotations;
using Mdm.Formats.Keystores;

namespace Mdm.Plugins.Hydra.Splitting;

/// <summary>The options of the keystore client <c>hydra</c>.</summary>
public sealed class HydraOptions : IValidatableObject
{
    /// <summary>How many keystores give a key: more than half of them.</summary>
    [Range(1, 16)]
    public int Threshold { get; set; }

    /// <summary>The keystores, as <c>https://keys1.example.org:8443/services/keys</c>. A share's place is its keystore's number in this list.</summary>
    [Required, MinLength(1)]
    public List<Uri> Keystores { get; set; } = [];

    /// <summary>Longest wait for one keystore.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long, when enough keystores have answered, the others are waited for in a registration or a change of rights.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often what some keystores lack is looked for and mended.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan RepairInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (KeystoreGroup.WhyNot(Keystores.Count, Threshold) is { } reason)
            yield return new ValidationResult(reason, [nameof(Threshold)]);
        if (Keystores.Find(k => k is not { IsAbsoluteUri: true, Scheme: "https" }) is { } wrong)
            yield return new ValidationResult($"'{wrong}' is not an https address.", [nameof(Keystores)]);
        if (Keystores.Distinct().Count() < Keystores.Count)
            yield return new ValidationResult("A keystore stands twice: two shares in one place protect nothing.", [nameof(Keystores)]);
    }
}
