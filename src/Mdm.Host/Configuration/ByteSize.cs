using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Mdm.Host.Configuration;

/// <summary>An amount of data as configuration writes it: <c>512 MiB</c> (powers of 1024), <c>10 GB</c> (powers of 1000), <c>4096</c> or <c>4096 B</c>.</summary>
/// <param name="Bytes">The amount; never negative.</param>
internal readonly record struct ByteSize(long Bytes) : IParsable<ByteSize>
{
    private static readonly (string Name, long Bytes)[] Units =
    [
        ("B", 1),
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("PiB", 1L << 50),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("PB", 1_000_000_000_000_000),
    ];

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    public static ByteSize Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out var size)
        ? size
        : throw new FormatException("a size is a number with a unit, as '512 MiB' or '10 GB'");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ByteSize result)
    {
        result = default;
        var text = s.AsSpan().Trim();
        var digits = text.IndexOfAnyExcept(NumberCharacters);
        var number = digits < 0 ? text : text[..digits];
        var unitName = digits < 0 ? "B" : text[digits..].Trim().ToString();
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            return false;
        var unit = Array.Find(Units, u => u.Name.Equals(unitName, StringComparison.OrdinalIgnoreCase));
        if (unit.Name is null || amount > long.MaxValue / unit.Bytes)
            return false;
        var bytes = amount * unit.Bytes;
        if (bytes != decimal.Truncate(bytes))
            return false;
        result = new ByteSize((long)bytes);
        return true;
    }

    /// <summary>With the largest binary unit that divides it.</summary>
    public override string ToString()
    {
        var bytes = Bytes;
        var unit = Units.Where(u => u.Name is "B" || u.Name[1] == 'i').Where(u => bytes % u.Bytes == 0 && bytes >= u.Bytes).DefaultIfEmpty(Units[0]).MaxBy(u => u.Bytes);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / unit.Bytes} {unit.Name}");
    }
}
