using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mdm.Gsi.Trust;

namespace Mdm.Gsi.Issuing;

/// <summary>
/// A certification authority for tests, demonstrations and small private grids: issues host and user certificates, revokes them, and writes the files
/// that a CA directory needs. Not for concurrent use.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    private const int KeyBits = 2048;
    private readonly TimeProvider _clock;
    private readonly X509Certificate2 _certificate;
    private readonly RSA _key;
    private readonly List<(byte[] Serial, DateTimeOffset At)> _revoked = [];
    private int _crlNumber;

    private CertificateAuthority(X509Certificate2 certificate, RSA key, TimeProvider clock)
    {
        _certificate = certificate;
        _key = key;
        _clock = clock;
        Subject = SlashName.Of(certificate.SubjectName.RawData);
    }

    /// <summary>The CA's subject in slash form.</summary>
    public string Subject { get; }

    /// <summary>The CA's certificate, without its key.</summary>
    public X509Certificate2 Certificate => _certificate;

    /// <summary>The base name of the CA's files in a CA directory.</summary>
    public string Hash => SubjectHash.Of(_certificate.SubjectName.RawData);

    /// <summary>Makes a self-signed CA.</summary>
    /// <param name="subject">Slash form.</param>
    /// <param name="lifetime">From now.</param>
    /// <param name="timeProvider">The clock; the system's when null.</param>
    public static CertificateAuthority Create(string subject, TimeSpan lifetime, TimeProvider? timeProvider = null)
    {
        var clock = timeProvider ?? TimeProvider.System;
        var key = RSA.Create(KeyBits);
        var name = new X500DistinguishedName(SlashName.Encode(subject));
        var request = AuthorityRequest(name, key);
        var now = clock.GetUtcNow();
        using var withKey = request.CreateSelfSigned(now - ClockSkew.OfStarts, now + lifetime);
        return new CertificateAuthority(X509CertificateLoader.LoadCertificate(withKey.RawData), key, clock);
    }

    /// <summary>Makes a CA below this one.</summary>
    public CertificateAuthority CreateSubordinate(string subject, TimeSpan lifetime)
    {
        var key = RSA.Create(KeyBits);
        var now = _clock.GetUtcNow();
        var certificate = AuthorityRequest(new X500DistinguishedName(SlashName.Encode(subject)), key)
            .Create(_certificate.SubjectName, Generator(), now - ClockSkew.OfStarts, now + lifetime, NewSerial());
        return new CertificateAuthority(certificate, key, _clock);
    }

    /// <summary>Issues a host certificate.</summary>
    /// <param name="subject">Slash form.</param>
    /// <param name="names">DNS names, or addresses, for the subject alternative name.</param>
    /// <param name="lifetime">From now.</param>
    public IssuedCredential IssueHost(string subject, IEnumerable<string> names, TimeSpan lifetime)
    {
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternative.AddIpAddress(address);
            else
                alternative.AddDnsName(name);
        }
        var now = _clock.GetUtcNow();
        return Issue(subject, now - ClockSkew.OfStarts, now + lifetime, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"], alternative.Build());
    }

    /// <summary>Issues a user certificate.</summary>
    public IssuedCredential IssueUser(string subject, TimeSpan lifetime) =>
        IssueUser(subject, _clock.GetUtcNow() - ClockSkew.OfStarts, _clock.GetUtcNow() + lifetime);

    /// <summary>Issues a user certificate with any dates.</summary>
    public IssuedCredential IssueUser(string subject, DateTimeOffset notBefore, DateTimeOffset notAfter) =>
        Issue(subject, notBefore, notAfter, ["1.3.6.1.5.5.7.3.2"], null);

    /// <summary>Revokes a certificate; it counts from the next <see cref="WriteTo"/> or <see cref="CreateCrl"/> on.</summary>
    public void Revoke(X509Certificate2 certificate) => _revoked.Add((certificate.SerialNumberBytes.ToArray(), _clock.GetUtcNow()));

    /// <summary>Takes all revocations back, as a real CA cannot.</summary>
    public void ForgetRevocations() => _revoked.Clear();

    /// <summary>The revocation list in DER.</summary>
    public byte[] CreateCrl(TimeSpan lifetime)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var (serial, at) in _revoked)
            builder.AddEntry(serial, at);
        var now = _clock.GetUtcNow();
        var keyIdentifier = X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false);
        return builder.Build(_certificate.SubjectName, Generator(), ++_crlNumber, now + lifetime, HashAlgorithmName.SHA256, keyIdentifier, now - ClockSkew.OfStarts);
    }

    /// <summary>
    /// Writes the CA's files under both the new and the old hash: certificate <c>.0</c>, revocation list <c>.r0</c>, <c>.signing_policy</c> and <c>.namespaces</c>.
    /// Each file is replaced in one step.
    /// </summary>
    /// <param name="directory">The CA directory; made where missing.</param>
    /// <param name="permitted">Which subjects the policies allow, with <c>*</c> at the end; by default everything that shares the CA's name but its last part.</param>
    /// <param name="crlLifetime">Of the revocation list; a day when null. Zero or less writes no list.</param>
    public void WriteTo(string directory, string? permitted = null, TimeSpan? crlLifetime = null)
    {
        Directory.CreateDirectory(directory);
        var pattern = permitted ?? Subject[..(Subject.LastIndexOf('/') + 1)] + "*";
        var lifetime = crlLifetime ?? TimeSpan.FromDays(1);
        var crl = lifetime > TimeSpan.Zero ? PemEncoding.WriteString("X509 CRL", CreateCrl(lifetime)) + "\n" : null;
        var regex = System.Text.RegularExpressions.Regex.Escape(pattern.TrimEnd('*')).Replace("\\ ", " ", StringComparison.Ordinal) + ".*";
        foreach (var hash in (string[])[Hash, SubjectHash.OldOf(_certificate.SubjectName.RawData)])
        {
            Write($"{hash}.0", _certificate.ExportCertificatePem() + "\n");
            Write($"{hash}.signing_policy", $"access_id_CA   X509    '{Subject}'\npos_rights     globus  CA:sign\ncond_subjects  globus  '\"{pattern}\"'\n");
            Write($"{hash}.namespaces", $"TO Issuer \"{Subject}\" \\\n  PERMIT Subject \"{regex}\"\n");
            if (crl is not null)
                Write($"{hash}.r0", crl);
        }

        void Write(string name, string text)
        {
            var path = Path.Combine(directory, name);
            File.WriteAllText(path + ".new", text);
            File.Move(path + ".new", path, overwrite: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }

    private static CertificateRequest AuthorityRequest(X500DistinguishedName name, RSA key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private IssuedCredential Issue(string subject, DateTimeOffset notBefore, DateTimeOffset notAfter, ImmutableArray<string> purposes, X509Extension? alternativeName)
    {
        var key = RSA.Create(KeyBits);
        var request = new CertificateRequest(new X500DistinguishedName(SlashName.Encode(subject)), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. purposes.Select(p => new Oid(p))], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (alternativeName is not null)
            request.CertificateExtensions.Add(alternativeName);
        return new IssuedCredential(request.Create(_certificate.SubjectName, Generator(), notBefore, notAfter, NewSerial()), key, []);
    }

    private X509SignatureGenerator Generator() => X509SignatureGenerator.CreateForRSA(_key, RSASignaturePadding.Pkcs1);

    internal static byte[] NewSerial()
    {
        // RFC 5280 §4.1.2.2: positive; 64 random bits and a leading byte that keeps it so.
        var serial = RandomNumberGenerator.GetBytes(9);
        serial[0] = (byte)(serial[0] & 0x3F | 0x01);
        return serial;
    }

    internal static BigInteger ToNumber(ReadOnlySpan<byte> serial) => new(serial, isUnsigned: true, isBigEndian: true);
}
