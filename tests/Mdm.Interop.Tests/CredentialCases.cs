using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mdm.Gsi.Issuing;

namespace Mdm.Interop.Tests;

/// <summary>A credential as two files, which are one for a proxy.</summary>
internal sealed record CredentialFiles(string Certificate, string Key)
{
    public bool IsProxy => Certificate == Key;
}

/// <summary>Every kind of credential that a grid client can come with, good ones and bad ones, issued while the test runs.</summary>
internal sealed class CredentialCases(TestGrid grid)
{
    private static readonly string[] Roles = [$"/{TestGrid.Vo}/Role=physician", $"/{TestGrid.Vo}"];

    public CredentialFiles Make(string name)
    {
        // Not the owner of what is published: what he may, he may by his role.
        var physician = grid.User("Peter Physician");
        return name switch
        {
            "plain proxy" => Proxy(ProxyIssuer.Issue(physician)),
            "VOMS proxy" => Proxy(Voms(physician)),
            "limited proxy" => Proxy(ProxyIssuer.Issue(Voms(physician), new ProxyParameters { IsLimited = true })),
            "nested proxy" => Proxy(ProxyIssuer.Issue(ProxyIssuer.Issue(Voms(physician)))),
            "certificate" => Certificate(physician),
            "expired proxy" => Proxy(ProxyIssuer.Issue(physician, new ProxyParameters { NotBefore = Ago(3), NotAfter = Ago(1) })),
            "unknown CA" => UnknownAuthority(),
            "revoked user" => Revoked(),
            "revoked CA chain" => RevokedAuthority(),
            "path length exceeded" => Proxy(ProxyIssuer.Issue(ProxyIssuer.Issue(Voms(physician), new ProxyParameters { PathLength = 0 }))),
            "signed by a user's key" => SignedByUser(physician),
            "signing policy violated" => OutsidePolicy(),
            "attributes expired" => Proxy(With(grid.Attributes(physician.Certificate, Roles, notBefore: Ago(3), notAfter: Ago(1)))),
            "attributes of another holder" => Proxy(With(grid.Attributes(grid.Researcher.Certificate, Roles))),
            "attributes of an unlisted issuer" => Proxy(With(grid.Attributes(physician.Certificate, Roles, signer: grid.VomsServer("other-voms.test.example")))),
            "attributes with a broken signature" => Proxy(With(Broken(grid.Attributes(physician.Certificate, Roles)))),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such case"),
        };

        IssuedCredential With(byte[] attributes) => ProxyIssuer.Issue(physician, new ProxyParameters { AttributeCertificates = [attributes] });
    }

    private IssuedCredential Voms(IssuedCredential user) => ProxyIssuer.Issue(user, new ProxyParameters { AttributeCertificates = [grid.Attributes(user.Certificate, Roles)] });

    private CredentialFiles Proxy(IssuedCredential issued)
    {
        var path = grid.Write(issued);
        return new CredentialFiles(path, path);
    }

    private CredentialFiles Certificate(IssuedCredential issued) => new(grid.WriteSecret(issued.CertificatePem), grid.WriteSecret(issued.KeyPem));

    private CredentialFiles UnknownAuthority()
    {
        using var elsewhere = CertificateAuthority.Create("/DC=org/DC=elsewhere/CN=Unknown CA", TimeSpan.FromDays(1));
        return Proxy(ProxyIssuer.Issue(elsewhere.IssueUser("/DC=org/DC=testgrid/CN=Paula Physician", TimeSpan.FromDays(1))));
    }

    private CredentialFiles Revoked()
    {
        var user = grid.User("Ralf Revoked");
        grid.Authority.Revoke(user.Certificate);
        grid.PublishRevocations();
        return Proxy(ProxyIssuer.Issue(user));
    }

    private CredentialFiles RevokedAuthority()
    {
        var below = grid.Further(grid.Authority.CreateSubordinate("/DC=org/DC=testgrid/CN=Fallen CA", TimeSpan.FromDays(5)));
        below.WriteTo(grid.CertificateDirectory);
        grid.Authority.Revoke(below.Certificate);
        grid.PublishRevocations();
        return Proxy(ProxyIssuer.Issue(below.IssueUser("/DC=org/DC=testgrid/CN=Freda Fallen", TimeSpan.FromDays(1))));
    }

    private CredentialFiles OutsidePolicy()
    {
        var narrow = grid.Further(CertificateAuthority.Create("/DC=org/DC=narrow/CN=Narrow CA", TimeSpan.FromDays(5)));
        narrow.WriteTo(grid.CertificateDirectory);
        return Proxy(ProxyIssuer.Issue(narrow.IssueUser("/DC=org/DC=testgrid/CN=Paula Physician", TimeSpan.FromDays(1))));
    }

    /// <summary>A user who plays authority: no basicConstraints CA, no right to sign certificates.</summary>
    private CredentialFiles SignedByUser(IssuedCredential signer)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Evil Twin, DC=testgrid, DC=org", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true));
        using var certificate = request.Create(signer.Certificate.SubjectName, X509SignatureGenerator.CreateForRSA(signer.Key, RSASignaturePadding.Pkcs1), Ago(1), Ago(-10), RandomNumberGenerator.GetBytes(8));
        var path = grid.WriteSecret($"{certificate.ExportCertificatePem()}\n{key.ExportRSAPrivateKeyPem()}\n{signer.Certificate.ExportCertificatePem()}\n");
        return new CredentialFiles(path, path);
    }

    private static byte[] Broken(byte[] certificate)
    {
        certificate[^1] ^= 1;
        return certificate;
    }

    private static DateTimeOffset Ago(int hours) => TimeProvider.System.GetUtcNow().AddHours(-hours);
}
