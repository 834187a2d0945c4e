using System.Globalization;
using System.Security.Cryptography;

namespace Mdm.Host.Uploads;

/// <summary>What whoever brings bytes says of them: <c>Content-MD5</c> (RFC 1864), <c>Digest</c> (RFC 3230) with adler32, md5, sha-256, sha-512. What is not understood is passed over, what is malformed refused.</summary>
internal sealed class ToldDigests
{
    private const int LongestHeader = 1024;

    private readonly List<(HashAlgorithmName Algorithm, byte[] Value)> _hashes = [];
    private uint? _adler32;

    private ToldDigests()
    {
    }

    /// <summary>What must be taken of the bytes to know.</summary>
    public IReadOnlyList<HashAlgorithmName> Algorithms => _hashes.ConvertAll(hash => hash.Algorithm);

    /// <exception cref="MdmException">InvalidName: malformed.</exception>
    public static ToldDigests Of(IHeaderDictionary headers)
    {
        var told = new ToldDigests();
        if (headers.ContentMD5.Count > 0)
            told.Add(HashAlgorithmName.MD5, headers.ContentMD5.ToString(), MD5.HashSizeInBytes);
        var header = headers["Digest"].ToString();
        if (header.Length > LongestHeader)
            throw new MdmException(MdmErrorKind.InvalidName, $"A Digest header has at most {LongestHeader} characters.");
        foreach (var item in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = item.IndexOf('=', StringComparison.Ordinal);
            var value = at < 0 ? string.Empty : item[(at + 1)..];
            switch ((at < 0 ? item : item[..at]).ToLowerInvariant())
            {
                case "adler32":
                    told._adler32 = uint.TryParse(value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sum) ? sum : throw Malformed("adler32");
                    break;
                case "md5":
                    told.Add(HashAlgorithmName.MD5, value, MD5.HashSizeInBytes);
                    break;
                case "sha-256":
                    told.Add(HashAlgorithmName.SHA256, value, SHA256.HashSizeInBytes);
                    break;
                case "sha-512":
                    told.Add(HashAlgorithmName.SHA512, value, SHA512.HashSizeInBytes);
                    break;
            }
        }
        return told;
    }

    /// <summary>Nothing was said.</summary>
    public static ToldDigests None { get; } = new();

    /// <exception cref="MdmException">Corrupt: other bytes came than those that were meant.</exception>
    public void Check(FileFacts facts, IReadOnlyList<byte[]> hashes)
    {
        if (_adler32 is { } sum && sum != facts.Adler32)
            throw Others(string.Create(CultureInfo.InvariantCulture, $"adler32 {facts.Adler32:x8} instead of {sum:x8}"));
        for (var at = 0; at < _hashes.Count; at++)
        {
            if (!hashes[at].AsSpan().SequenceEqual(_hashes[at].Value))
                throw Others($"another {_hashes[at].Algorithm} than was told");
        }
    }

    private static MdmException Others(string how) => new(MdmErrorKind.Corrupt, $"Other bytes came than were sent: {how}. Nothing of them was kept; put the file again.");

    private static MdmException Malformed(string what) => new(MdmErrorKind.InvalidName, $"The {what} that was told of the bytes is malformed.");

    private void Add(HashAlgorithmName algorithm, string base64, int size)
    {
        var value = new byte[size];
        if (!Convert.TryFromBase64String(base64, value, out var count) || count != size)
            throw Malformed(algorithm.Name!);
        _hashes.Add((algorithm, value));
    }
}
