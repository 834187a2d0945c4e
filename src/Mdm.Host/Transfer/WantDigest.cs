using System.Globalization;

namespace Mdm.Host.Transfer;

/// <summary>RFC 3230: <c>Want-Digest</c> asks, <c>Digest</c> tells. Of adler32 (8 hexadecimal digits) and md5 (base64), always of the whole file.</summary>
internal static class WantDigest
{
    public const string Adler32 = "adler32";

    /// <summary>Not known beforehand: the file is read for it.</summary>
    public const string Md5 = "md5";

    private const int LongestHeader = 1024;

    /// <summary>What can be told of what was asked for, most wanted first; adler32 when nothing was.</summary>
    public static IReadOnlyList<string> Wishes(string? header)
    {
        if (string.IsNullOrWhiteSpace(header) || header.Length > LongestHeader)
            return [Adler32];
        return [.. header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(Wish).Where(wish => wish.Quality > 0 && wish.Algorithm is Adler32 or Md5).OrderByDescending(wish => wish.Quality)
            .Select(wish => wish.Algorithm).Distinct()];
    }

    /// <summary>The Digest header's value; null when nothing that was asked for can be told.</summary>
    /// <param name="wishes">From <see cref="Wishes"/>.</param>
    /// <param name="facts">The file's.</param>
    /// <param name="md5">Its md5, where that is among the wishes.</param>
    public static string? Answer(IReadOnlyList<string> wishes, FileFacts facts, byte[]? md5) => wishes.Count == 0 ? null : string.Join(',', wishes.Select(wish =>
        wish == Md5 ? "md5=" + Convert.ToBase64String(md5!) : "adler32=" + facts.Adler32.ToString("x8", CultureInfo.InvariantCulture)));

    private static (string Algorithm, double Quality) Wish(string item)
    {
        var parts = item.Split(';', StringSplitOptions.TrimEntries);
        var quality = parts.Skip(1).FirstOrDefault(p => p.StartsWith("q=", StringComparison.OrdinalIgnoreCase));
        return (parts[0].ToLowerInvariant(), quality is null ? 1 : double.TryParse(quality[2..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : 0);
    }
}
