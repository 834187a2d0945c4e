using System.Globalization;

namespace Mdm.Host.Transfer;

/// <summary>A part of a file.</summary>
internal readonly record struct ByteRange(long Offset, long Length)
{
    public long Last => Offset + Length - 1;
}

/// <summary>The Range header of RFC 9110 section 14.</summary>
internal static class ByteRanges
{
    /// <summary>Most ranges in a request; with more the header is ignored, as section 14.2 allows.</summary>
    public const int MaxRanges = 256;

    private const int LongestHeader = 8192;

    /// <summary>
    /// Null when the header is to be ignored (malformed, another unit, too many, or overlapping so much that more would be sent than the file has); empty when nothing of it can be
    /// satisfied (416).
    /// </summary>
    public static IReadOnlyList<ByteRange>? Parse(string header, long length)
    {
        if (header.Length > LongestHeader || !header.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase))
            return null;
        var parts = header[6..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is 0 or > MaxRanges)
            return null;
        var ranges = new List<ByteRange>();
        long total = 0;
        foreach (var part in parts)
        {
            if (!TryParse(part, length, out var range))
                return null;
            if (range is not { } satisfiable)
                continue;
            ranges.Add(satisfiable);
            total += satisfiable.Length;
        }
        return ranges.Count > 1 && total > length ? null : ranges;
    }

    /// <summary>False when malformed; a null range when it lies outside the file.</summary>
    private static bool TryParse(string part, long length, out ByteRange? range)
    {
        range = null;
        var dash = part.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0)
            return false;
        var (first, last) = (part[..dash].Trim(), part[(dash + 1)..].Trim());
        if (first.Length == 0)
        {
            if (!TryNumber(last, out var suffix))
                return false;
            var count = Math.Min(suffix, length);
            range = count > 0 ? new ByteRange(length - count, count) : null;
            return true;
        }
        var end = length - 1;
        if (!TryNumber(first, out var start) || (last.Length > 0 && !TryNumber(last, out end)) || (last.Length > 0 && end < start))
            return false;
        range = start < length ? new ByteRange(start, Math.Min(end, length - 1) - start + 1) : null;
        return true;
    }

    /// <summary>Digits only; what no file can have counts as the end of the largest.</summary>
    private static bool TryNumber(string digits, out long number)
    {
        number = 0;
        if (digits.Length == 0 || !digits.All(char.IsAsciiDigit))
            return false;
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            number = long.MaxValue;
        return true;
    }
}
