using System.Globalization;
using System.Text.RegularExpressions;

namespace Mdm.Abstractions.Testing;

/// <summary>The contract's types of attributes: what fits them, how it is written, and which patterns it matches.</summary>
internal static partial class MetadataValues
{
    private static readonly string[] Times = ["yyyy-MM-dd", "yyyyMMdd", "yyyyMMddHHmmss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF"];

    public static bool IsName(string name) => Name().IsMatch(name);

    public static bool IsType(string type) => type is "int" or "float" or "timestamp" or "text" || Sized().IsMatch(type);

    public static bool IsText(string type) => type == "text" || type.StartsWith("varchar", StringComparison.Ordinal);

    /// <summary>The value in its type's form; null where there is none.</summary>
    /// <exception cref="MdmException">Refused; the value is not repeated.</exception>
    public static string? Parse(string type, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
            return null;
        if (IsText(type))
        {
            var text = string.Join('\\', values);
            return type != "text" && text.EnumerateRunes().Count() > Size(type)[0] ? throw Refused(type) : text;
        }
        var first = values[0].Trim();
        if (first.Length == 0)
            return null;
        switch (type)
        {
            case "int":
                return long.TryParse(first, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole.ToString(CultureInfo.InvariantCulture) : throw Refused(type);
            case "float":
                return double.TryParse(first, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? real.ToString("R", CultureInfo.InvariantCulture) : throw Refused(type);
            case "timestamp":
                return TimeOf(first) is { } time ? time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture) : throw Refused(type);
            default:
                var (digits, scale) = (Size(type)[0], Size(type)[1]);
                return decimal.TryParse(first, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) < (decimal)Math.Pow(10, digits - scale)
                    ? Math.Round(number, scale, MidpointRounding.AwayFromZero).ToString("F" + scale.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : throw Refused(type);
        }
    }

    /// <summary>True where one of the values matches the pattern: a value, a range of dates, or one with <c>*</c> and <c>?</c>.</summary>
    public static bool Matches(string type, string value, string pattern)
    {
        if (IsText(type))
        {
            return value.Split('\\').Append(value).Any(one => Range().Match(pattern) is { Success: true } range
                ? (range.Groups[1].Length == 0 || string.CompareOrdinal(one, range.Groups[1].Value) >= 0) && (range.Groups[2].Length == 0 || string.CompareOrdinal(one, range.Groups[2].Value + "\uffff") <= 0)
                : Regex.IsMatch(one, $"^{Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal)}$", RegexOptions.Singleline | RegexOptions.NonBacktracking));
        }
        if (pattern == "*")
            return true;
        if (type == "timestamp")
        {
            var time = TimeOf(value)!.Value;
            if (Range().Match(pattern) is { Success: true } range)
                return !(TimeOf(range.Groups[1].Value) > time) && !(TimeOf(range.Groups[2].Value)?.AddDays(1) <= time);
            return TimeOf(pattern) is { } asked && (pattern.Length == "yyyyMMdd".Length ? time.Date == asked : time == asked);
        }
        try
        {
            return Parse(type, [pattern]) == value;
        }
        catch (MdmException)
        {
            // What is no number is the value of none.
            return false;
        }
    }

    private static DateTime? TimeOf(string text) => DateTime.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    private static List<int> Size(string type) => [.. Number().Matches(type).Select(static number => int.Parse(number.ValueSpan, CultureInfo.InvariantCulture))];

    private static MdmException Refused(string type) => new(MdmErrorKind.Refused, $"A value does not fit the type {type}.");

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_]{0,63}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^(?:varchar\([1-9][0-9]{0,4}\)|numeric\([1-9][0-9]?,[0-9]{1,2}\))\z")]
    private static partial Regex Sized();

    [GeneratedRegex(@"^(?=.{9,17}\z)([0-9]{8})?-([0-9]{8})?\z")]
    private static partial Regex Range();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
