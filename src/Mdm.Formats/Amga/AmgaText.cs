using System.Buffers;
using System.Text;

namespace Mdm.Formats.Amga;

/// <summary>
/// Text as it stands in commands and answers. It is UTF-8; what is not is taken as ISO 8859-1, which old clients and servers send.
/// </summary>
/// <remarks>
/// A line of an answer is one value, so what would end or disturb a line is written as <c>\</c> and three octal digits: bytes 0 to 31 but the tabulator, and 127. A backslash stands for
/// itself, so that clients which know nothing of this see values as they are; only one that would be read as the beginning of such a sequence is written <c>\134</c>.
/// In a command's argument <c>\'</c> is a quote and any three octal digits up to 377 are a byte.
/// </remarks>
public static class AmgaText
{
    private const string Tabulator = "\t";

    private static readonly SearchValues<char> Suspicious = SearchValues.Create([.. Enumerable.Range(0, 32).Select(i => (char)i).Except(Tabulator), '\x7f', '\\']);

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The characters of bytes from the other end.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOfAnyExceptInRange((byte)0, (byte)0x7f) < 0)
            return Encoding.ASCII.GetString(bytes);
        return System.Text.Unicode.Utf8.IsValid(bytes) ? Strict.GetString(bytes) : Encoding.Latin1.GetString(bytes);
    }

    /// <summary>A value as one line of an answer.</summary>
    public static string EscapeLine(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.AsSpan().IndexOfAny(Suspicious) < 0)
            return value;
        var text = new StringBuilder(value.Length + 16);
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (IsControl(c) || (c == '\\' && IsLineEscape(value.AsSpan(i + 1))))
                AppendOctal(text, c);
            else
                text.Append(c);
        }
        return text.ToString();
    }

    /// <summary>The value of a line of an answer.</summary>
    public static string UnescapeLine(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var at = line.IndexOf('\\', StringComparison.Ordinal);
        if (at < 0)
            return line;
        var text = new StringBuilder(line.Length).Append(line, 0, at);
        for (var i = at; i < line.Length; i++)
        {
            if (line[i] == '\\' && IsLineEscape(line.AsSpan(i + 1)))
            {
                text.Append((char)OctalOf(line.AsSpan(i + 1)));
                i += 3;
            }
            else
            {
                text.Append(line[i]);
            }
        }
        return text.ToString();
    }

    /// <summary>A value as one word of a command.</summary>
    public static string Quote(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var text = new StringBuilder(value.Length + 8).Append('\'');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c == '\'')
                text.Append('\\').Append(c);
            else if (IsControl(c) || (c == '\\' && (i + 1 == value.Length || value[i + 1] == '\'' || OctalOf(value.AsSpan(i + 1)) >= 0)))
                AppendOctal(text, c);
            else
                text.Append(c);
        }
        return text.Append('\'').ToString();
    }

    /// <summary>The number that three octal digits at the beginning make, up to 255; -1 when there are none.</summary>
    internal static int OctalOf(ReadOnlySpan<char> text) =>
        text is [>= '0' and <= '3', >= '0' and <= '7', >= '0' and <= '7', ..] ? ((text[0] - '0') * 64) + ((text[1] - '0') * 8) + (text[2] - '0') : -1;

    private static bool IsControl(char c) => c is (< ' ' and not '\t') or '\x7f';

    // Only what EscapeLine writes is an escape: a list of numbers, as 256\256, stays as it is.
    private static bool IsLineEscape(ReadOnlySpan<char> afterBackslash) => OctalOf(afterBackslash) is var c and >= 0 && (c == '\\' || IsControl((char)c));

    private static void AppendOctal(StringBuilder text, char c) =>
        text.Append('\\').Append((char)('0' + (c >> 6))).Append((char)('0' + ((c >> 3) & 7))).Append((char)('0' + (c & 7)));
}
