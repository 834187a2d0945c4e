using System.Text;

namespace Mdm.Host.Publication;

/// <summary>Makes a name of the catalogue out of what an archive says: any text, however hostile.</summary>
internal static class SafeName
{
    /// <summary>Longest part taken over, in bytes of UTF-8: leaves room for two marks and an extension in <see cref="StoragePath.MaxNameBytes"/>.</summary>
    public const int MaxBytes = 200;

    private const char Substitute = '_';

    /// <summary>The text itself where it may stand as a name. Otherwise what is left of it and a mark of its own, so that two texts never become one name.</summary>
    public static string Of(string text, PublishedIds ids)
    {
        var safe = new StringBuilder(Math.Min(text.Length, MaxBytes));
        var bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            // EnumerateRunes gives U+FFFD for half of a surrogate pair.
            var kept = rune.Value == '/' || Rune.IsControl(rune) || rune == Rune.ReplacementChar ? new Rune(Substitute) : rune;
            if ((bytes += kept.Utf8SequenceLength) > MaxBytes)
                break;
            safe.Append(kept);
        }
        var name = safe.ToString();
        return name == text && StoragePath.IsName(name) ? name : Marked(name.Trim('.').Length == 0 ? Substitute.ToString() : name, ids.MarkOf(text));
    }

    /// <summary>The name with a mark before its extension.</summary>
    public static string Marked(string name, string mark)
    {
        var dot = name.LastIndexOf('.');
        return dot > 0 && name.Length - dot <= 5 ? $"{name[..dot]}~{mark}{name[dot..]}" : $"{name}~{mark}";
    }
}
