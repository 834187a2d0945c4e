using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mdm.Formats.Sealed;
using Mdm.Host.Configuration;

namespace Mdm.Host.Staging;

/// <summary>
/// The name of a complete file in the pool: id, content version, delivered length and adler32, and how it is delivered. Renaming into it publishes bytes and facts at once, so the folder itself is
/// the index and no crash can part them.
/// </summary>
internal readonly record struct PoolName(FileId Id, string Version, FileFacts Facts, Delivery Delivery)
{
    private const int VersionDigits = 16;
    private const int LongestName = 160;

    /// <summary>Bytes on disk.</summary>
    public long StoredLength => StoredForm.StoredLength(Delivery, Facts.Length);

    /// <summary>Everything that decides a file's bytes besides the object: another rule, archive, delivery or key is another version.</summary>
    public static string VersionOf(FileSource source, DisclosureRule rule, string rulesVersion, KeyId key)
    {
        var text = string.Join('\n', source.Archive, source.Object.Value, source.MediaType, rule.Publication, rule.Content, rulesVersion, rule.Delivery, key);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, VersionDigits / 2));
    }

    public static bool TryParse(string name, out PoolName parsed)
    {
        parsed = default;
        var parts = name.Length <= LongestName ? name.Split('-') : [];
        if (parts.Length != 5 || parts[4].Length != 1 || StoredForm.Of(parts[4][0]) is not { } delivery || !FileId.TryParse(parts[0], out var id) || !IsHex(parts[1], VersionDigits) || !IsHex(parts[3], 8)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > SealedFormat.MaxPlainLength)
            return false;
        parsed = new PoolName(id, parts[1], new FileFacts(length, uint.Parse(parts[3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)), delivery);
        return parsed.ToString() == name;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Id}-{Version}-{Facts.Length}-{Facts.Adler32:x8}-{StoredForm.Letter(Delivery)}");

    private static bool IsHex([NotNullWhen(true)] string? text, int length) => text?.Length == length && text.All(char.IsAsciiHexDigitLower);
}
