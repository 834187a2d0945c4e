using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Text;
using Mdm.Gsi.Trust;

namespace Mdm.Gsi.Voms;

/// <summary>
/// One VOMS attribute certificate as it was encoded (RFC 5755 §4.1 with the VOMS attributes, "The VOMS Attribute Certificate Format" GFD.182).
/// Parsing checks form, never trust.
/// </summary>
internal sealed record AttributeCertificate
{
    /// <summary>Attribute certificates read from one proxy.</summary>
    public const int MaxPerProxy = 8;

    public const int MaxFqans = 200;
    public const int MaxSignerCertificates = 10;

    /// <summary>The signed bytes.</summary>
    public required ReadOnlyMemory<byte> SignedInfo { get; init; }
    public required string SignatureAlgorithm { get; init; }
    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>Issuer and serial of the certificate that the attributes are for; null when the holder is named in another way.</summary>
    public required string? HolderIssuer { get; init; }
    public required ReadOnlyMemory<byte> HolderSerial { get; init; }
    public required string Issuer { get; init; }
    public required DateTimeOffset NotBefore { get; init; }
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>The virtual organisation and the host name of its server, from the policy authority <c>vo://host:port</c>.</summary>
    public required string Vo { get; init; }
    public required string Host { get; init; }
    public required ImmutableArray<string> Fqans { get; init; }

    /// <summary>Signer first.</summary>
    public required ImmutableArray<ImmutableArray<byte>> SignerChain { get; init; }

    /// <summary>A critical extension that we do not know; it forbids to use the attributes (RFC 5755 §4.3).</summary>
    public required string? UnknownCriticalExtension { get; init; }

    /// <summary>Reads the content of a proxy's VOMS extension.</summary>
    /// <exception cref="AsnContentException">Not the format, or beyond a limit.</exception>
    public static ImmutableArray<AttributeCertificate> ParseAll(ReadOnlyMemory<byte> extension)
    {
        var all = ImmutableArray.CreateBuilder<AttributeCertificate>();
        var outer = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        var list = outer.ReadSequence();
        while (list.HasData)
        {
            if (all.Count == MaxPerProxy)
                throw new AsnContentException("The proxy has too many attribute certificates.");
            all.Add(Parse(list.ReadEncodedValue()));
        }
        return all.ToImmutable();
    }

    private static AttributeCertificate Parse(ReadOnlyMemory<byte> der)
    {
        var certificate = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        var signedInfo = certificate.PeekEncodedValue();
        var info = certificate.ReadSequence();
        var algorithm = certificate.ReadSequence().ReadObjectIdentifier();
        var signature = certificate.ReadBitString(out _);

        info.ReadInteger();
        var (holderIssuer, holderSerial) = ReadHolder(info.ReadSequence());
        var issuer = ReadIssuer(info);
        info.ReadSequence();
        info.ReadInteger();
        var validity = info.ReadSequence();
        var notBefore = validity.ReadGeneralizedTime();
        var notAfter = validity.ReadGeneralizedTime();
        var (authority, fqans) = ReadAttributes(info.ReadSequence());
        if (info.HasData && info.PeekTag().HasSameClassAndValue(Asn1Tag.PrimitiveBitString))
            info.ReadBitString(out _);
        var (chain, unknown) = info.HasData ? ReadExtensions(info.ReadSequence()) : ([], null);
        var (vo, host) = SplitAuthority(authority);
        return new AttributeCertificate
        {
            SignedInfo = signedInfo, SignatureAlgorithm = algorithm, Signature = signature, HolderIssuer = holderIssuer, HolderSerial = holderSerial,
            Issuer = issuer, NotBefore = notBefore, NotAfter = notAfter, Vo = vo, Host = host, Fqans = fqans, SignerChain = chain, UnknownCriticalExtension = unknown,
        };
    }

    // Holder ::= SEQUENCE { baseCertificateID [0] IssuerSerial OPTIONAL, ... }
    private static (string?, ReadOnlyMemory<byte>) ReadHolder(AsnReader holder)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0);
        if (!holder.HasData || !holder.PeekTag().HasSameClassAndValue(tag))
            return (null, default);
        var issuerSerial = holder.ReadSequence(tag);
        var name = ReadDirectoryName(issuerSerial.ReadSequence());
        return (name, issuerSerial.ReadIntegerBytes());
    }

    // AttCertIssuer ::= CHOICE { v1Form GeneralNames, v2Form [0] V2Form }; VOMS writes v2Form.
    private static string ReadIssuer(AsnReader info)
    {
        var form = info.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0));
        return ReadDirectoryName(form.ReadSequence());
    }

    private static string ReadDirectoryName(AsnReader generalNames)
    {
        var choice = generalNames.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 4));
        return SlashName.Of(choice.ReadEncodedValue());
    }

    private static (string Authority, ImmutableArray<string> Fqans) ReadAttributes(AsnReader attributes)
    {
        while (attributes.HasData)
        {
            var attribute = attributes.ReadSequence();
            if (attribute.ReadObjectIdentifier() != Oids.VomsFqans)
                continue;
            var syntax = attribute.ReadSetOf(skipSortOrderValidation: true).ReadSequence();
            var authority = syntax.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadCharacterString(UniversalTagNumber.IA5String, new Asn1Tag(TagClass.ContextSpecific, 6));
            var values = syntax.ReadSequence();
            var fqans = ImmutableArray.CreateBuilder<string>();
            while (values.HasData)
            {
                if (fqans.Count == MaxFqans)
                    throw new AsnContentException("The attribute certificate has too many attributes.");
                fqans.Add(Encoding.UTF8.GetString(values.ReadOctetString()));
            }
            return (authority, fqans.ToImmutable());
        }
        throw new AsnContentException("The attribute certificate has no VOMS attributes.");
    }

    private static (ImmutableArray<ImmutableArray<byte>> Chain, string? UnknownCritical) ReadExtensions(AsnReader extensions)
    {
        ImmutableArray<ImmutableArray<byte>> chain = [];
        string? unknown = null;
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            var critical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            var content = extension.ReadOctetString();
            if (oid == Oids.VomsSignerCertificates)
                chain = ReadSignerChain(content);
            else if (critical && oid is not (Oids.AuthorityKeyIdentifier or Oids.NoRevocationAvailable))
                unknown = oid;
        }
        return (chain, unknown);
    }

    private static ImmutableArray<ImmutableArray<byte>> ReadSignerChain(ReadOnlyMemory<byte> content)
    {
        var chain = ImmutableArray.CreateBuilder<ImmutableArray<byte>>();
        var certificates = new AsnReader(content, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        while (certificates.HasData)
        {
            if (chain.Count == MaxSignerCertificates)
                throw new AsnContentException("The attribute certificate carries too many certificates.");
            chain.Add([.. certificates.ReadEncodedValue().Span]);
        }
        return chain.ToImmutable();
    }

    // vo://host:port
    private static (string Vo, string Host) SplitAuthority(string authority)
    {
        var scheme = authority.IndexOf("://", StringComparison.Ordinal);
        var port = authority.LastIndexOf(':');
        if (scheme <= 0 || port <= scheme + 3)
            throw new AsnContentException("The attribute certificate's policy authority is not vo://host:port.");
        return (authority[..scheme], authority[(scheme + 3)..port]);
    }
}
