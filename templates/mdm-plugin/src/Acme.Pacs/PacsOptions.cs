using System.ComponentModel.DataAnnotations;

namespace Acme.Pacs;

/// <summary>What an administrator writes under <c>Archives:NAME:Options</c>. What is wrong is told at start, with its path, before anything is made.</summary>
public sealed class PacsOptions : IValidatableObject
{
    /// <summary>Where the archive answers, with a slash at the end.</summary>
    [Required]
    public Uri? Address { get; set; }

    /// <summary>The file with the bearer token; a secret is never a value of the configuration. Without it none is sent.</summary>
    public string? TokenFile { get; set; }

    /// <summary>How long the archive may take to begin an answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00", ErrorMessage = "must be 00:00:00.100 to 00:10:00.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Address is not null && (!Address.IsAbsoluteUri || Address.Scheme is not ("https" or "http") || !Address.AbsolutePath.EndsWith('/')))
            yield return new ValidationResult("must be an address as https://pacs.example/archive/, with the slash.", [nameof(Address)]);
        else if (Address is { Scheme: "http", IsLoopback: false })
            yield return new ValidationResult("must be https: patients' data would cross the network in the clear.", [nameof(Address)]);
    }
}
