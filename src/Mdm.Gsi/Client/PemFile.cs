using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Mdm.Gsi.Client;

/// <summary>Certificates and the first private key of a PEM text, in the order they stand.</summary>
internal sealed record PemFile(ImmutableArray<ImmutableArray<byte>> Certificates, byte[]? PrivateKey)
{
    /// <summary>Largest accepted text in UTF-16 units.</summary>
    public const int MaxLength = 512 * 1024;

    public const int MaxCertificates = 30;

    /// <summary>Parses a text; whatever stands between the blocks is ignored.</summary>
    /// <exception cref="FormatException">Too long, too many certificates, or a key with a passphrase.</exception>
    public static PemFile Parse(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxLength)
            throw new FormatException("The PEM file is too long.");
        var certificates = ImmutableArray.CreateBuilder<ImmutableArray<byte>>();
        byte[]? key = null;
        while (PemEncoding.TryFind(text, out var block))
        {
            var label = text[block.Label];
            if (label is "CERTIFICATE")
            {
                if (certificates.Count == MaxCertificates)
                    throw new FormatException("The PEM file has too many certificates.");
                certificates.Add(ImmutableCollectionsMarshal.AsImmutableArray(Decode(text, block)));
            }
            else if (label is "PRIVATE KEY" or "RSA PRIVATE KEY" or "EC PRIVATE KEY" && key is null)
            {
                if (text[block.Location].IndexOf("ENCRYPTED", StringComparison.Ordinal) >= 0)
                    throw new FormatException("The private key has a passphrase.");
                key = Decode(text, block);
            }
            else if (label is "ENCRYPTED PRIVATE KEY")
            {
                throw new FormatException("The private key has a passphrase.");
            }
            text = text[block.Location.End..];
        }
        return new PemFile(certificates.ToImmutable(), key);
    }

    private static byte[] Decode(ReadOnlySpan<char> text, PemFields block)
    {
        var data = new byte[block.DecodedDataLength];
        return Convert.TryFromBase64Chars(text[block.Base64Data], data, out var written) && written == data.Length ? data : throw new FormatException("A PEM block is broken.");
    }
}
