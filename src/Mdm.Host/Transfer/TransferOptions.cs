using System.ComponentModel.DataAnnotations;

namespace Mdm.Host.Transfer;

/// <summary>Configuration <c>Transfer</c>.</summary>
internal sealed record TransferOptions : IValidatableObject
{
    /// <summary>The address that TURLs name: <c>https://host:port</c>, as clients reach this host; the door's name and port unless given.</summary>
    public Uri? BaseAddress { get; init; }

    /// <summary>The file with the secret that tickets and tokens are made with, 32 bytes or more; made at the first start; in the state folder unless given. Hosts that stand for one another share it.</summary>
    [MinLength(1)]
    public string? SecretFile { get; init; }

    /// <summary>Longest life of a bearer token; it never outlives its ticket.</summary>
    public TimeSpan LongestToken { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How long a transfer waits when its file has left the pool and is fetched again.</summary>
    public TimeSpan FetchAgainWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>True when third-party copies may reach addresses of this machine or link; this host itself they always may.</summary>
    public bool CopyLocal { get; init; }

    /// <summary>Most third-party copies at once.</summary>
    [Range(1, 1000)]
    public int MaxCopies { get; init; } = 32;

    /// <summary>How long the other end of a copy may send or take nothing.</summary>
    public TimeSpan CopyStall { get; init; } = TimeSpan.FromMinutes(2);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (BaseAddress is not null && (!BaseAddress.IsAbsoluteUri || BaseAddress.Scheme != Uri.UriSchemeHttps || BaseAddress.PathAndQuery != "/"))
            yield return new ValidationResult("BaseAddress must be https://host:port without a path.", [nameof(BaseAddress)]);
        if (LongestToken <= TimeSpan.Zero)
            yield return new ValidationResult("LongestToken must be more than zero.", [nameof(LongestToken)]);
        if (CopyStall <= TimeSpan.Zero)
            yield return new ValidationResult("CopyStall must be more than zero.", [nameof(CopyStall)]);
        if (FetchAgainWait <= TimeSpan.Zero)
            yield return new ValidationResult("FetchAgainWait must be more than zero.", [nameof(FetchAgainWait)]);
    }
}
