using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Gsi.Trust;

namespace Mdm.Gsi.Voms;

/// <summary>Attributes that count, when the first of them ends, and why others do not count.</summary>
internal sealed record VerifiedAttributes(ImmutableArray<Fqan> Fqans, DateTimeOffset? NotAfter, ImmutableArray<string> Ignored)
{
    public static readonly VerifiedAttributes None = new([], null, []);
}

/// <summary>Whether a proxy's attribute certificates may be believed. One that may not is ignored with a reason; the caller then acts without it.</summary>
internal static class AttributeVerifier
{
    public static VerifiedAttributes Verify(ReadOnlyMemory<byte> extension, CertificateFacts holder, TrustSnapshot trust, DateTimeOffset now)
    {
        ImmutableArray<AttributeCertificate> certificates;
        try
        {
            certificates = AttributeCertificate.ParseAll(extension);
        }
        catch (AsnContentException)
        {
            return VerifiedAttributes.None with { Ignored = ["the VOMS extension cannot be read"] };
        }
        var fqans = ImmutableArray.CreateBuilder<Fqan>();
        var ignored = ImmutableArray.CreateBuilder<string>();
        DateTimeOffset? notAfter = null;
        foreach (var certificate in certificates)
        {
            if (Refuse(certificate, holder, trust, now) is { } reason)
            {
                ignored.Add($"attributes of {Quoted(certificate.Vo)} ignored: {reason}");
                continue;
            }
            notAfter = notAfter is null || certificate.NotAfter < notAfter ? certificate.NotAfter : notAfter;
            foreach (var text in certificate.Fqans)
            {
                // A server speaks for its own organisation only.
                if (Fqan.TryParse(text, out var fqan) && fqan.VirtualOrganisation == certificate.Vo)
                    fqans.Add(fqan);
                else
                    ignored.Add($"attribute {Quoted(text)} ignored: it is not one of {Quoted(certificate.Vo)}");
            }
        }
        return new VerifiedAttributes(fqans.ToImmutable(), notAfter, ignored.ToImmutable());
    }

    private static string? Refuse(AttributeCertificate certificate, CertificateFacts holder, TrustSnapshot trust, DateTimeOffset now)
    {
        if (ClockSkew.HasEnded(certificate.NotAfter, now))
            return "the attribute certificate has expired";
        if (!ClockSkew.HasStarted(certificate.NotBefore, now))
            return "the attribute certificate is not yet valid";
        if (certificate.HolderIssuer != holder.Issuer || !certificate.HolderSerial.Span.SequenceEqual(holder.Serial.Span))
            return "the attribute certificate was issued to another holder";
        if (certificate.UnknownCriticalExtension is { } oid)
            return $"the attribute certificate has an unknown critical extension ({oid})";
        if (certificate.SignerChain.IsEmpty || !CertificateFacts.TryParse(certificate.SignerChain[0].AsMemory(), out var signer))
            return "the attribute certificate does not carry its signer's certificate";
        if (signer.Subject != certificate.Issuer)
            return "the attribute certificate's issuer is not its signer";
        if (trust.VomsServers.Find(certificate.Vo, certificate.Host) is not { } listed)
            return $"no LSC file for {Quoted(certificate.Vo)} and the server {Quoted(certificate.Host)} is installed here";
        if (!VerifySignature(certificate, signer))
            return "the attribute certificate's signature is broken";
        var chain = trust.Verify(certificate.SignerChain, ChainPurpose.AttributeSigner, now);
        if (chain.Refusal is { } refusal)
            return $"the attribute certificate's signer is refused: {refusal}";
        if (CertificateFacts.ParseChain(chain.Chain) is not { } facts)
            return "the attribute certificate's signer cannot be read";
        if (PeerRules.CheckAuthorities(facts, 0, trust) is { } broken)
            return $"the attribute certificate's signer is refused: {broken}";
        return listed.Lists([.. facts.Select(f => f.Subject)]) ? null : $"the signer {signer.Subject} is not in the LSC file of {Quoted(certificate.Vo)}";
    }

    private static bool VerifySignature(AttributeCertificate certificate, CertificateFacts signer)
    {
        try
        {
            if (SignatureAlgorithms.HashOfRsa(certificate.SignatureAlgorithm) is { } rsaHash)
            {
                using var rsa = RSA.Create();
                rsa.ImportSubjectPublicKeyInfo(signer.PublicKey.Span, out _);
                return rsa.VerifyData(certificate.SignedInfo.Span, certificate.Signature.Span, rsaHash, RSASignaturePadding.Pkcs1);
            }
            if (SignatureAlgorithms.HashOfEcdsa(certificate.SignatureAlgorithm) is { } ecHash)
            {
                using var ec = ECDsa.Create();
                ec.ImportSubjectPublicKeyInfo(signer.PublicKey.Span, out _);
                return ec.VerifyData(certificate.SignedInfo.Span, certificate.Signature.Span, ecHash, DSASignatureFormat.Rfc3279DerSequence);
            }
            return false;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static string Quoted(string text) =>
        $"'{new string([.. text.Take(Fqan.MaxLength).Select(c => char.IsControl(c) ? '?' : c)])}'";
}

/// <summary>Signature algorithms of attribute certificates: SHA-2 only.</summary>
internal static class SignatureAlgorithms
{
    public static HashAlgorithmName? HashOfRsa(string oid) => oid switch
    {
        "1.2.840.113549.1.1.11" => HashAlgorithmName.SHA256,
        "1.2.840.113549.1.1.12" => HashAlgorithmName.SHA384,
        "1.2.840.113549.1.1.13" => HashAlgorithmName.SHA512,
        _ => null,
    };

    public static HashAlgorithmName? HashOfEcdsa(string oid) => oid switch
    {
        "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
        "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
        "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
        _ => null,
    };
}
