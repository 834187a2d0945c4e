using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Mdm.Gsi.Issuing;

/// <summary>The names of files in a CA directory: eight hexadecimal digits of a hash of the subject.</summary>
internal static class SubjectHash
{
    /// <summary>OpenSSL 1.0 and later: SHA-1 over the canonical name (X509_NAME_hash_ex(3)).</summary>
    [SuppressMessage("Security", "CA5350", Justification = "It names a file.")]
    public static string Of(ReadOnlyMemory<byte> subjectDer) => Name(SHA1.HashData(Canonical(subjectDer)));

    /// <summary>OpenSSL before 1.0, and Globus tools built on it: MD5 over the encoded name.</summary>
    [SuppressMessage("Security", "CA5351", Justification = "It names a file.")]
    public static string OldOf(ReadOnlyMemory<byte> subjectDer) => Name(MD5.HashData(subjectDer.Span));

    private static string Name(byte[] hash) => BinaryPrimitives.ReadUInt32LittleEndian(hash).ToString("x8", CultureInfo.InvariantCulture);

    // Every value as UTF8String, in lower case, with its white space trimmed and collapsed; the sets without the sequence around them.
    private static byte[] Canonical(ReadOnlyMemory<byte> subjectDer)
    {
        using var all = new MemoryStream();
        var names = new AsnReader(subjectDer, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            var relative = names.ReadSetOf(skipSortOrderValidation: true);
            using (writer.PushSetOf())
            {
                while (relative.HasData)
                {
                    var attribute = relative.ReadSequence();
                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier(attribute.ReadObjectIdentifier());
                        var value = Encoding.UTF8.GetString(attribute.PeekContentBytes().Span);
                        writer.WriteCharacterString(UniversalTagNumber.UTF8String, string.Join(' ', value.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries)));
                    }
                }
            }
            all.Write(writer.Encode());
        }
        return all.ToArray();
    }
}
