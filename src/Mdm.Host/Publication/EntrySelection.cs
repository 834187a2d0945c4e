using System.Collections.Immutable;

namespace Mdm.Host.Publication;

/// <summary>
/// Matches listed objects against a selection, whatever the archive made of it: to an archive it is a hint. Values, wild cards and ranges as in DICOM PS3.4 C.2.2.2;
/// an object whose listing lacks the attribute is not selected.
/// </summary>
internal static class EntrySelection
{
    /// <summary>PS3.4 C.2.2.2.5: ranges are for dates and times only.</summary>
    private static readonly ImmutableHashSet<string> RangedRepresentations = ["DA", "TM", "DT"];

    public static bool Matches(ArchiveEntry entry, ArchiveSelection selection)
    {
        foreach (var condition in selection.Conditions)
        {
            if (!Matches(entry, condition))
                return false;
        }
        return true;
    }

    private static bool Matches(ArchiveEntry entry, AttributeCondition condition)
    {
        foreach (var pattern in condition.AnyOf)
        {
            // Universal matching (C.2.2.2.3) asks nothing, not even that there is a value.
            if (pattern is "*" or "")
                return true;
            foreach (var attribute in entry.Attributes)
            {
                if (attribute.Keyword == condition.Keyword && !attribute.Values.IsDefault && attribute.Values.Any(value => Matches(value, pattern, attribute.ValueRepresentation)))
                    return true;
            }
        }
        return false;
    }

    private static bool Matches(string value, string pattern, string representation)
    {
        value = value.Trim(' ', '\0');
        if (RangedRepresentations.Contains(representation) && pattern.IndexOf('-', StringComparison.Ordinal) is var dash and >= 0)
            return IsWithin(Digits(value), Digits(pattern[..dash]), Digits(pattern[(dash + 1)..]));
        return pattern.AsSpan().ContainsAny('*', '?') ? IsLike(value, pattern) : value == pattern;
    }

    private static bool IsWithin(string value, string from, string to) =>
        value.Length > 0 && (from.Length > 0 || to.Length > 0)
        && (from.Length == 0 || string.CompareOrdinal(value, from) >= 0)
        // A bound of less precision means all of it: until 1200 is until the end of that minute.
        && (to.Length == 0 || string.CompareOrdinal(value.Length > to.Length ? value[..to.Length] : value, to) <= 0);

    // ACR-NEMA wrote 1998.12.31 and 12:30:00; archives still hold them (PS3.5 6.2).
    private static string Digits(string text) => text.Trim().Replace(".", string.Empty, StringComparison.Ordinal).Replace(":", string.Empty, StringComparison.Ordinal);

    /// <summary>Wild cards without recursion: a hostile value costs its length times the pattern's, no more.</summary>
    private static bool IsLike(string value, string pattern)
    {
        var (v, p, star, mark) = (0, 0, -1, 0);
        while (v < value.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
                (star, mark) = (p++, v);
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == value[v]))
                (v, p) = (v + 1, p + 1);
            else if (star >= 0)
                (p, v) = (star + 1, ++mark);
            else
                return false;
        }
        return pattern.AsSpan(p).TrimStart('*').IsEmpty;
    }
}
