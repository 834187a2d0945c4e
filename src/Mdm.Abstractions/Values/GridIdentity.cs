using System.Collections.Immutable;

namespace Mdm.Abstractions;

/// <summary>
/// Who is calling: the subject of the end-entity certificate (never of a proxy) and the VOMS attributes in the order the VOMS server gave them.
/// Passed in every call, never set on an object.
/// </summary>
/// <param name="Subject">The end-entity certificate's subject.</param>
/// <param name="Fqans">The attributes; the first is the primary one. Empty without a valid attribute certificate.</param>
public sealed record GridIdentity(DistinguishedName Subject, ImmutableArray<Fqan> Fqans)
{
    /// <summary>A caller without VOMS attributes.</summary>
    public GridIdentity(DistinguishedName subject)
        : this(subject, [])
    {
    }

    /// <summary>The first attribute, which becomes the group of what the caller creates; null without attributes.</summary>
    public Fqan? PrimaryFqan => Fqans.IsDefaultOrEmpty ? null : Fqans[0];

    /// <summary>True when the credential was a limited proxy (RFC 3820 with the Globus limited policy): good for data, not for starting jobs.</summary>
    public bool IsLimited { get; init; }

    /// <summary>True when the caller holds exactly this attribute.</summary>
    public bool Holds(Fqan fqan) => !Fqans.IsDefault && Fqans.Contains(fqan);

    /// <summary>Same subject and same attributes in the same order.</summary>
    public bool Equals(GridIdentity? other) =>
        other is not null && Subject == other.Subject && IsLimited == other.IsLimited
        && (Fqans.IsDefault ? [] : Fqans).AsSpan().SequenceEqual((other.Fqans.IsDefault ? [] : other.Fqans).AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Subject.GetHashCode();

    /// <summary>The subject and the primary attribute.</summary>
    public override string ToString() => PrimaryFqan is { } primary ? $"{Subject} ({primary})" : Subject.ToString();
}
