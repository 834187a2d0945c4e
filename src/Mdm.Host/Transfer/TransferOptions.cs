using System.ComponentModel.DataAnnotations;

namespace Mdm.Host.Transfer;

/// <summary>Configuration <c>Transfer</c>.</summary>
internal sealed record TransferOptions
{
    /// <summary>The address that TURLs name: <c>https://host:port</c>, as clients reach this host.</summary>
    [Required]
    public Uri BaseAddress { get; init; } = new("https://localhost:8443");

    /// <summary>The file with the secret that tickets and tokens are made with, 32 bytes or more; made at the first start. Hosts that stand for one another share it.</summary>
    [Required, MinLength(1)]
    public string SecretFile { get; init; } = "state/transfer-secret";

    /// <summary>Longest life of a bearer token.</summary>
    public TimeSpan LongestToken { get; init; } = TimeSpan.FromHours(12);
}
