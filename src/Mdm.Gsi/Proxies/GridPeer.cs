using System.Collections.Immutable;
using Mdm.Abstractions;

namespace Mdm.Gsi.Proxies;

/// <summary>Who is at the other end of a connection, as verified at one moment.</summary>
public sealed record GridPeer
{
    /// <summary>Subject of the end-entity certificate and the VOMS attributes that count.</summary>
    public required GridIdentity Identity { get; init; }

    /// <summary>True when a proxy of the chain was limited.</summary>
    public bool IsLimited => Identity.IsLimited;

    /// <summary>When the first certificate of the chain ends.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>When the first attribute certificate ends; null without one.</summary>
    public DateTimeOffset? AttributesNotAfter { get; init; }

    /// <summary>The verified chain in DER, leaf first, up to and including the trusted CA.</summary>
    public required ImmutableArray<ImmutableArray<byte>> Chain { get; init; }

    /// <summary>Sentences that say which VOMS attributes do not count, and why.</summary>
    public ImmutableArray<string> IgnoredAttributes { get; init; } = [];
}
