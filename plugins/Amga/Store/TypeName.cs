using System.Globalization;
using System.Text.RegularExpressions;

namespace Mdm.Plugins.Amga.Store;

/// <summary>Types as clients declare them, and names that attributes can have.</summary>
internal static partial class TypeName
{
    /// <summary>Most characters of a varchar.</summary>
    public const int MaxVarcharLength = 65_535;

    /// <summary>Most digits of a numeric: what fits into 64 bits.</summary>
    public const int MaxDigits = 18;

    /// <summary>Longest name of an attribute or attribute group.</summary>
    public const int MaxNameLength = 64;

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase) { "FILE", "and", "or", "not", "is", "null", "in", "between", "like", "order", "by", "limit", "offset", "distinct", "asc", "desc", "group", "as" };

    /// <exception cref="AmgaException"><see cref="AmgaError.WrongType"/>.</exception>
    public static AmgaType Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
            throw Unknown();
        var kind = match.Groups["kind"].Value.ToLowerInvariant();
        var first = Number(match, "first");
        var second = Number(match, "second");
        return kind switch
        {
            "int" or "integer" when first is null => new AmgaType(AmgaKind.Int, text),
            "float" or "double" when first is null => new AmgaType(AmgaKind.Float, text),
            "timestamp" when first is null => new AmgaType(AmgaKind.Timestamp, text),
            "text" when first is null => new AmgaType(AmgaKind.Text, text),
            "varchar" when first is >= 1 and <= MaxVarcharLength && second is null => new AmgaType(AmgaKind.Varchar, text, first.Value),
            "varchar" => throw new AmgaException(AmgaError.WrongType, $"A varchar has 1 to {MaxVarcharLength} characters (MaxVarcharLength), as varchar(64)."),
            "numeric" when first is >= 1 and <= MaxDigits && (second ?? 0) <= first => new AmgaType(AmgaKind.Numeric, text, first.Value, second ?? 0),
            "numeric" => throw new AmgaException(AmgaError.WrongType, $"A numeric has 1 to {MaxDigits} digits (MaxDigits), none or some of them after the point, as numeric(8,2)."),
            _ => throw Unknown(),
        };
    }

    /// <exception cref="AmgaException"><see cref="AmgaError.IllegalKey"/>.</exception>
    public static string Attribute(string name) => Is(name) && !Reserved.Contains(name) ? name
        : throw new AmgaException(AmgaError.IllegalKey, $"An attribute's name is a letter, then letters, digits and '_', at most {MaxNameLength} (MaxNameLength), and no word of the query language.");

    /// <exception cref="AmgaException"><see cref="AmgaError.IllegalKey"/>.</exception>
    public static string Thing(string name) => Is(name) ? name
        : throw new AmgaException(AmgaError.IllegalKey, $"The name is a letter, then letters, digits and '_', at most {MaxNameLength} (MaxNameLength).");

    public static bool Is(string name) => name.Length is >= 1 and <= MaxNameLength && char.IsAsciiLetter(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static int? Number(Match match, string group) =>
        match.Groups[group] is { Success: true } digits ? int.TryParse(digits.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue : null;

    private static AmgaException Unknown() => new(AmgaError.WrongType, "The types are int, float, varchar(n), timestamp, text and numeric(p,s).");

    [GeneratedRegex(@"^(?<kind>[A-Za-z]{1,10})(?: ?\( ?(?<first>[0-9]{1,6}) ?(?:, ?(?<second>[0-9]{1,6}) ?)?\))?\z")]
    private static partial Regex Form();
}
