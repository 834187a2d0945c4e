using System.Text;

namespace Mdm.Plugins.Amga;

/// <summary>Words of clients as messages may repeat them.</summary>
internal static class PrintableText
{
    /// <summary>Longer ones are cut.</summary>
    public const int MaxLength = 200;

    public static bool Is(string text) => text.EnumerateRunes().All(static rune => !Rune.IsControl(rune) && rune != Rune.ReplacementChar);

    public static string Of(string text)
    {
        var safe = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().Take(MaxLength))
            safe.Append(Rune.IsControl(rune) ? Rune.ReplacementChar : rune);
        return text.Length > MaxLength ? safe.Append('…').ToString() : safe.ToString();
    }
}
