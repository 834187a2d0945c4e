using System.Collections.Immutable;

namespace Mdm.Gsi.Trust;

/// <summary>
/// RFC 3820 §4 and the rules of the grid over a chain whose signatures, dates and revocation OpenSSL has verified. Said again in full, also where
/// OpenSSL checks the same: a hole in either is then not a hole.
/// </summary>
internal static class PeerRules
{
    /// <summary>Proxies of proxies accepted before the end-entity certificate.</summary>
    public const int MaxProxies = 10;

    /// <summary>Index of the end-entity certificate: the first that is no proxy.</summary>
    public static int EndEntityOf(ImmutableArray<CertificateFacts> chain)
    {
        var index = 0;
        while (index < chain.Length && chain[index].IsProxy)
            index++;
        return index;
    }

    /// <summary>The first rule that the chain, from the leaf to the trusted CA, breaks; null when none.</summary>
    public static string? Check(ImmutableArray<CertificateFacts> chain, TrustSnapshot trust)
    {
        var endEntity = EndEntityOf(chain);
        if (endEntity == chain.Length)
            return "the chain has no end-entity certificate";
        if (endEntity > MaxProxies)
            return $"the chain has more than {MaxProxies} proxies";
        for (var i = 0; i < endEntity; i++)
        {
            if (CheckProxy(chain[i], chain[i + 1], i) is { } broken)
                return broken;
        }
        return CheckAuthorities(chain, endEntity, trust);
    }

    /// <summary>From <paramref name="first"/> up: issued by CAs, with names that their policies allow.</summary>
    public static string? CheckAuthorities(ImmutableArray<CertificateFacts> chain, int first, TrustSnapshot trust)
    {
        if (first == chain.Length - 1)
            return $"{chain[first].Subject} was not issued by a CA";
        for (var i = first; i < chain.Length - 1; i++)
        {
            var issuer = chain[i + 1];
            if (issuer.IsProxy || !issuer.IsAuthority || !(issuer.KeyUsage is null || (issuer.KeyUsage & CertificateFacts.CertificateSigning) != 0))
                return $"{chain[i].Subject} was signed by {issuer.Subject}, which is not a CA";
            if (trust.CheckSigningPolicy(chain[i]) is { } forbidden)
                return forbidden;
        }
        return null;
    }

    // below: proxies between this one and the leaf.
    private static string? CheckProxy(CertificateFacts proxy, CertificateFacts issuer, int below)
    {
        if (!proxy.Proxy!.IsCritical)
            return $"the proxy {proxy.Subject} does not mark its proxy information as critical";
        if (proxy.IsAuthority)
            return $"the proxy {proxy.Subject} claims to be a CA";
        if (issuer.IsAuthority)
            return $"the proxy {proxy.Subject} was issued by a CA";
        if (!SubjectExtendsIssuer(proxy, issuer))
            return $"the proxy's subject is not its issuer's subject and one more CN: {proxy.Subject}";
        if (issuer.KeyUsage is { } usage && (usage & CertificateFacts.DigitalSignature) == 0)
            return $"{issuer.Subject} may not sign proxies: its key usage lacks digitalSignature";
        return proxy.Proxy.PathLength is { } length && below > length ? $"proxy path length constraint exceeded: {proxy.Subject} allows {length} further proxies, {below} follow" : null;
    }

    // RFC 3820 §3.4, on the encoded names: the issuer's relative names, then exactly one with exactly one CN.
    private static bool SubjectExtendsIssuer(CertificateFacts proxy, CertificateFacts issuer)
    {
        if (!proxy.IssuerDer.Span.SequenceEqual(issuer.SubjectDer.Span))
            return false;
        var mine = new System.Formats.Asn1.AsnReader(proxy.SubjectDer, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
        var above = new System.Formats.Asn1.AsnReader(issuer.SubjectDer, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
        while (above.HasData)
        {
            if (!mine.HasData || !mine.ReadEncodedValue().Span.SequenceEqual(above.ReadEncodedValue().Span))
                return false;
        }
        if (!mine.HasData)
            return false;
        var last = mine.ReadSetOf(skipSortOrderValidation: true);
        var isCommonName = last.ReadSequence().ReadObjectIdentifier() == "2.5.4.3";
        return isCommonName && !last.HasData && !mine.HasData;
    }
}
