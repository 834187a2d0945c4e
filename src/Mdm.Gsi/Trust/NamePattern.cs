using System.Text.RegularExpressions;

namespace Mdm.Gsi.Trust;

/// <summary>A pattern over a whole subject name.</summary>
internal abstract class NamePattern
{
    public abstract bool IsMatch(string name);
}

/// <summary>
/// Globus: <c>*</c> is any text, <c>?</c> any one character, the rest stands for itself. Compared as it is written: an automaton of a regular expression takes a
/// megabyte to build, and a site trusts a hundred CAs.
/// </summary>
internal sealed class GlobPattern(string pattern) : NamePattern
{
    public override bool IsMatch(string name)
    {
        var (at, next) = (0, 0);
        var (star, from) = (-1, 0);
        while (at < name.Length)
        {
            if (next < pattern.Length && pattern[next] == '*')
            {
                (star, from) = (next++, at);
            }
            else if (next < pattern.Length && (pattern[next] == '?' || pattern[next] == name[at]))
            {
                next++;
                at++;
            }
            else if (star >= 0)
            {
                // The last star takes one character more; earlier ones never have to.
                next = star + 1;
                at = ++from;
            }
            else
            {
                return false;
            }
        }
        while (next < pattern.Length && pattern[next] == '*')
            next++;
        return next == pattern.Length;
    }
}

/// <summary>EUGridPMA namespaces: a regular expression, run without backtracking.</summary>
internal sealed class RegexPattern(string pattern) : NamePattern
{
    private readonly Regex _regex = new($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public override bool IsMatch(string name) => _regex.IsMatch(name);
}
