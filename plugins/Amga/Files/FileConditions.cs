using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Files;

/// <summary>The contract's conditions as SQL: values, ranges of dates, and DICOM's two wild cards; values are parameters.</summary>
internal static partial class FileConditions
{
    /// <summary>Most patterns of one condition.</summary>
    public const int MaxPatterns = 1000;

    private const long MicrosecondsOfADay = 24L * 3600 * 1_000_000;

    /// <summary>A condition; its values are added to those that the statement has already.</summary>
    public static string Sql(SqlDialect dialect, AmgaAttribute attribute, ImmutableArray<string> anyOf, List<object?> values)
    {
        if (anyOf.Length > MaxPatterns)
            throw new AmgaException(AmgaError.QueryError, $"A condition has at most {MaxPatterns} patterns (MaxPatterns).");
        return "(" + string.Join(" OR ", anyOf.Select(pattern => attribute.Type.Kind is AmgaKind.Text or AmgaKind.Varchar ? Text(dialect, attribute, pattern, values)
            : attribute.Type.Kind == AmgaKind.Timestamp ? Time(attribute, pattern, values) : Equal(attribute, pattern, values))) + ")";
    }

    private static string Text(SqlDialect dialect, AmgaAttribute attribute, string pattern, List<object?> values)
    {
        if (DateRange().IsMatch(pattern))
            return Range(attribute.Column, pattern.Split('-') is var ends && ends[0].Length > 0 ? ends[0] : null, ends[1].Length > 0 ? ends[1] + "\uffff" : null, values);
        var isPattern = pattern.AsSpan().ContainsAny('*', '?');
        // A bracket is a character here; the store's patterns would read it as a set.
        var forms = new List<string> { pattern };
        if (attribute.IsMulti)
            forms.AddRange([$"{pattern}{FileRows.Separator}*", $"*{FileRows.Separator}{pattern}", $"*{FileRows.Separator}{pattern}{FileRows.Separator}*"]);
        return "(" + string.Join(" OR ", forms.Select((form, i) =>
        {
            values.Add(form);
            if (i == 0 && !isPattern)
                return $"{attribute.Column} = ${values.Count}";
            values[^1] = Like(form);
            return dialect == SqlDialect.Postgres ? $"{attribute.Column} ~ ${values.Count}" : $"{attribute.Column} GLOB ${values.Count}";

            string Like(string text) => dialect == SqlDialect.Postgres
                ? "^" + Regex.Escape(text).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal) + "$"
                : text.Replace("[", "[[]", StringComparison.Ordinal);
        })) + ")";
    }

    private static string Time(AmgaAttribute attribute, string pattern, List<object?> values)
    {
        if (DateRange().IsMatch(pattern))
        {
            var ends = pattern.Split('-');
            return Range(attribute.Column, Start(attribute, ends[0]), Start(attribute, ends[1]) is { } last ? last + MicrosecondsOfADay - 1 : null, values);
        }
        if (pattern.Length == 8 && Start(attribute, pattern) is { } day)
            return Range(attribute.Column, day, day + MicrosecondsOfADay - 1, values);
        return Equal(attribute, pattern, values);
    }

    private static long? Start(AmgaAttribute attribute, string date) => date.Length == 0 ? null : (long?)AmgaRow.Parse(attribute.Type, date);

    private static string Range(string column, object? from, object? to, List<object?> values)
    {
        var parts = new List<string>();
        foreach (var (end, comparison) in new[] { (from, ">="), (to, "<=") })
        {
            if (end is null)
                continue;
            values.Add(end);
            parts.Add($"{column} {comparison} ${values.Count}");
        }
        return $"({string.Join(" AND ", parts)})";
    }

    // Text that is no number is the value of no number.
    private static string Equal(AmgaAttribute attribute, string pattern, List<object?> values)
    {
        if (pattern == "*")
            return $"{attribute.Column} IS NOT NULL";
        try
        {
            values.Add(AmgaRow.Parse(attribute.Type, pattern.Trim()) ?? throw new AmgaException(AmgaError.WrongType, string.Empty));
            return $"{attribute.Column} = ${values.Count}";
        }
        catch (AmgaException e) when (e.Code == AmgaError.WrongType)
        {
            return "1 = 0";
        }
    }

    [GeneratedRegex(@"^(?:[0-9]{8}-(?:[0-9]{8})?|-[0-9]{8})\z")]
    private static partial Regex DateRange();
}
