using System.Text;

namespace Mdm.Host.Audit;

/// <summary>What a service may have written into the trail of its own words: names, so that no value gets there by mistake.</summary>
internal static class AttributeNames
{
    /// <summary>Most names of attributes in one line; how many there were is said.</summary>
    public const int MaxTold = 256;

    private const int MaxLength = 64;
    private const int MaxAccount = 256;

    /// <summary>True for what the contract takes for a name of an attribute.</summary>
    public static bool Is(string? name) =>
        name is { Length: > 0 and <= MaxLength } && char.IsAsciiLetter(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>An account's name, cut, with what is not printable replaced.</summary>
    public static string Account(string name)
    {
        var safe = new StringBuilder(Math.Min(name.Length, MaxAccount));
        foreach (var rune in name.EnumerateRunes())
        {
            if (safe.Length >= MaxAccount)
                return safe.Append('…').ToString();
            safe.Append(Rune.IsControl(rune) ? Rune.ReplacementChar : rune);
        }
        return safe.ToString();
    }
}
