using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mdm.Abstractions;
using Mdm.Gsi.Issuing;
using Mdm.Gsi.Proxies;
using Mdm.Gsi.Trust;
using Mdm.Gsi.Voms;

namespace Mdm.Gsi.Client;

/// <summary>What a client presents: a proxy or a certificate with its key. Disposing forgets the key.</summary>
public sealed class GridCredential : IDisposable
{
    private readonly byte[] _privateKey;
    private readonly CertificateFacts _leaf;

    private GridCredential(ImmutableArray<ImmutableArray<byte>> chain, byte[] privateKey, string origin)
    {
        _privateKey = privateKey;
        Chain = chain;
        if (chain.IsEmpty || CertificateFacts.ParseChain(chain) is not { } facts)
            throw new MdmException(MdmErrorKind.Corrupt, $"{origin} holds no certificate that can be read.");
        _leaf = facts[0];
        var endEntity = facts.FirstOrDefault(f => !f.IsProxy);
        if (endEntity is null || !DistinguishedName.TryParse(endEntity.Subject, out var subject))
            throw new MdmException(MdmErrorKind.Corrupt, $"{origin} holds a proxy without the certificate that it stands for.");
        Subject = subject;
        ClaimedAttributes = Claimed(facts);
        NotAfter = facts.TakeWhile(f => f.IsProxy).Append(endEntity).Min(f => f.NotAfter);
    }

    /// <summary>The subject of the end-entity certificate.</summary>
    public DistinguishedName Subject { get; }

    /// <summary>The VOMS attributes that it shows, the primary first. Nobody has verified them: whoever is shown the credential does.</summary>
    public ImmutableArray<Fqan> ClaimedAttributes { get; }

    /// <summary>When the first of its certificates ends.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>What is presented, in DER, leaf first.</summary>
    public ImmutableArray<ImmutableArray<byte>> Chain { get; }

    internal ReadOnlySpan<byte> PrivateKey => _privateKey;

    // From the leaf up; the first proxy that carries attributes decides, as with whoever verifies them.
    private static ImmutableArray<Fqan> Claimed(IEnumerable<CertificateFacts> facts)
    {
        if (facts.TakeWhile(f => f.IsProxy).FirstOrDefault(f => f.VomsExtension is not null)?.VomsExtension is not { } extension)
            return [];
        try
        {
            return [.. AttributeCertificate.ParseAll(extension).SelectMany(certificate => certificate.Fqans).Select(text => Fqan.TryParse(text, out var fqan) ? fqan : null).OfType<Fqan>().Distinct()];
        }
        catch (AsnContentException)
        {
            return [];
        }
    }

    /// <summary>Loads a proxy file: certificate, key and chain in one PEM file that only its owner may read.</summary>
    /// <exception cref="MdmException">Not found, readable by others, or not a credential.</exception>
    public static GridCredential LoadProxy(string path) => Load(path, path);

    /// <summary>Loads a certificate file and a key file without a passphrase, which only its owner may read.</summary>
    /// <exception cref="MdmException">Not found, readable by others, or not a credential.</exception>
    public static GridCredential Load(string certificateFile, string keyFile)
    {
        var key = Read(keyFile, isSecret: true);
        var certificates = certificateFile == keyFile ? key : Read(certificateFile, isSecret: false);
        if (key.PrivateKey is null)
            throw new MdmException(MdmErrorKind.Corrupt, $"{keyFile} holds no private key.");
        return new GridCredential(certificates.Certificates, key.PrivateKey, certificateFile);
    }

    /// <summary>Acts with what a caller delegated; lives on its own.</summary>
    public static GridCredential From(DelegatedCredential delegated) => new(delegated.Chain, delegated.PrivateKey.ToArray(), "The delegated credential");

    /// <summary>Acts with what was issued here; lives on its own.</summary>
    public static GridCredential From(IssuedCredential issued) =>
        new([.. issued.Issuers.Insert(0, issued.Certificate).Select(c => c.RawData.ToImmutableArray())], issued.Key.ExportPkcs8PrivateKey(), "The issued credential");

    /// <summary>A proxy of this credential for somebody else's key, as limited as this one is, never longer.</summary>
    internal byte[] Delegate(PublicKey publicKey, TimeProvider clock)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(_leaf.Der.Span);
        var parameters = new ProxyParameters { IsLimited = _leaf.Proxy?.Policy == Oids.LimitedProxy };
        if (certificate.PublicKey.GetECDsaPublicKey() is { } ecPublic)
        {
            ecPublic.Dispose();
            using var ec = ECDsa.Create();
            Import(ec);
            using var byEc = ProxyIssuer.Issue(certificate, X509SignatureGenerator.CreateForECDsa(ec), publicKey, parameters, clock);
            return byEc.RawData;
        }
        using var rsa = RSA.Create();
        Import(rsa);
        using var byRsa = ProxyIssuer.Issue(certificate, X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1), publicKey, parameters, clock);
        return byRsa.RawData;
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_privateKey);

    // PEM files of proxies hold the older forms, delegations PKCS#8.
    private void Import(RSA key)
    {
        try
        {
            key.ImportPkcs8PrivateKey(_privateKey, out _);
        }
        catch (CryptographicException)
        {
            key.ImportRSAPrivateKey(_privateKey, out _);
        }
    }

    private void Import(ECDsa key)
    {
        try
        {
            key.ImportPkcs8PrivateKey(_privateKey, out _);
        }
        catch (CryptographicException)
        {
            key.ImportECPrivateKey(_privateKey, out _);
        }
    }

    private static PemFile Read(string path, bool isSecret)
    {
        byte[] bytes = [];
        char[] text = [];
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            if (isSecret && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)) != 0)
                throw new MdmException(MdmErrorKind.Refused, $"{path} holds a private key and may be used by others than its owner; chmod 600 it.");
            if (file.Length > PemFile.MaxLength)
                throw new MdmException(MdmErrorKind.Corrupt, $"{path} is too long for a credential.");
            bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            text = Encoding.Latin1.GetChars(bytes);
            return PemFile.Parse(text);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MdmException(MdmErrorKind.NotFound, $"There is no credential at {path}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MdmException(MdmErrorKind.AccessDenied, $"The credential at {path} cannot be read.", e);
        }
        catch (FormatException e)
        {
            throw new MdmException(MdmErrorKind.Corrupt, $"{path} is not a credential: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
            Array.Clear(text);
        }
    }
}
