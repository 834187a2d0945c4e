using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mdm.Gsi.Issuing;
using Mdm.Gsi.Trust;

namespace Mdm.Gsi.Tests.Support;

/// <summary>What nobody should issue.</summary>
internal static class Forgery
{
    /// <summary>An ordinary certificate with any name, signed with a user's key.</summary>
    public static IssuedCredential UserSigned(IssuedCredential user, string subject)
    {
        var key = RSA.Create(2048);
        var request = new CertificateRequest(new X500DistinguishedName(SlashName.Encode(subject)), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        var certificate = request.Create(user.Certificate.SubjectName, X509SignatureGenerator.CreateForRSA(user.Key, RSASignaturePadding.Pkcs1), now.AddMinutes(-5), now.AddHours(1), [1, 2, 3]);
        return new IssuedCredential(certificate, key, [user.Certificate]);
    }

    /// <summary>The same certificate with one bit of its signature turned.</summary>
    public static IssuedCredential WithBrokenSignature(IssuedCredential credential)
    {
        var der = credential.Certificate.RawData;
        der[^1] ^= 1;
        var key = RSA.Create();
        key.ImportRSAPrivateKey(credential.Key.ExportRSAPrivateKey(), out _);
        return new IssuedCredential(X509CertificateLoader.LoadCertificate(der), key, credential.Issuers);
    }
}
