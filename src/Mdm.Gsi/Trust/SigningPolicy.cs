using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Mdm.Gsi.Trust;

/// <summary>Which subject names one CA may sign.</summary>
/// <param name="Authority">The CA's subject in slash form, normalized.</param>
/// <param name="Permitted">Patterns over whole subjects, normalized.</param>
/// <param name="Denied">Patterns that refuse even what is permitted.</param>
internal sealed record SigningPolicy(string Authority, ImmutableArray<NamePattern> Permitted, ImmutableArray<NamePattern> Denied)
{
    public bool Permits(string subject)
    {
        var normal = Normalize(subject);
        return Permitted.Any(p => p.IsMatch(normal)) && !Denied.Any(p => p.IsMatch(normal));
    }

    /// <summary>Old tools write the same attribute types in other words.</summary>
    public static string Normalize(string name) => name
        .Replace("/E=", "/emailAddress=", StringComparison.Ordinal)
        .Replace("/Email=", "/emailAddress=", StringComparison.OrdinalIgnoreCase)
        .Replace("/USERID=", "/UID=", StringComparison.Ordinal);
}

/// <summary>
/// Reads <c>.signing_policy</c> files (the Globus format: <c>access_id_CA</c>, <c>pos_rights</c>, <c>cond_subjects</c>) and <c>.namespaces</c> files
/// (the EUGridPMA format: <c>TO Issuer "…" PERMIT|DENY Subject "regex"</c>). Patterns run without backtracking.
/// </summary>
internal static partial class SigningPolicyParser
{
    public const int MaxLength = 256 * 1024;
    /// <summary>Patterns of one Globus file.</summary>
    public const int MaxPatterns = 1000;

    /// <summary>Rules of one namespaces file; each becomes an automaton of a megabyte.</summary>
    public const int MaxRules = 100;

    public const int MaxPatternLength = 1024;

    /// <summary>Policies of one Globus file; nothing for entries that grant nothing.</summary>
    public static ImmutableArray<SigningPolicy> ParseGlobus(string text)
    {
        CheckLength(text);
        var policies = ImmutableArray.CreateBuilder<SigningPolicy>();
        string? authority = null;
        var maySign = false;
        var count = 0;
        foreach (var line in text.Split('\n'))
        {
            var words = Words().Matches(line.Trim());
            if (words.Count < 3 || words[0].Value.StartsWith('#'))
                continue;
            var value = Unquote(words[2].Value, '\'');
            switch (words[0].Value)
            {
                case "access_id_CA":
                    authority = SigningPolicy.Normalize(Unquote(value, '"'));
                    maySign = false;
                    break;
                case "pos_rights":
                    maySign |= value == "CA:sign";
                    break;
                case "cond_subjects" when authority is not null && maySign:
                    policies.Add(new SigningPolicy(authority, Patterns(value, ref count), []));
                    break;
                default:
                    break;
            }
        }
        return policies.ToImmutable();
    }

    /// <summary>Policies of one namespaces file. <c>SELF</c> stands for <paramref name="self"/>, the CA that the file is named after, if known.</summary>
    public static ImmutableArray<SigningPolicy> ParseNamespaces(string text, string? self)
    {
        CheckLength(text);
        // A backslash at the end of a line continues it.
        var joined = Continuation().Replace(Comment().Replace(text, ""), " ");
        var rules = new Dictionary<string, (ImmutableArray<NamePattern>.Builder Permitted, ImmutableArray<NamePattern>.Builder Denied)>(StringComparer.Ordinal);
        var count = 0;
        foreach (Match match in NamespaceRule().Matches(joined))
        {
            if (++count > MaxRules)
                throw new FormatException("The namespaces file has too many rules.");
            var issuer = match.Groups["issuer"].Success ? match.Groups["issuer"].Value : self;
            if (issuer is null)
                continue;
            issuer = SigningPolicy.Normalize(issuer);
            if (!rules.TryGetValue(issuer, out var rule))
                rules.Add(issuer, rule = (ImmutableArray.CreateBuilder<NamePattern>(), ImmutableArray.CreateBuilder<NamePattern>()));
            var permits = match.Groups["verb"].Value.Equals("PERMIT", StringComparison.OrdinalIgnoreCase);
            (permits ? rule.Permitted : rule.Denied).Add(Compile(SigningPolicy.Normalize(match.Groups["subject"].Value)));
        }
        return [.. rules.Select(r => new SigningPolicy(r.Key, r.Value.Permitted.ToImmutable(), r.Value.Denied.ToImmutable()))];
    }

    private static ImmutableArray<NamePattern> Patterns(string value, ref int count)
    {
        var patterns = ImmutableArray.CreateBuilder<NamePattern>();
        var quoted = Quoted().Matches(value);
        foreach (var pattern in quoted.Count > 0 ? quoted.Select(m => m.Groups[1].Value) : [value])
        {
            if (++count > MaxPatterns)
                throw new FormatException("The signing policy has too many patterns.");
            patterns.Add(new GlobPattern(Limited(SigningPolicy.Normalize(pattern))));
        }
        return patterns.ToImmutable();
    }

    private static RegexPattern Compile(string pattern)
    {
        try
        {
            return new RegexPattern(Limited(pattern));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FormatException("A pattern of the signing policy is not a regular expression.", e);
        }
    }

    private static string Limited(string pattern) =>
        pattern.Length <= MaxPatternLength ? pattern : throw new FormatException("A pattern of the signing policy is too long.");

    private static string Unquote(string text, char quote) =>
        text.Length >= 2 && text[0] == quote && text[^1] == quote ? text[1..^1].Trim() : text;

    private static void CheckLength(string text)
    {
        if (text.Length > MaxLength)
            throw new FormatException("The signing policy is too long.");
    }

    [GeneratedRegex("""'[^']*'|"[^"]*"|[^\s]+""", RegexOptions.NonBacktracking)]
    private static partial Regex Words();

    [GeneratedRegex("\"([^\"]*)\"", RegexOptions.NonBacktracking)]
    private static partial Regex Quoted();

    [GeneratedRegex("^[ \\t]*#.*$", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\\[ \t]*\r?\n", RegexOptions.NonBacktracking)]
    private static partial Regex Continuation();

    [GeneratedRegex("""TO\s+ISSUER\s+(?:SELF|"SELF"|"(?<issuer>[^"]*)")\s+(?<verb>PERMIT|DENY)\s+SUBJECT\s+"(?<subject>[^"]*)"\s*""", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NamespaceRule();
}
