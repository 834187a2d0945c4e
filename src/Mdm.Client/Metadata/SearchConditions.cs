using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Mdm.Abstractions;

namespace Mdm.Client.Metadata;

/// <summary>The contract's conditions (values, ranges of dates, wild cards) in the language of metadata servers, docs/query-language.md, for attributes of given types.</summary>
internal static partial class SearchConditions
{
    /// <summary>Most patterns of one condition.</summary>
    public const int MaxPatterns = 1000;

    private const string Never = "1 = 0";

    /// <summary>Rows of files only: an entry that is called as a file's id is.</summary>
    private static readonly string OfFiles = $"like(FILE, \"{FileGuid.Prefix}________-____-____-____-____________\")";

    /// <summary>Null where an attribute is not there.</summary>
    public static string? Of(ImmutableArray<AttributeCondition> conditions, IReadOnlyDictionary<string, string> types)
    {
        var text = new StringBuilder(OfFiles);
        foreach (var condition in conditions.IsDefault ? [] : conditions)
        {
            if (!types.TryGetValue(condition.Keyword, out var type))
                return null;
            text.Append(" and (").AppendJoin(" or ", condition.AnyOf.Select(pattern => One(condition.Keyword, type, pattern))).Append(')');
        }
        return text.ToString();
    }

    public static bool IsText(string type) => type == "text" || type.StartsWith("varchar", StringComparison.OrdinalIgnoreCase);

    private static string One(string name, string type, string pattern) => IsText(type) ? Text(name, pattern) : pattern == "*" ? $"{name} is not null" : type == "timestamp" ? Time(name, pattern) : Number(name, type, pattern.Trim());

    private static string Text(string name, string pattern)
    {
        if (pattern.Contains('\0', StringComparison.Ordinal))
            return Never;
        if (DateRange().Match(pattern) is { Success: true } range)
            return Between(name, range.Groups[1].Value, range.Groups[2].Value, static from => Quoted(from), static to => "<= " + Quoted(to + "\uffff"));
        // More than one value stand in one text, with a backslash between them.
        string[] forms = [pattern, $"{pattern}\\*", $"*\\{pattern}", $"*\\{pattern}\\*"];
        return string.Join(" or ", forms.Select((form, i) => i == 0 && !pattern.AsSpan().ContainsAny('*', '?') ? $"{name} = {Quoted(form)}" : $"like({name}, {Quoted(Like(form))})"));
    }

    private static string Time(string name, string pattern)
    {
        if (DateRange().Match(pattern) is { Success: true } range)
            return Days(range.Groups[1].Value, range.Groups[2].Value);
        if (Day(pattern) is not null)
            return Days(pattern, pattern);
        return DateTime.TryParseExact(pattern, Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? $"{name} = {Quoted(pattern)}" : Never;

        string Days(string from, string to) => (from.Length > 0 && Day(from) is null) || (to.Length > 0 && Day(to) is null) ? Never
            : Between(name, from, to, static day => Quoted(day), static day => "< " + Quoted(Day(day)!.Value.AddDays(1).ToString("yyyyMMdd", CultureInfo.InvariantCulture)));
    }

    private static string Number(string name, string type, string text) => type switch
    {
        "int" => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? $"{name} = {whole.ToString(CultureInfo.InvariantCulture)}" : Never,
        "float" => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? $"{name} = {Quoted(real.ToString("R", CultureInfo.InvariantCulture))}" : Never,
        _ => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact) ? $"{name} = {exact.ToString(CultureInfo.InvariantCulture)}" : Never,
    };

    private static string Between(string name, string from, string to, Func<string, string> first, Func<string, string> last) =>
        string.Join(" and ", new[] { from.Length > 0 ? $"{name} >= {first(from)}" : null, to.Length > 0 ? $"{name} {last(to)}" : null }.OfType<string>());

    private static DateTime? Day(string text) => DateTime.TryParseExact(text, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateTime.MaxValue.Date ? day : null;

    private static string Like(string form)
    {
        var like = new StringBuilder(form.Length + 8);
        foreach (var c in form)
            like.Append(c switch { '*' => "%", '?' => "_", '%' or '_' or '\\' => $"\\{c}", _ => c.ToString() });
        return like.ToString();
    }

    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static readonly string[] Times = ["yyyy-MM-dd", "yyyyMMddHHmmss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFF"];

    [GeneratedRegex(@"^(?=.{9,17}\z)([0-9]{8})?-([0-9]{8})?\z")]
    private static partial Regex DateRange();
}
