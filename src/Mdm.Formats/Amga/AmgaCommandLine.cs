using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Mdm.Formats.Amga;

/// <summary>A command's line and its words.</summary>
/// <remarks>
/// Words are separated by white space; a word that begins with <c>'</c> goes on to the next <c>'</c> that white space or the end of the line follows, since the Java client sends
/// quotes within values as they are. <c>\'</c> is a quote that ends nothing, <c>\</c> and three octal digits are a byte.
/// </remarks>
public static class AmgaCommandLine
{
    private const byte Quote = (byte)'\'';
    private const byte Backslash = (byte)'\\';

    /// <summary>The line of a command, without the end of line.</summary>
    /// <param name="words">The command's name first.</param>
    public static string Join(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentOutOfRangeException.ThrowIfZero(words.Count);
        return string.Join(' ', words.Select((word, i) => i == 0 && IsName(word) ? word : AmgaText.Quote(word)));
    }

    /// <summary>True for a line, or its first word, that begins or is part of an upload: nobody reads what it would be answered before the upload ends.</summary>
    public static bool IsOfUpload(ReadOnlySpan<byte> line)
    {
        var start = 0;
        while (start < line.Length && IsSpace(line[start]))
            start++;
        var end = start;
        while (end < line.Length && !IsSpace(line[end]))
            end++;
        return line[start..end].SequenceEqual("upload"u8) || line[start..end].SequenceEqual("put"u8);
    }

    /// <summary>Takes a line apart.</summary>
    /// <param name="line">Without the end of line.</param>
    /// <param name="maxTokens">Most words.</param>
    /// <param name="words">The words; none for an empty line.</param>
    /// <param name="refusal">Why not; holds nothing of the line.</param>
    public static bool TrySplit(ReadOnlySpan<byte> line, int maxTokens, [NotNullWhen(true)] out IReadOnlyList<string>? words, [NotNullWhen(false)] out string? refusal)
    {
        (words, refusal) = (null, null);
        var list = new List<string>();
        // A word is never longer than what it is written with.
        var buffer = ArrayPool<byte>.Shared.Rent(line.Length);
        try
        {
            var at = 0;
            while (true)
            {
                while (at < line.Length && IsSpace(line[at]))
                    at++;
                if (at == line.Length)
                    break;
                if (list.Count == maxTokens)
                {
                    refusal = $"The command has more words than {nameof(AmgaWire.MaxTokens)} ({maxTokens}).";
                    return false;
                }
                var length = line[at] == Quote ? TakeQuoted(line, ref at, buffer) : TakeBare(line, ref at, buffer);
                if (length < 0)
                {
                    refusal = "A quote is not closed: a word that begins with ' ends with one, before a space or the end of the line.";
                    return false;
                }
                if (buffer.AsSpan(0, length).Contains((byte)0))
                {
                    refusal = "The byte 0 cannot be in a command.";
                    return false;
                }
                list.Add(AmgaText.Decode(buffer.AsSpan(0, length)));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
        words = list;
        return true;
    }

    private static bool IsName(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_');

    private static bool IsSpace(byte b) => b is (byte)' ' or (>= 0x09 and <= 0x0d);

    private static int TakeBare(ReadOnlySpan<byte> line, ref int at, Span<byte> word)
    {
        var length = 0;
        while (at < line.Length && !IsSpace(line[at]))
            word[length++] = TakeByte(line, ref at);
        return length;
    }

    // The number of bytes; -1 when the quote is not closed.
    private static int TakeQuoted(ReadOnlySpan<byte> line, ref int at, Span<byte> word)
    {
        var (length, start) = (0, at);
        at++;
        while (at < line.Length)
        {
            if (line[at] == Quote && (at + 1 == line.Length || IsSpace(line[at + 1])))
            {
                at++;
                return length;
            }
            start = at;
            word[length++] = TakeByte(line, ref at);
        }
        // The Java client escapes nothing: 'C:\' at the end of its line is a value that ends with a backslash.
        if (line.Length - start != 2 || line[start] != Backslash || line[start + 1] != Quote)
            return -1;
        word[length - 1] = Backslash;
        return length;
    }

    private static byte TakeByte(ReadOnlySpan<byte> line, ref int at)
    {
        var b = line[at++];
        if (b != Backslash)
            return b;
        if (at < line.Length && line[at] == Quote)
            return line[at++];
        if (line[at..] is not [>= (byte)'0' and <= (byte)'3', >= (byte)'0' and <= (byte)'7', >= (byte)'0' and <= (byte)'7', ..])
            return b;
        var octal = ((line[at] - '0') * 64) + ((line[at + 1] - '0') * 8) + (line[at + 2] - '0');
        at += 3;
        return (byte)octal;
    }
}
