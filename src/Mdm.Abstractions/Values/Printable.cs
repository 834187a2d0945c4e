using System.Text;

namespace Mdm.Abstractions;

/// <summary>Makes text from outside safe to stand in a message or a log line.</summary>
internal static class Printable
{
    private const int MaxLength = 200;

    public static string Of(string? text)
    {
        if (text is null)
            return "(none)";
        var cut = text.Length > MaxLength ? text[..MaxLength] + "…" : text;
        if (!cut.Any(char.IsControl))
            return cut;
        var safe = new StringBuilder(cut.Length);
        foreach (var c in cut)
            safe.Append(char.IsControl(c) ? '�' : c);
        return safe.ToString();
    }
}
