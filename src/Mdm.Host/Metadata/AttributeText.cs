using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Mdm.Host.Metadata;

/// <summary>
/// Values of DICOM attributes as the metadata has them: which type a VR becomes, and how a value is written in it. What does not fit its type, as dates that are none, is left out rather
/// than kept from the rest.
/// </summary>
internal static partial class AttributeText
{
    /// <summary>Longer texts of indexed types are cut here: archives do not keep to the lengths of their VRs.</summary>
    public const int LongestIndexed = 255;

    private const string Indexed = "varchar(255)";
    private const string Text = "text";
    private const string Timestamp = "timestamp";
    private const string Int = "int";
    private const string Float = "float";

    private static readonly string[] Dates =
        ["yyyyMMdd", "yyyy.MM.dd", "yyyyMMddHHmmss.FFFFFF", "yyyyMMddHHmmss", "yyyyMMddHHmm", "yyyyMMddHH", "yyyyMMddHHmmss.FFFFFFzzz", "yyyyMMddHHmmsszzz", "yyyyMMddHHmmzzz"];

    /// <summary>The type of an attribute that the configuration says nothing of; text where nobody knows what it is.</summary>
    public static string TypeOf(AttributeDefinition? definition) => definition switch
    {
        null => Text,
        // All values of one attribute are one text, whatever they are of.
        { IsMultiValued: true, ValueRepresentation: not ("ST" or "LT" or "UT" or "UC" or "UR") } => Indexed,
        { ValueRepresentation: "IS" or "US" or "SS" or "UL" or "SL" or "SV" } => Int,
        { ValueRepresentation: "DS" or "FL" or "FD" } => Float,
        { ValueRepresentation: "DA" or "DT" } => Timestamp,
        { ValueRepresentation: "ST" or "LT" or "UT" or "UC" or "UR" } => Text,
        _ => Indexed,
    };

    /// <summary>True for a type that may be configured.</summary>
    public static bool IsType(string type) => type is Int or Float or Timestamp or Text || LengthOf(type) is > 0 and <= 4000;

    /// <summary>The values as a row has them, in the form of its type: several of text only; none where there is none that fits.</summary>
    public static ImmutableArray<string> Of(string type, ImmutableArray<string> values)
    {
        var given = values.IsDefault ? [] : values.Select(value => value.Trim(' ', '\0')).ToList();
        if (!given.Exists(value => value.Length > 0))
            return [];
        return type switch
        {
            Int => long.TryParse(given[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? [whole.ToString(CultureInfo.InvariantCulture)] : [],
            Float => double.TryParse(given[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? [real.ToString("R", CultureInfo.InvariantCulture)] : [],
            Timestamp => DateTimeOffset.TryParseExact(given[0], Dates, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
                ? [moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture)]
                : [],
            // The store joins several; together they are no longer than the type.
            _ => given.Count == 1 ? [Clipped(given[0], LengthOf(type))] : [.. Clipped(string.Join('\\', given), LengthOf(type)).Split('\\')],
        };
    }

    private static string Clipped(string text, int? length)
    {
        // Characters as the store counts them, not UTF-16 units: half of a pair is none.
        if (length is not { } most || text.Length <= most)
            return text;
        return string.Concat(text.EnumerateRunes().Take(most).Select(rune => rune.ToString()));
    }

    private static int? LengthOf(string type) =>
        Varchar().Match(type) is { Success: true } match && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;

    [GeneratedRegex(@"^varchar\(([0-9]{1,4})\)$", RegexOptions.CultureInvariant)]
    private static partial Regex Varchar();
}
