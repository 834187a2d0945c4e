using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mdm.Abstractions;

namespace Mdm.Formats.Reidentification;

/// <summary>Whom a pseudonym stands for. Identifies a patient: never logged, never in clear on a disk.</summary>
/// <remarks>
/// Sealed: <c>01</c> ‖ number of recipients (2) ‖ for each: SHA-256 of the certificate (32) ‖ length (2) ‖ a 256-bit key, by RSAES-OAEP with SHA-256 ‖ nonce (12) ‖
/// AES-256-GCM over the JSON of this record ‖ tag (16). All that stands before the nonce is authenticated with it. Numbers are big endian. A key is used once.
/// </remarks>
/// <param name="Pseudonym">As in Patient ID and Patient's Name of the de-identified objects.</param>
/// <param name="PatientId">As in the archive.</param>
/// <param name="IssuerOfPatientId">As in the archive; empty where it has none.</param>
/// <param name="PatientName">As in the archive, in Unicode.</param>
public sealed record SealedIdentity(string Pseudonym, string PatientId, string IssuerOfPatientId, string PatientName)
{
    /// <summary>Bits of a recipient's RSA key at least.</summary>
    public const int MinKeyBits = 2048;

    /// <summary>Recipients of one identity.</summary>
    public const int MaxRecipients = 100;

    private const byte Version = 1;
    private const int HeadLength = 3;
    private const int ThumbprintLength = 32;
    private const int KeyLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary>True for a certificate to which can be sealed: RSA of enough bits.</summary>
    public static bool CanReceive(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        using var key = certificate.GetRSAPublicKey();
        return key is { KeySize: >= MinKeyBits };
    }

    /// <summary>Seals it to the holders of the private keys of some certificates.</summary>
    /// <exception cref="ArgumentException">A certificate that cannot receive, none, or too many.</exception>
    public byte[] Seal(IReadOnlyCollection<X509Certificate2> recipients)
    {
        ArgumentNullException.ThrowIfNull(recipients);
        if (recipients.Count is 0 or > MaxRecipients || !recipients.All(CanReceive))
            throw new ArgumentException($"1 to {MaxRecipients} recipients with RSA keys of {MinKeyBits} bits at least.", nameof(recipients));
        Span<byte> key = stackalloc byte[KeyLength];
        RandomNumberGenerator.Fill(key);
        var output = new MemoryStream();
        output.WriteByte(Version);
        WriteNumber(output, recipients.Count);
        foreach (var recipient in recipients)
        {
            using var rsa = recipient.GetRSAPublicKey()!;
            var wrapped = rsa.Encrypt(key.ToArray(), RSAEncryptionPadding.OaepSHA256);
            output.Write(SHA256.HashData(recipient.RawDataMemory.Span));
            WriteNumber(output, wrapped.Length);
            output.Write(wrapped);
        }

        var authenticated = output.ToArray();
        var plain = JsonSerializer.SerializeToUtf8Bytes(this, IdentityJson.Default.SealedIdentity);
        var nonce = RandomNumberGenerator.GetBytes(NonceLength);
        var cipher = new byte[plain.Length];
        var tag = new byte[TagLength];
        using (var gcm = new AesGcm(key, TagLength))
            gcm.Encrypt(nonce, plain, cipher, tag, authenticated);
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(plain);
        return [.. authenticated, .. nonce, .. cipher, .. tag];
    }

    /// <summary>Opens what was sealed to a certificate.</summary>
    /// <param name="sealedBytes">As <see cref="Seal"/> gave it.</param>
    /// <param name="recipient">With its private key.</param>
    /// <exception cref="MdmException">AccessDenied: not sealed to this certificate. Corrupt: altered or cut.</exception>
    public static SealedIdentity Open(ReadOnlySpan<byte> sealedBytes, X509Certificate2 recipient)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        if (sealedBytes.Length < HeadLength || sealedBytes[0] != Version)
            throw Corrupt();
        var count = BinaryPrimitives.ReadUInt16BigEndian(sealedBytes[1..]);
        var thumbprint = SHA256.HashData(recipient.RawDataMemory.Span);
        var at = HeadLength;
        byte[]? wrapped = null;
        for (var i = 0; i < count; i++)
        {
            if (sealedBytes.Length - at < ThumbprintLength + 2)
                throw Corrupt();
            var length = BinaryPrimitives.ReadUInt16BigEndian(sealedBytes[(at + ThumbprintLength)..]);
            var isOurs = sealedBytes.Slice(at, ThumbprintLength).SequenceEqual(thumbprint);
            at += ThumbprintLength + 2;
            if (sealedBytes.Length - at < length)
                throw Corrupt();
            if (isOurs)
                wrapped = sealedBytes.Slice(at, length).ToArray();
            at += length;
        }

        return wrapped is null ? throw NotOurs() : Decipher(sealedBytes[..at], sealedBytes[at..], Unwrap(wrapped, recipient));
    }

    /// <summary>The pseudonym only.</summary>
    public override string ToString() => Pseudonym;

    private static byte[] Unwrap(byte[] wrapped, X509Certificate2 recipient)
    {
        using var rsa = recipient.GetRSAPrivateKey() ?? throw NotOurs();
        try
        {
            return rsa.Decrypt(wrapped, RSAEncryptionPadding.OaepSHA256);
        }
        catch (CryptographicException exception)
        {
            throw new MdmException(MdmErrorKind.Corrupt, "An identity of the re-identification table was altered.", exception);
        }
    }

    private static SealedIdentity Decipher(ReadOnlySpan<byte> authenticated, ReadOnlySpan<byte> rest, byte[] key)
    {
        if (rest.Length < NonceLength + TagLength || key.Length != KeyLength)
            throw Corrupt();
        var plain = new byte[rest.Length - NonceLength - TagLength];
        try
        {
            using var gcm = new AesGcm(key, TagLength);
            gcm.Decrypt(rest[..NonceLength], rest[NonceLength..^TagLength], rest[^TagLength..], plain, authenticated);
            return JsonSerializer.Deserialize(plain, IdentityJson.Default.SealedIdentity) ?? throw Corrupt();
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException)
        {
            throw new MdmException(MdmErrorKind.Corrupt, "An identity of the re-identification table was altered.", exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static void WriteNumber(MemoryStream output, int number)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)number));
        output.Write(bytes);
    }

    private static MdmException Corrupt() => new(MdmErrorKind.Corrupt, "An identity of the re-identification table is cut off or of another form.");

    private static MdmException NotOurs() => new(MdmErrorKind.AccessDenied, "The re-identification table is not sealed to this certificate.");
}

[JsonSerializable(typeof(SealedIdentity))]
internal sealed partial class IdentityJson : JsonSerializerContext;
