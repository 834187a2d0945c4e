namespace Mdm.Cli;

/// <summary>Text from a host on its way to a terminal.</summary>
internal static class TerminalText
{
    /// <summary>The text with control characters as octal escapes: nothing in it steers the terminal, and a line stays one.</summary>
    public static string Of(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? $"\\{Convert.ToString(c, 8).PadLeft(3, '0')}" : c.ToString())) : text;
}
