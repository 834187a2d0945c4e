using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>
/// The Clean Descriptors option (PS3.15 E.3.5): of a description only what is known to be harmless stays, which are the words of a list
/// and numbers that can identify nobody. Deterministic, linear, immutable, safe for concurrent use.
///
/// A word stays when the list has it, whatever its case; also with up to two digits after it (PHASE2, B30). A number stays when it has
/// at most three digits before and after a decimal point, does not begin with a zero that means nothing, and stands beside a word that
/// stays, with no further number beside it: so no date, telephone number or identifier stays in parts. With a unit right behind it a
/// number may have four digits (1500 ms). What separates two neighbours that stay, stays; everything else becomes one space.
/// </summary>
internal sealed class DescriptorCleaner
{
    /// <summary>Characters of a text; a longer one is no description, nothing of it stays.</summary>
    public const int MaximumCharacters = 65_536;

    /// <summary>Characters of a word.</summary>
    public const int MaximumWordLength = 32;

    /// <summary>Words of a site's list.</summary>
    public const int MaximumSiteWords = 100_000;

    private const int MaximumSeparatorLength = 3;

    private static readonly SearchValues<char> Separators = SearchValues.Create(" _-+/*.,()[]%:;=<>&'");

    // A number with one of these right behind it is a quantity; behind four digits only those that no year would have.
    private static readonly FrozenSet<string> Units = new[]
    {
        "mm", "cm", "um", "ml", "cc", "mg", "mbq", "mci", "gy", "cgy", "kv", "kvp", "ma", "mas", "s", "ms", "sec", "msec", "min",
        "hz", "khz", "mhz", "t", "tesla", "deg", "degree", "degrees", "percent", "bpm", "kev", "d",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> UnitsOfThousands =
        new[] { "ms", "msec", "ml", "mbq", "hz" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly Lazy<DescriptorCleaner> Shared = new(() =>
        new DescriptorCleaner(PluginRules.Lines("words.txt").SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));

    private readonly FrozenSet<string> words;

    private DescriptorCleaner(IEnumerable<string> words) => this.words = words.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The cleaner with the built-in list.</summary>
    public static DescriptorCleaner BuiltIn => Shared.Value;

    /// <summary>The built-in list and a site's: one word a line, letters and digits, empty lines and lines that begin with '#' not counted.</summary>
    /// <exception cref="FormatException">A line is not a word, or there are too many; the message names <paramref name="source"/> and the line.</exception>
    public static DescriptorCleaner With(IEnumerable<string> siteWords, string source)
    {
        var words = new HashSet<string>(BuiltIn.words, StringComparer.OrdinalIgnoreCase);
        var number = 0;
        foreach (var line in siteWords)
        {
            number++;
            var word = line.Trim();
            if (word.Length == 0 || word[0] == '#')
                continue;
            if (number > MaximumSiteWords || word.Length > MaximumWordLength || !word.EnumerateRunes().All(IsPartOfWord) || !word.EnumerateRunes().Any(Rune.IsLetter))
                throw new FormatException($"{source}, line {number}: expected one word of at most {MaximumWordLength} letters and digits, with a letter, and at most {MaximumSiteWords} lines.");
            words.Add(word);
        }

        return new DescriptorCleaner(words);
    }

    /// <summary>Whether a word may stay wherever it stands; a check that looks for what must not be left exempts such words.</summary>
    public bool Allows(string word) => words.Contains(word);

    /// <summary>What may stay of a text: at most as long, and empty when nothing may.</summary>
    public string Clean(string text)
    {
        if (text.Length > MaximumCharacters)
            return "";
        var tokens = Tokenize(text);
        KeepNumbersBesideWords(text, tokens);
        var result = new StringBuilder(text.Length);
        var last = -1;
        for (var at = 0; at < tokens.Count; at++)
        {
            if (!tokens[at].Stays)
                continue;
            if (last >= 0)
                result.Append(last == at - 1 ? Separator(text.AsSpan(tokens[last].End..tokens[at].Start)) : " ");
            result.Append(text.AsSpan(tokens[at].Start..tokens[at].End));
            last = at;
        }

        return result.ToString();
    }

    private static ReadOnlySpan<char> Separator(ReadOnlySpan<char> between) =>
        between.Length <= MaximumSeparatorLength && between.IndexOfAnyExcept(Separators) < 0 ? between : " ";

    private List<Token> Tokenize(string text)
    {
        var tokens = new List<Token>();
        var at = 0;
        while (at < text.Length)
        {
            var start = at;
            if (char.IsAsciiDigit(text[at]))
            {
                at = EndOfNumber(text, at);
                var unit = EndOfWord(text, at);
                tokens.Add(unit == at ? new Token(start, at, Kind.Number, false) : Attached(text, start, at, unit));
                at = tokens[^1].End;
                continue;
            }

            at = EndOfWord(text, at);
            if (at == start)
                at++;
            else
                tokens.Add(new Token(start, at, Kind.Word, IsAllowedWord(text.AsSpan(start..at))));
        }

        return tokens;
    }

    // Digits with letters right behind them: "3D", "5mm", "1.5T", or nothing known.
    private Token Attached(string text, int start, int endOfNumber, int end)
    {
        var isQuantity = DigitsBefore(text.AsSpan(endOfNumber..end)) is > 0 and var digits && IsSmall(text.AsSpan(start..endOfNumber), digits);
        return new Token(start, end, isQuantity ? Kind.Quantity : Kind.Word, isQuantity || IsAllowedWord(text.AsSpan(start..end)));
    }

    private static void KeepNumbersBesideWords(string text, List<Token> tokens)
    {
        for (var at = 0; at < tokens.Count; at++)
        {
            var token = tokens[at];
            if (token.Kind is not (Kind.Number or Kind.Quantity))
                continue;
            var before = at > 0 ? tokens[at - 1] : default;
            var after = at + 1 < tokens.Count ? tokens[at + 1] : default;
            if (before.Kind is Kind.Number or Kind.Quantity || after.Kind is Kind.Number or Kind.Quantity)
            {
                // Judged with its neighbour still in place, since that one is judged the same way.
                tokens[at] = token with { Stays = false };
                continue;
            }

            if (token.Kind == Kind.Quantity)
                continue;
            var digits = after.Stays && after.Start - token.End <= 1 ? DigitsBefore(text.AsSpan(after.Start..after.End)) : 0;
            tokens[at] = token with
            {
                Stays = (IsBeside(before, token) || IsBeside(token, after)) && IsSmall(text.AsSpan(token.Start..token.End), Math.Max(3, digits)),
            };
        }
    }

    private static bool IsBeside(Token left, Token right) =>
        (left.Kind == Kind.Word ? left.Stays : right.Kind == Kind.Word && right.Stays) && right.Start - left.End <= MaximumSeparatorLength;

    private bool IsAllowedWord(ReadOnlySpan<char> word)
    {
        if (word.Length > MaximumWordLength)
            return false;
        var lookup = words.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.Contains(word))
            return true;
        var stem = word.TrimEnd("0123456789");
        var digits = word.Length - stem.Length;
        if (digits == 0 || stem.Length == 0)
            return false;

        // A diffusion weighting is written b1000.
        return digits <= (stem is "b" or "B" ? 4 : 2) && lookup.Contains(stem);
    }

    // How many digits a number may have before what stands behind it; 0 when that is no unit.
    private static int DigitsBefore(ReadOnlySpan<char> unit) =>
        UnitsOfThousands.GetAlternateLookup<ReadOnlySpan<char>>().Contains(unit) ? 4
        : Units.GetAlternateLookup<ReadOnlySpan<char>>().Contains(unit) ? 3 : 0;

    // "0.625" and "120" are small; "007", "1234" and "12.3456" could number something.
    private static bool IsSmall(ReadOnlySpan<char> number, int digits)
    {
        var point = number.IndexOfAny('.', ',');
        var whole = point < 0 ? number : number[..point];
        var fraction = point < 0 ? [] : number[(point + 1)..];
        return whole.Length <= digits && fraction.Length <= 3 && (whole.Length == 1 || whole[0] != '0');
    }

    private static int EndOfNumber(string text, int at)
    {
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        if (at + 1 < text.Length && text[at] is '.' or ',' && char.IsAsciiDigit(text[at + 1]))
        {
            at++;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
                at++;
        }

        return at;
    }

    private static int EndOfWord(string text, int at)
    {
        while (at < text.Length)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            if (!IsPartOfWord(rune))
                break;
            at += length;
        }

        return at;
    }

    // Whatever is neither space, punctuation nor symbol belongs to the word around it, what nobody sees included: a word that only looks
    // like one of the list is none. Digits of other scripts make a word that no list has.
    private static bool IsPartOfWord(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Control
        or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
        or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation
        or UnicodeCategory.OtherPunctuation or UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol
        or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol);

    private enum Kind : byte
    {
        None,
        Word,
        Number,
        Quantity,
    }

    private readonly record struct Token(int Start, int End, Kind Kind, bool Stays);
}
