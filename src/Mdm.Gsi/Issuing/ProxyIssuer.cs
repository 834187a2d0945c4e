using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mdm.Gsi.Trust;

namespace Mdm.Gsi.Issuing;

/// <summary>What a proxy is to be.</summary>
public sealed record ProxyParameters
{
    /// <summary>Starts to be valid; five minutes ago when null.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Ends; twelve hours from now, or with its issuer, when null.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>Good for data, not for starting jobs.</summary>
    public bool IsLimited { get; init; }

    /// <summary>How many further proxies may follow; no limit when null.</summary>
    public int? PathLength { get; init; }

    /// <summary>Attribute certificates in DER, from <see cref="AttributeCertificateIssuer"/>.</summary>
    public ImmutableArray<byte[]> AttributeCertificates { get; init; } = [];
}

/// <summary>Issues RFC 3820 proxy certificates, also of proxies, also with wrong parameters: whoever verifies must notice.</summary>
public static class ProxyIssuer
{
    private const int KeyBits = 2048;
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(12);

    /// <summary>A proxy with a key of its own.</summary>
    public static IssuedCredential Issue(IssuedCredential issuer, ProxyParameters? parameters = null, TimeProvider? timeProvider = null)
    {
        var key = RSA.Create(KeyBits);
        var certificate = Issue(issuer.Certificate, X509SignatureGenerator.CreateForRSA(issuer.Key, RSASignaturePadding.Pkcs1), new PublicKey(key), parameters ?? new ProxyParameters(), timeProvider ?? TimeProvider.System);
        return new IssuedCredential(certificate, key, issuer.Issuers.Insert(0, issuer.Certificate));
    }

    /// <summary>A proxy for somebody else's key, as in a delegation.</summary>
    public static X509Certificate2 Issue(X509Certificate2 issuer, X509SignatureGenerator issuerKey, PublicKey publicKey, ProxyParameters parameters, TimeProvider timeProvider)
    {
        var serial = CertificateAuthority.NewSerial();
        var now = timeProvider.GetUtcNow();
        var request = new CertificateRequest(Extend(issuer.SubjectName, CertificateAuthority.ToNumber(serial).ToString(System.Globalization.CultureInfo.InvariantCulture)), publicKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509Extension(Oids.ProxyCertInfo, ProxyInfo(parameters), critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true));
        if (!parameters.AttributeCertificates.IsEmpty)
            request.CertificateExtensions.Add(new X509Extension(Oids.VomsAttributeCertificates, Attributes(parameters.AttributeCertificates), critical: false));
        var issuerEnd = new DateTimeOffset(issuer.NotAfter.ToUniversalTime());
        var end = now + DefaultLifetime < issuerEnd ? now + DefaultLifetime : issuerEnd;
        return request.Create(
            issuer.SubjectName,
            issuerKey,
            parameters.NotBefore ?? now - ClockSkew.OfStarts,
            parameters.NotAfter ?? end,
            serial);
    }

    // RFC 3820 §3.4: the issuer's names as they are, and one CN.
    private static X500DistinguishedName Extend(X500DistinguishedName issuer, string commonName)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            var names = new AsnReader(issuer.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
                writer.WriteEncodedValue(names.ReadEncodedValue().Span);
            SlashName.WriteRelativeName(writer, "2.5.4.3", commonName);
        }
        return new X500DistinguishedName(writer.Encode());
    }

    // RFC 3820 §3.8.
    private static byte[] ProxyInfo(ProxyParameters parameters)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            if (parameters.PathLength is { } length)
                writer.WriteInteger(length);
            using (writer.PushSequence())
                writer.WriteObjectIdentifier(parameters.IsLimited ? Oids.LimitedProxy : Oids.InheritAll);
        }
        return writer.Encode();
    }

    private static byte[] Attributes(ImmutableArray<byte[]> certificates)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            foreach (var certificate in certificates)
                writer.WriteEncodedValue(certificate);
        }
        return writer.Encode();
    }
}
