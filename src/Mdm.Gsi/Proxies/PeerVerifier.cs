using System.Collections.Immutable;
using Mdm.Abstractions;
using Mdm.Gsi.Trust;
using Mdm.Gsi.Voms;

namespace Mdm.Gsi.Proxies;

/// <summary>A presented chain → who that is, or the first reason why nobody.</summary>
internal static class PeerVerifier
{
    public const string NoCertificate = "no client certificate was presented";

    public static (GridPeer? Peer, string? Refusal) Verify(ImmutableArray<ImmutableArray<byte>> presented, TrustSnapshot trust, DateTimeOffset now)
    {
        if (presented.IsDefaultOrEmpty)
            return (null, NoCertificate);
        var verified = trust.Verify(presented, ChainPurpose.Client, now);
        if (verified.Refusal is { } refusal)
            return (null, refusal);
        if (CertificateFacts.ParseChain(verified.Chain) is not { } chain)
            return (null, "the certificate cannot be read");
        if (PeerRules.Check(chain, trust) is { } broken)
            return (null, broken);
        var index = PeerRules.EndEntityOf(chain);
        var endEntity = chain[index];
        if (!DistinguishedName.TryParse(endEntity.Subject, out var subject))
            return (null, "the certificate's subject cannot be used as a name here");
        var attributes = AttributesOf(chain.AsSpan()[..index], endEntity, trust, now);
        return (new GridPeer
        {
            Identity = new GridIdentity(subject, attributes.Fqans) { IsLimited = chain.Any(c => c.Proxy?.Policy == Oids.LimitedProxy) },
            NotAfter = chain.Min(c => c.NotAfter),
            AttributesNotAfter = attributes.NotAfter,
            Chain = verified.Chain,
            IgnoredAttributes = attributes.Ignored,
        }, null);
    }

    // From the leaf up; the first proxy that carries attributes decides.
    private static VerifiedAttributes AttributesOf(ReadOnlySpan<CertificateFacts> proxies, CertificateFacts endEntity, TrustSnapshot trust, DateTimeOffset now)
    {
        foreach (var proxy in proxies)
        {
            if (proxy.VomsExtension is { } extension)
                return AttributeVerifier.Verify(extension, endEntity, trust, now);
        }
        return VerifiedAttributes.None;
    }
}
