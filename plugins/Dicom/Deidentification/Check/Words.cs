using System.Text;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Check;

/// <summary>What a word is made of.</summary>
internal enum WordKind : byte
{
    Letters,
    Digits,

    /// <summary>Letters and digits.</summary>
    Mixed,

    /// <summary>Of a script that writes without spaces: Han, kana, Hangul, Thai.</summary>
    Unspaced,
}

/// <summary>A word of a text, as the check compares words.</summary>
/// <param name="Hash">Of its characters, letter case and width folded.</param>
/// <param name="Length">In characters.</param>
/// <param name="Kind">What it is made of.</param>
/// <param name="IsPart">Only a part of what stands between two separators, or several of them joined.</param>
internal readonly record struct Word(ulong Hash, int Length, WordKind Kind, bool IsPart);

/// <summary>Takes the words of a text. A struct, so that calls are direct.</summary>
internal interface IWordSink
{
    void Take(in Word word, ReadOnlySpan<char> text);
}

/// <summary>
/// Cuts text into words: the longest runs of letters, marks and digits. Besides whole words it gives the parts under which a word may hide in another text:
/// letters and digits of a mixed word, numbers joined over separators (dates, phone numbers), pieces of unspaced writing.
/// </summary>
internal static class Words
{
    /// <summary>Characters of the longest piece of unspaced writing: longer names do not occur.</summary>
    public const int MaxUnspaced = 8;

    /// <summary>Digits from which on joined numbers count.</summary>
    public const int MinJoinedDigits = 7;

    private const int ShortestPart = 4;
    private const int MaxJoined = 8;
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    /// <summary>The words of a value as it is encoded.</summary>
    /// <param name="value">With padding and backslashes.</param>
    /// <param name="vr">Text; anything else is read as Latin-1.</param>
    /// <param name="characterSet">Of the item.</param>
    /// <param name="sink">Takes them.</param>
    /// <param name="withParts">Also the parts of words.</param>
    public static void Of<TSink>(ReadOnlySpan<byte> value, Vr vr, CharacterSet characterSet, ref TSink sink, bool withParts)
        where TSink : struct, IWordSink
    {
        const int Short = 512;
        if (!Ascii.IsValid(value) || value.Contains((byte)0x1B))
        {
            Of(characterSet.Decode(value, vr).AsSpan(), ref sink, withParts);
            return;
        }

        Span<char> text = value.Length <= Short ? stackalloc char[Short] : new char[value.Length];
        Encoding.Latin1.GetChars(value, text);
        Of(text[..value.Length], ref sink, withParts);
    }

    public static void Of<TSink>(ReadOnlySpan<char> text, ref TSink sink, bool withParts)
        where TSink : struct, IWordSink
    {
        var i = 0;
        while (i < text.Length)
        {
            if (!IsWordCharacter(text[i]))
            {
                i++;
                continue;
            }

            var start = i;
            var (letters, digits, unspaced) = (false, false, false);
            var hash = Offset;
            for (; i < text.Length && IsWordCharacter(text[i]); i++)
            {
                var letter = Fold(text[i]);
                hash = (hash ^ letter) * Prime;
                if (char.IsAsciiDigit(letter))
                    digits = true;
                else
                    (letters, unspaced) = (true, unspaced || IsUnspaced(letter));
            }

            var kind = unspaced ? WordKind.Unspaced : letters && digits ? WordKind.Mixed : digits ? WordKind.Digits : WordKind.Letters;
            var word = text[start..i];
            sink.Take(new Word(hash, word.Length, kind, IsPart: false), word);
            if (!withParts)
                continue;
            if (kind == WordKind.Mixed)
                Runs(word, ref sink);
            else if (kind == WordKind.Unspaced)
                Pieces(word, ref sink);
            if (digits)
                Joined(text, start, ref sink);
        }
    }

