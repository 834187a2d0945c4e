using System.Text;

namespace Mdm.Abstractions;

/// <summary>What text from outside must be to be kept, and how it is made safe to stand in a message or a log line.</summary>
internal static class Printable
{
    private const int MaxLength = 200;

    /// <summary>
    /// True without control characters and without halves of surrogate pairs. Those have no UTF-8: two different texts would be stored as the same one.
    /// </summary>
    public static bool Is(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var used) != System.Buffers.OperationStatus.Done || Rune.IsControl(rune))
                return false;
            text = text[used..];
        }
        return true;
    }

    /// <summary>The text, cut, with what is not printable replaced.</summary>
    public static string Of(string? text)
    {
        if (text is null)
            return "(none)";
        if (text.Length <= MaxLength && Is(text))
            return text;
        var safe = new StringBuilder(MaxLength);
        foreach (var rune in text.EnumerateRunes())
        {
            if (safe.Length >= MaxLength)
                return safe.Append('…').ToString();
            safe.Append(Rune.IsControl(rune) ? Rune.ReplacementChar : rune);
        }
        return safe.ToString();
    }
}
