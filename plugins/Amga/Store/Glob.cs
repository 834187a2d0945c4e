using System.Text;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Store;

/// <summary>A pattern for names: <c>*</c>, <c>?</c> and <c>[a-z]</c>, as a condition that both kinds of store understand in their own words.</summary>
internal static class Glob
{
    /// <summary>Longest pattern, in characters.</summary>
    public const int MaxLength = 1024;

    /// <summary>Most wild cards in a pattern: each multiplies what a name may cost.</summary>
    public const int MaxWildCards = 16;

    public static bool Is(string text) => text.AsSpan().ContainsAny('*', '?', '[');

    /// <summary>A condition on a column, and the value of its one parameter.</summary>
    public static (string Sql, string Value) Condition(SqlDialect dialect, string column, int parameter, string pattern)
    {
        if (!Is(pattern))
            return ($"{column} = ${parameter}", pattern);
        if (pattern.Length > MaxLength)
            throw new AmgaException(AmgaError.IllegalCommand, $"The pattern is longer than {MaxLength} characters (MaxLength).");
        if (pattern.Count(static c => c is '*' or '?' or '[') > MaxWildCards)
            throw new AmgaException(AmgaError.IllegalCommand, $"The pattern has more than {MaxWildCards} wild cards (MaxWildCards).");
        return dialect == SqlDialect.Postgres ? ($"{column} ~ ${parameter}", Regex(pattern)) : ($"{column} GLOB ${parameter}", ForSqlite(pattern));
    }

    /// <summary>True when the name matches.</summary>
    public static bool Matches(string pattern, string name) => !Is(pattern) ? pattern == name : System.Text.RegularExpressions.Regex.IsMatch(name, Regex(pattern),
        System.Text.RegularExpressions.RegexOptions.NonBacktracking | System.Text.RegularExpressions.RegexOptions.CultureInvariant | System.Text.RegularExpressions.RegexOptions.Singleline);

    private static string ForSqlite(string pattern)
    {
        var glob = new StringBuilder();
        foreach (var (kind, text) in Parts(pattern))
            glob.Append(kind switch { 'c' when text == "[" => "[[]", 's' => $"[{text}]", _ => text });
        return glob.ToString();
    }

    private static string Regex(string pattern)
    {
        var regex = new StringBuilder("^");
        foreach (var (kind, text) in Parts(pattern))
        {
            regex.Append(kind switch
            {
                // Both languages of patterns know these, and refuse a backslash before what needs none.
                'c' when text[0] is '\\' or '.' or '$' or '^' or '{' or '}' or '[' or ']' or '(' or ')' or '|' or '*' or '+' or '?' => "\\" + text,
                'c' => text,
                's' => $"[{text}]",
                _ => text == "*" ? ".*" : ".",
            });
        }
        return regex.Append('$').ToString();
    }

    // 'c': one character as it is; 'w': a wild card; 's': a set, of letters, digits, '_', '.', ranges of them and a leading '^' only, which both kinds read alike.
    private static IEnumerable<(char Kind, string Text)> Parts(string pattern)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            var end = c == '[' ? pattern.IndexOf(']', i) : -1;
            if (end > i + 1 && IsSet(pattern.AsSpan(i + 1, end - i - 1)))
            {
                yield return ('s', pattern[(i + 1)..end]);
                i = end;
            }
            else
            {
                yield return (c is '*' or '?' ? 'w' : 'c', c.ToString());
            }
        }
    }

    private static bool IsSet(ReadOnlySpan<char> set)
    {
        if (set[0] == '^')
            set = set[1..];
        for (var i = 0; i < set.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(set[i]) && set[i] is not ('_' or '.'))
                return false;
            if (i + 1 < set.Length && set[i + 1] == '-')
            {
                if (i + 2 == set.Length || !char.IsAsciiLetterOrDigit(set[i + 2]) || set[i + 2] < set[i])
                    return false;
                i += 2;
            }
        }
        return !set.IsEmpty;
    }
}
