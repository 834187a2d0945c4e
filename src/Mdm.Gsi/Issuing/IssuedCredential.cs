using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mdm.Gsi.Issuing;

/// <summary>A certificate with its private key and the certificates that a peer needs with it. Disposing forgets both.</summary>
public sealed class IssuedCredential : IDisposable
{
    internal IssuedCredential(X509Certificate2 certificate, RSA key, ImmutableArray<X509Certificate2> issuers)
    {
        Certificate = certificate;
        Key = key;
        Issuers = issuers;
    }

    /// <summary>The certificate, without its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Its key.</summary>
    public RSA Key { get; }

    /// <summary>For a proxy, what issued it up to the end-entity certificate; empty otherwise.</summary>
    public ImmutableArray<X509Certificate2> Issuers { get; }

    /// <summary>The certificate in PEM, then its issuers.</summary>
    public string CertificatePem => string.Concat(Issuers.Insert(0, Certificate).Select(c => c.ExportCertificatePem() + "\n"));

    /// <summary>The key in PEM, as PKCS#8 without a passphrase.</summary>
    public string KeyPem => Key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>Writes a proxy file as Globus reads it: certificate, key (PKCS#1), issuers. Only its owner may read it.</summary>
    public void WriteProxyFile(string path)
    {
        var issuers = string.Concat(Issuers.Select(c => c.ExportCertificatePem() + "\n"));
        WriteSecret(path, $"{Certificate.ExportCertificatePem()}\n{Key.ExportRSAPrivateKeyPem()}\n{issuers}");
    }

    /// <summary>Writes certificate and key as two files. Only their owner may read the key.</summary>
    public void WriteFiles(string certificatePath, string keyPath)
    {
        File.WriteAllText(certificatePath, CertificatePem);
        WriteSecret(keyPath, KeyPem);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        Key.Dispose();
    }

    private static void WriteSecret(string path, string text)
    {
        // Made anew, so that the mode holds from the first byte on.
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(Encoding.ASCII.GetBytes(text));
    }
}
