using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;

namespace Mdm.Gsi.Trust;

/// <summary>RFC 3820 §3.8: what makes a certificate a proxy.</summary>
internal sealed record ProxyInfo(bool IsCritical, int? PathLength, string Policy);

/// <summary>What the rules of proxies and attributes need to know of one certificate. Parsing checks form, never trust.</summary>
internal sealed record CertificateFacts
{
    /// <summary>Largest accepted certificate in bytes; a proxy with several attribute certificates has some 10 KB.</summary>
    public const int MaxLength = 64 * 1024;

    public const int MaxExtensions = 64;

    // RFC 5280 §4.2.1.3: bits are numbered from the most significant one.
    public const int DigitalSignature = 0x80, CertificateSigning = 0x04;

    public required ReadOnlyMemory<byte> Der { get; init; }
    public required string Subject { get; init; }
    public required string Issuer { get; init; }
    public required ReadOnlyMemory<byte> SubjectDer { get; init; }
    public required ReadOnlyMemory<byte> IssuerDer { get; init; }
    public required ReadOnlyMemory<byte> Serial { get; init; }
    public required DateTimeOffset NotBefore { get; init; }
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>SubjectPublicKeyInfo.</summary>
    public required ReadOnlyMemory<byte> PublicKey { get; init; }

    public bool IsAuthority { get; init; }

    /// <summary>First byte of the key usage bits; null without the extension, which allows everything.</summary>
    public int? KeyUsage { get; init; }

    public ProxyInfo? Proxy { get; init; }

    /// <summary>Content of the VOMS extension, or null.</summary>
    public ReadOnlyMemory<byte>? VomsExtension { get; init; }

    public bool IsProxy => Proxy is not null;

    public bool IsSelfIssued => SubjectDer.Span.SequenceEqual(IssuerDer.Span);

    /// <summary>Reads one DER certificate; false, with the reason, when it is none.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out CertificateFacts? facts)
    {
        facts = null;
        if (der.Length > MaxLength)
            return false;
        try
        {
            facts = Parse(der);
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>Reads a whole chain; null when one of them cannot be read.</summary>
    public static ImmutableArray<CertificateFacts>? ParseChain(ImmutableArray<ImmutableArray<byte>> chain)
    {
        var all = ImmutableArray.CreateBuilder<CertificateFacts>(chain.Length);
        foreach (var der in chain)
        {
            if (!TryParse(der.AsMemory(), out var facts))
                return null;
            all.Add(facts);
        }
        return all.MoveToImmutable();
    }

    private static CertificateFacts Parse(ReadOnlyMemory<byte> der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        var body = outer.ReadSequence().ReadSequence();
        outer.ThrowIfNotEmpty();
        if (body.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 0)))
            body.ReadEncodedValue();
        var serial = body.ReadIntegerBytes();
        body.ReadEncodedValue();
        var issuer = body.ReadEncodedValue();
        var validity = body.ReadSequence();
        var notBefore = ReadTime(validity);
        var notAfter = ReadTime(validity);
        var subject = body.ReadEncodedValue();
        var publicKey = body.ReadEncodedValue();
        var facts = new CertificateFacts
        {
            Der = der, Serial = serial, NotBefore = notBefore, NotAfter = notAfter, PublicKey = publicKey,
            SubjectDer = subject, Subject = SlashName.Of(subject), IssuerDer = issuer, Issuer = SlashName.Of(issuer),
        };
        while (body.HasData)
        {
            if (body.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 3)))
                facts = WithExtensions(facts, body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 3)).ReadSequence());
            else
                body.ReadEncodedValue();
        }
        return facts;
    }

    private static CertificateFacts WithExtensions(CertificateFacts facts, AsnReader extensions)
    {
        var count = 0;
        while (extensions.HasData)
        {
            if (++count > MaxExtensions)
                throw new AsnContentException("The certificate has too many extensions.");
            var extension = extensions.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            var critical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            var content = extension.ReadOctetString();
            facts = oid switch
            {
                Oids.BasicConstraints => facts with { IsAuthority = ReadIsAuthority(content) },
                Oids.KeyUsage => facts with { KeyUsage = ReadKeyUsage(content) },
                Oids.ProxyCertInfo => facts with { Proxy = ReadProxyInfo(content, critical) },
                Oids.VomsAttributeCertificates => facts with { VomsExtension = content },
                _ => facts,
            };
        }
        return facts;
    }

    private static bool ReadIsAuthority(ReadOnlyMemory<byte> content)
    {
        var constraints = new AsnReader(content, AsnEncodingRules.DER).ReadSequence();
        return constraints.HasData && constraints.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && constraints.ReadBoolean();
    }

    private static int ReadKeyUsage(ReadOnlyMemory<byte> content)
    {
        var bits = new AsnReader(content, AsnEncodingRules.DER).ReadBitString(out _);
        return bits.Length == 0 ? 0 : bits[0];
    }

    private static ProxyInfo ReadProxyInfo(ReadOnlyMemory<byte> content, bool critical)
    {
        var info = new AsnReader(content, AsnEncodingRules.DER).ReadSequence();
        int? pathLength = null;
        if (info.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
            pathLength = info.TryReadInt32(out var length) ? Math.Max(length, 0) : int.MaxValue;
        return new ProxyInfo(critical, pathLength, info.ReadSequence().ReadObjectIdentifier());
    }

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(new Asn1Tag(UniversalTagNumber.GeneralizedTime)) ? reader.ReadGeneralizedTime() : reader.ReadUtcTime();
}
