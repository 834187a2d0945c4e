using System.Globalization;

namespace Mdm.Host.Transfer;

/// <summary>RFC 3230: <c>Want-Digest</c> asks, <c>Digest</c> tells. Of adler32 (8 hexadecimal digits) and md5 (base64), always of the whole file.</summary>
internal static class WantDigest
{
    private const int LongestHeader = 1024;

    /// <summary>The Digest header's value: what was asked for, most wanted first; adler32 when nothing was; null when nothing asked for can be told.</summary>
    public static string? Answer(string? header, FileFacts facts)
    {
        if (string.IsNullOrWhiteSpace(header) || header.Length > LongestHeader)
            return Of("adler32", facts);
        var told = header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(Wish).Where(wish => wish.Quality > 0).OrderByDescending(wish => wish.Quality)
            .Select(wish => Of(wish.Algorithm, facts)).OfType<string>().Distinct().ToList();
        return told.Count > 0 ? string.Join(',', told) : null;
    }

    private static string? Of(string algorithm, FileFacts facts) => algorithm.ToLowerInvariant() switch
    {
        "adler32" => "adler32=" + facts.Adler32.ToString("x8", CultureInfo.InvariantCulture),
        "md5" => "md5=" + Convert.ToBase64String(Convert.FromHexString(facts.Md5)),
        _ => null,
    };

    private static (string Algorithm, double Quality) Wish(string item)
    {
        var parts = item.Split(';', StringSplitOptions.TrimEntries);
        var quality = parts.Skip(1).FirstOrDefault(p => p.StartsWith("q=", StringComparison.OrdinalIgnoreCase));
        return (parts[0], quality is null ? 1 : double.TryParse(quality[2..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : 0);
    }
}
