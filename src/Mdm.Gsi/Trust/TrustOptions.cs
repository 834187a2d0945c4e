namespace Mdm.Gsi.Trust;

/// <summary>What to do with a certificate whose CA published no revocation list.</summary>
public enum MissingCrlPolicy
{
    /// <summary>Refuse it: without a list nobody can say that it was not revoked. The default.</summary>
    Refuse,

    /// <summary>Accept it. A list that is there, but is expired or broken, still refuses.</summary>
    Accept,
}

/// <summary>What to do with a certificate of a CA for which no signing policy is installed.</summary>
public enum MissingSigningPolicy
{
    /// <summary>Refuse it, as Globus does. The default.</summary>
    Refuse,

    /// <summary>Accept any name from that CA.</summary>
    Accept,
}

/// <summary>Whom to trust. Read once by <see cref="TrustStore"/>.</summary>
public sealed record TrustOptions
{
    /// <summary>The CA directory: certificates as <c>hash.0</c>, revocation lists as <c>hash.r0</c>, <c>.signing_policy</c> or <c>.namespaces</c> files.</summary>
    public required string CertificateDirectory { get; init; }

    /// <summary>The directory of <c>VO/HOST.lsc</c> files; null ignores every VOMS attribute.</summary>
    public string? VomsDirectory { get; init; }

    /// <summary>What a missing revocation list means.</summary>
    public MissingCrlPolicy MissingCrl { get; init; } = MissingCrlPolicy.Refuse;

    /// <summary>What a missing signing policy means.</summary>
    public MissingSigningPolicy MissingSigningPolicy { get; init; } = MissingSigningPolicy.Refuse;

    /// <summary>How often the directories, and a server's host certificate, are looked at for changes; zero or less never looks.</summary>
    public TimeSpan ReloadInterval { get; init; } = TimeSpan.FromMinutes(1);
}