    /// <summary>All digits of a text as one number, where it is a number with separators in it; 0 when it is not.</summary>
    public static ulong JoinedNumber(ReadOnlySpan<char> text)
    {
        var (hash, count) = (Offset, 0);
        foreach (var one in text)
        {
            var letter = Fold(one);
            if (char.IsAsciiDigit(letter))
                (hash, count) = ((hash ^ letter) * Prime, count + 1);
            else if (!IsSeparator(letter))
                return 0;
        }

        return count >= MinJoinedDigits ? hash : 0;
    }

    /// <summary>The hash of one word.</summary>
    public static ulong HashOf(ReadOnlySpan<char> word)
    {
        var hash = Offset;
        foreach (var letter in word)
            hash = (hash ^ Fold(letter)) * Prime;
        return hash;
    }

    private static void Runs<TSink>(ReadOnlySpan<char> word, ref TSink sink)
        where TSink : struct, IWordSink
    {
        for (var start = 0; start < word.Length;)
        {
            var isDigit = char.IsAsciiDigit(Fold(word[start]));
            var end = start + 1;
            while (end < word.Length && char.IsAsciiDigit(Fold(word[end])) == isDigit)
                end++;
            if (end - start >= ShortestPart)
                sink.Take(new Word(HashOf(word[start..end]), end - start, isDigit ? WordKind.Digits : WordKind.Letters, IsPart: true), word[start..end]);
            start = end;
        }
    }

    private static void Pieces<TSink>(ReadOnlySpan<char> word, ref TSink sink)
        where TSink : struct, IWordSink
    {
        for (var start = 0; start < word.Length; start++)
        {
            var hash = Offset;
            for (var length = 1; length <= MaxUnspaced && start + length <= word.Length; length++)
            {
                hash = (hash ^ Fold(word[start + length - 1])) * Prime;
                if (length >= 2)
                    sink.Take(new Word(hash, length, WordKind.Unspaced, IsPart: true), word.Slice(start, length));
            }
        }
    }

    /// <summary>From the digits at <paramref name="start"/> on, over separators, every number that grows out of them.</summary>
    private static void Joined<TSink>(ReadOnlySpan<char> text, int start, ref TSink sink)
        where TSink : struct, IWordSink
    {
        while (!char.IsAsciiDigit(Fold(text[start])))
            start++;
        var (hash, count, runs) = (Offset, 0, 1);
        for (var i = start; i < text.Length && runs <= MaxJoined; i++)
        {
            var letter = Fold(text[i]);
            if (char.IsAsciiDigit(letter))
            {
                (hash, count) = ((hash ^ letter) * Prime, count + 1);
                var ends = i + 1 == text.Length || !char.IsAsciiDigit(Fold(text[i + 1]));
                if (count >= MinJoinedDigits && (ends || count == 8) && (runs > 1 || count == 8))
                    sink.Take(new Word(hash, count, WordKind.Digits, IsPart: true), text[start..(i + 1)]);
                continue;
            }

            if (!IsSeparator(letter))
                return;
            if (char.IsAsciiDigit(Fold(text[i - 1])))
                runs++;
        }
    }

    private static bool IsSeparator(char letter) => letter is '-' or '.' or '/' or '(' or ')' or '+' or ':' or ' ';

    private static bool IsWordCharacter(char letter) =>
        letter < 128 ? char.IsAsciiLetterOrDigit(letter) : char.IsLetterOrDigit(letter) || IsMark(letter) || char.IsSurrogate(letter);

    private static bool IsMark(char letter) =>
        char.GetUnicodeCategory(letter) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;

    private static bool IsUnspaced(char letter) =>
        letter >= 0x0E00 && (letter < 0x0E80 || (letter >= 0x2E80 && letter < 0xA4D0) || (letter >= 0xAC00 && letter < 0xD7B0) || (letter >= 0xF900 && letter < 0xFB00) || (letter >= 0xFF66 && letter < 0xFFA0) || char.IsSurrogate(letter));

    // Full-width forms are the same letters in another width.
    private static char Fold(char letter)
    {
        if (letter < 128)
            return char.IsAsciiLetterLower(letter) ? (char)(letter - 32) : letter;
        return letter is > '\uFF00' and < '\uFF5F' ? Fold((char)(letter - 0xFEE0)) : char.ToUpperInvariant(letter);
    }
}
