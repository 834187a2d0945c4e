using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mdm.Gsi.Trust;
using Mdm.Gsi.Voms;

namespace Mdm.Gsi.Issuing;

/// <summary>What an attribute certificate is to say.</summary>
public sealed record AttributeCertificateParameters
{
    /// <summary>The virtual organisation.</summary>
    public required string Vo { get; init; }

    /// <summary>The host name of the VOMS server, under which its LSC file is found.</summary>
    public required string Host { get; init; }

    /// <summary>Its port.</summary>
    public int Port { get; init; } = 15000;

    /// <summary>The attributes in order; the first is the primary one.</summary>
    public required ImmutableArray<string> Fqans { get; init; }

    /// <summary>Starts to be valid; five minutes ago when null.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Ends; twelve hours from now when null.</summary>
    public DateTimeOffset? NotAfter { get; init; }
}

/// <summary>Issues VOMS attribute certificates as a VOMS server does, for tests and demonstrations.</summary>
public static class AttributeCertificateIssuer
{
    private const string Sha256WithRsa = "1.2.840.113549.1.1.11";
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(12);

    /// <summary>An attribute certificate in DER, to be put into a proxy of the holder.</summary>
    /// <param name="server">The VOMS server's host certificate and key.</param>
    /// <param name="holder">The end-entity certificate that the attributes are for.</param>
    /// <param name="parameters">What it says.</param>
    /// <param name="timeProvider">The clock; the system's when null.</param>
    public static byte[] Issue(IssuedCredential server, X509Certificate2 holder, AttributeCertificateParameters parameters, TimeProvider? timeProvider = null)
    {
        var now = (timeProvider ?? TimeProvider.System).GetUtcNow();
        var info = Info(server.Certificate, holder, parameters, parameters.NotBefore ?? now - ClockSkew.OfStarts, parameters.NotAfter ?? now + DefaultLifetime);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(info);
            WriteAlgorithm(writer);
            writer.WriteBitString(server.Key.SignData(info, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }
        return writer.Encode();
    }

    /// <summary>The LSC file that makes others believe this server.</summary>
    public static LscFile LscOf(X509Certificate2 server) =>
        new([[SlashName.Of(server.SubjectName.RawData), SlashName.Of(server.IssuerName.RawData)]]);

    /// <summary>Writes <c>VO/HOST.lsc</c> below a VOMS directory.</summary>
    public static void WriteLsc(string vomsDirectory, string vo, string host, X509Certificate2 server)
    {
        var directory = Path.Combine(vomsDirectory, vo);
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, host + ".lsc"), LscOf(server).ToString());
    }

    private static byte[] Info(X509Certificate2 server, X509Certificate2 holder, AttributeCertificateParameters parameters, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            using (writer.PushSequence())
            using (writer.PushSequence(Context(0)))
            {
                WriteDirectoryName(writer, holder.IssuerName);
                writer.WriteInteger(CertificateAuthority.ToNumber(holder.SerialNumberBytes.Span));
            }
            using (writer.PushSequence(Context(0)))
                WriteDirectoryName(writer, server.SubjectName);
            WriteAlgorithm(writer);
            writer.WriteInteger(CertificateAuthority.ToNumber(CertificateAuthority.NewSerial()));
            using (writer.PushSequence())
            {
                writer.WriteGeneralizedTime(notBefore, omitFractionalSeconds: true);
                writer.WriteGeneralizedTime(notAfter, omitFractionalSeconds: true);
            }
            WriteAttributes(writer, parameters);
            WriteExtensions(writer, server);
        }
        return writer.Encode();
    }

    private static void WriteAttributes(AsnWriter writer, AttributeCertificateParameters parameters)
    {
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oids.VomsFqans);
            using (writer.PushSetOf())
            using (writer.PushSequence())
            {
                using (writer.PushSequence(Context(0)))
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, $"{parameters.Vo}://{parameters.Host}:{parameters.Port}", Context(6));
                using (writer.PushSequence())
                {
                    foreach (var fqan in parameters.Fqans)
                        writer.WriteOctetString(Encoding.UTF8.GetBytes(fqan));
                }
            }
        }
    }

    private static void WriteExtensions(AsnWriter writer, X509Certificate2 server)
    {
        using (writer.PushSequence())
        {
            WriteExtension(writer, Oids.VomsSignerCertificates, content =>
            {
                using (content.PushSequence())
                using (content.PushSequence())
                    content.WriteEncodedValue(server.RawData);
            });
            WriteExtension(writer, Oids.NoRevocationAvailable, content => content.WriteNull());
            WriteExtension(writer, Oids.AuthorityKeyIdentifier, content =>
                content.WriteEncodedValue(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(new X509SubjectKeyIdentifierExtension(server.PublicKey, false)).RawData));
        }
    }

    private static void WriteExtension(AsnWriter writer, string oid, Action<AsnWriter> write)
    {
        var content = new AsnWriter(AsnEncodingRules.DER);
        write(content);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            writer.WriteOctetString(content.Encode());
        }
    }

    // GeneralNames with one directoryName, whose choice makes its tag explicit.
    private static void WriteDirectoryName(AsnWriter writer, X500DistinguishedName name)
    {
        using (writer.PushSequence())
        using (writer.PushSequence(Context(4)))
            writer.WriteEncodedValue(name.RawData);
    }

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Sha256WithRsa);
            writer.WriteNull();
        }
    }

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number);
}
