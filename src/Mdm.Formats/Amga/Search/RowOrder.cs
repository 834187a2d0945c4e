using System.Collections.Immutable;
using System.Globalization;

namespace Mdm.Formats.Amga.Search;

/// <summary>Compares rows of different servers as each of them orders its own: numbers as numbers, everything else by its characters, without a value last.</summary>
internal sealed class RowOrder(ImmutableArray<OrderKey> keys, IReadOnlySet<string> numeric) : IComparer<FoundRow>
{
    public int Compare(FoundRow? x, FoundRow? y)
    {
        foreach (var key in keys)
        {
            var (a, b) = (x!.Values.GetValueOrDefault(key.Attribute), y!.Values.GetValueOrDefault(key.Attribute));
            if (a is null || b is null)
            {
                if (a is null != b is null)
                    return a is null ? 1 : -1;
                continue;
            }
            var order = numeric.Contains(key.Attribute) ? Number(a, b) : Text(a, b);
            if (order != 0)
                return key.IsDescending ? -order : order;
        }
        return 0;
    }

    /// <summary>True for types whose values are ordered as numbers.</summary>
    public static bool IsNumeric(string type) => type is "int" or "float" || type.StartsWith("numeric", StringComparison.OrdinalIgnoreCase);

    private static int Number(string a, string b)
    {
        const NumberStyles style = NumberStyles.Float;
        // Whole numbers are exact beyond what a double holds.
        if (decimal.TryParse(a, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var m) && decimal.TryParse(b, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var n))
            return m.CompareTo(n);
        return double.TryParse(a, style, CultureInfo.InvariantCulture, out var x) && double.TryParse(b, style, CultureInfo.InvariantCulture, out var y) ? x.CompareTo(y) : Text(a, b);
    }

    // As UTF-8 orders: by code point, which UTF-16 does not beyond the basic plane.
    private static int Text(string a, string b)
    {
        var length = Math.Min(a.Length, b.Length);
        for (var i = 0; i < length; i++)
        {
            var (x, y) = (a[i], b[i]);
            if (x == y)
                continue;
            return char.IsSurrogate(x) == char.IsSurrogate(y) ? x - y : char.IsSurrogate(x) ? 1 : -1;
        }
        return a.Length - b.Length;
    }
}
