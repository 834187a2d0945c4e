// PS3.4 annex C: what is asked of an archive, and whether an answer really matches. Fuzzy matching, time zones and sequence matching are left out:
// a key that cannot be judged here counts as matched.
using System.Globalization;
using System.Text;
using Mdm.Dicom.DataSet;

namespace Mdm.Dicom.Archives;

/// <summary>The levels of the study root (PS3.4 §C.6.2).</summary>
internal enum QueryLevel
{
    Study,
    Series,
    Image,
}

internal static class Query
{
    public static string Name(this QueryLevel level) => level switch
    {
        QueryLevel.Study => "STUDY",
        QueryLevel.Series => "SERIES",
        _ => "IMAGE",
    };

    /// <summary>An identifier with its level and the UIDs above; null for a UID that is not fixed.</summary>
    public static AttributeSet Identifier(QueryLevel level, string? studyUid = null, string? seriesUid = null, string? instanceUids = null)
    {
        var identifier = new AttributeSet().Set(Tags.QueryRetrieveLevel, level.Name()).Set(Tags.StudyInstanceUid, studyUid ?? "");
        if (level >= QueryLevel.Series)
            identifier.Set(Tags.SeriesInstanceUid, seriesUid ?? "");
        if (level == QueryLevel.Image)
            identifier.Set(Tags.SopInstanceUid, instanceUids ?? "");
        return identifier;
    }

    /// <summary>
    /// True unless a key with a value is answered with another one. Archives ignore keys they do not support and return everything,
    /// so every answer is judged again; a key that is absent from the answer was not supported and cannot be judged.
    /// </summary>
    public static bool Matches(AttributeSet keys, AttributeSet answer)
    {
        foreach (var key in keys.Attributes)
        {
            if (key.Value.IsEmpty || key.Tag == Tags.QueryRetrieveLevel || key.Tag == Tags.SpecificCharacterSet || !answer.Contains(key.Tag))
                continue;
            if (!MatchesAny(keys.GetText(key.Tag), key.Vr, answer.GetValues(key.Tag)))
                return false;
        }

        return true;
    }

    /// <summary>True when at least one of the values matches the pattern of a key (§C.2.2.2).</summary>
    public static bool MatchesAny(string pattern, Vr vr, IReadOnlyList<string> values)
    {
        if (pattern.Length == 0)
            return true;
        // A list of UIDs matches any of them; other keys may carry several values by way of extension.
        var alternatives = pattern.Split('\\');
        return values.Count == 0
            ? alternatives.All(alternative => alternative.Trim('*').Length == 0)
            : values.Any(value => alternatives.Any(alternative => MatchesOne(alternative.Trim(), vr, value)));
    }

    private static bool MatchesOne(string pattern, Vr vr, string value) => vr switch
    {
        Vr.DA or Vr.TM or Vr.DT => MatchesRange(pattern, value),
        Vr.UI => string.Equals(pattern.Trim('\0', ' '), value, StringComparison.Ordinal),
        Vr.IS or Vr.DS => NumberOf(pattern) is { } wanted && NumberOf(value) is { } given ? wanted.Equals(given) : string.Equals(pattern, value, StringComparison.Ordinal),
        // §C.2.2.2.1: names may be matched without regard to case and accents; archives differ, so here they are.
        Vr.PN => MatchesName(pattern, value),
        _ => MatchesWildcards(pattern, value),
    };

    private static double? NumberOf(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    // §C.2.2.2.5: both ends belong to the range, either may be open. Colons and dots of old spellings do not count.
    private static bool MatchesRange(string pattern, string value)
    {
        static string Plain(string text) => text.Replace(".", "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal).Trim();

        var dash = pattern.IndexOf('-', StringComparison.Ordinal);
        var plain = Plain(value);
        if (dash < 0)
            return pattern.Contains('*', StringComparison.Ordinal) ? MatchesWildcards(pattern, value) : plain.StartsWith(Plain(pattern), StringComparison.Ordinal) || Plain(pattern).TrimEnd('0') == plain.TrimEnd('0');
        var (from, to) = (Plain(pattern[..dash]), Plain(pattern[(dash + 1)..]));
        if (plain.Length == 0)
            return false;
        return (from.Length == 0 || string.CompareOrdinal(plain.PadRight(from.Length, '0'), from) >= 0)
            && (to.Length == 0 || string.CompareOrdinal(plain.Length > to.Length ? plain[..to.Length] : plain, to) <= 0);
    }

    // The three groups (alphabetic, ideographic, phonetic) are matched one by one: a wildcard does not reach over "=".
    private static bool MatchesName(string pattern, string value)
    {
        var wanted = pattern.ToUpperInvariant().Normalize(NormalizationForm.FormC).Split('=');
        var given = value.ToUpperInvariant().Normalize(NormalizationForm.FormC).Split('=');
        if (wanted.Length == 1)
            return given.Any(group => MatchesWildcards(wanted[0].TrimEnd('^'), group.TrimEnd('^')));
        for (var i = 0; i < wanted.Length; i++)
        {
            if (wanted[i].Length > 0 && (i >= given.Length || !MatchesWildcards(wanted[i].TrimEnd('^'), given[i].TrimEnd('^'))))
                return false;
        }

        return true;
    }

    /// <summary>"*" for any characters, "?" for one; linear in the pattern for each start, without recursion.</summary>
    private static bool MatchesWildcards(string pattern, string value)
    {
        int p = 0, v = 0, star = -1, mark = 0;
        while (v < value.Length)
        {
            if (p < pattern.Length && (pattern[p] == '?' || (pattern[p] == value[v] && pattern[p] != '*')))
            {
                p++;
                v++;
            }
            else if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = v;
            }
            else if (star >= 0)
            {
                p = star + 1;
                v = ++mark;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }
}
