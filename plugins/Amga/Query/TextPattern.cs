using System.Collections.Immutable;
using System.Text;

namespace Mdm.Plugins.Amga.Query;

/// <summary>
/// A pattern over whole texts, of <c>like</c> (<c>%</c>, <c>_</c>, escaped by <c>\</c>) or of entry names (<c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!a-z]</c>), in the words of both stores. Always case-sensitive:
/// SQLite's own LIKE is not, so it gets GLOB.
/// </summary>
internal sealed class TextPattern
{
    private readonly ImmutableArray<Part> _parts;

    private TextPattern(ImmutableArray<Part> parts) => _parts = parts;

    /// <summary>What every match begins with.</summary>
    public string Prefix => string.Concat(_parts.TakeWhile(static part => part.Kind == PartKind.Literal).Select(static part => part.Text));

    /// <summary>True when only one text matches, the prefix.</summary>
    public bool IsLiteral => _parts.All(static part => part.Kind == PartKind.Literal);

    /// <summary>True when all texts match.</summary>
    public bool IsAnything => !_parts.IsEmpty && _parts.All(static part => part.Kind == PartKind.Run);

    /// <summary>True when it has sets of characters, which LIKE has not.</summary>
    public bool HasSets => _parts.Any(static part => part.Kind == PartKind.Set);

    private enum PartKind
    {
        Literal,
        One,
        Run,
        Set,
    }

    /// <summary>A pattern of <c>like</c>.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="position">Where it stands in the query, for the message.</param>
    /// <exception cref="AmgaException"><see cref="AmgaError.QueryError"/>.</exception>
    public static TextPattern OfLike(string text, int position)
    {
        Check(text);
        var parts = ImmutableArray.CreateBuilder<Part>();
        var runes = text.EnumerateRunes().ToArray();
        for (var i = 0; i < runes.Length; i++)
        {
            var isEscaped = runes[i].Value == '\\';
            if (isEscaped && ++i == runes.Length)
                throw Lexer.Unexpected(position, "a pattern does not end in a single backslash, which escapes the next character");
            parts.Add(runes[i].Value switch
            {
                '%' when !isEscaped => new Part(PartKind.Run, string.Empty),
                '_' when !isEscaped => new Part(PartKind.One, string.Empty),
                _ => Literal(runes[i]),
            });
        }
        return new TextPattern(parts.ToImmutable());
    }

    /// <summary>A pattern of entry names.</summary>
    /// <exception cref="AmgaException"><see cref="AmgaError.QueryError"/>.</exception>
    public static TextPattern OfNames(string text)
    {
        if (AmgaValue.Characters(text) < 0)
            throw new AmgaException(AmgaError.QueryError, "A pattern of names holds no NUL and no half characters.");
        Check(text);
        var parts = ImmutableArray.CreateBuilder<Part>();
        var runes = text.EnumerateRunes().ToArray();
        for (var i = 0; i < runes.Length; i++)
        {
            parts.Add(runes[i].Value switch
            {
                '*' => new Part(PartKind.Run, string.Empty),
                '?' => new Part(PartKind.One, string.Empty),
                '[' => Set(runes, ref i),
                _ => Literal(runes[i]),
            });
        }
        return new TextPattern(parts.ToImmutable());
    }

    /// <summary>For SQLite's GLOB.</summary>
    public string Glob() => Write(static part => part.Kind switch
    {
        PartKind.Run => "*",
        PartKind.One => "?",
        PartKind.Set => part.Text,
        _ => part.Text is "*" or "?" or "[" ? $"[{part.Text}]" : part.Text,
    });

    /// <summary>For PostgreSQL's LIKE with <c>\</c> as its escape.</summary>
    public string Like() => Write(static part => part.Kind switch
    {
        PartKind.Run => "%",
        PartKind.One => "_",
        _ => part.Text is "%" or "_" or "\\" ? "\\" + part.Text : part.Text,
    });

    /// <summary>For PostgreSQL's regular expressions.</summary>
    public string Regex() => "^" + Write(static part => part.Kind switch
    {
        PartKind.Run => ".*",
        PartKind.One => ".",
        PartKind.Set => part.Text,
        _ => part.Text.Length == 1 && char.IsAscii(part.Text[0]) && !char.IsAsciiLetterOrDigit(part.Text[0]) ? "\\" + part.Text : part.Text,
    }) + "$";

    /// <summary>The first text, by bytes of UTF-8, that is after all that begin with <paramref name="prefix"/>; null where there is none.</summary>
    public static string? After(string prefix)
    {
        var runes = prefix.EnumerateRunes().ToList();
        while (runes.Count > 0)
        {
            // U+D800 to U+DFFF are no characters.
            var next = runes[^1].Value == 0xD7FF ? 0xE000 : runes[^1].Value + 1;
            if (Rune.IsValid(next))
            {
                runes[^1] = new Rune(next);
                return string.Concat(runes.Select(static rune => rune.ToString()));
            }
            runes.RemoveAt(runes.Count - 1);
        }
        return null;
    }

    private static void Check(string text)
    {
        if (text.Length > QueryLimits.MaxPatternLength)
            throw QueryLimits.Exceeded("characters in a pattern", QueryLimits.MaxPatternLength);
    }

    private string Write(Func<Part, string> write) => string.Concat(_parts.Select(write));

    private static Part Literal(Rune rune) => new(PartKind.Literal, rune.ToString());

    // Letters, digits, underscore and point, with ranges of them: what names are made of, and what both stores write in the same way.
    private static Part Set(Rune[] runes, ref int at)
    {
        var set = new StringBuilder("[");
        var start = ++at;
        if (at < runes.Length && runes[at].Value is '!' or '^')
        {
            set.Append('^');
            start = ++at;
        }
        for (; at < runes.Length && (runes[at].Value != ']' || at == start); at++)
        {
            var c = runes[at].Value;
            if (c == '-' && at > start && at + 1 < runes.Length && runes[at + 1].Value != ']')
            {
                var (low, high) = (runes[at - 1].Value, runes[++at].Value);
                if (!IsMember(high) || low > high || Class(low) != Class(high))
                    throw Refused();
                set.Append('-').Append((char)high);
                if (at + 1 < runes.Length && runes[at + 1].Value == '-')
                    throw Refused();
            }
            else if (IsMember(c))
            {
                set.Append((char)c);
            }
            else
            {
                throw Refused();
            }
        }
        return at < runes.Length && at > start ? new Part(PartKind.Set, set.Append(']').ToString()) : throw Refused();
    }

    private static bool IsMember(int c) => c is '_' or '.' || (c < 128 && char.IsAsciiLetterOrDigit((char)c));

    private static int Class(int c) => char.IsAsciiDigit((char)c) ? 1 : char.IsAsciiLetterLower((char)c) ? 2 : char.IsAsciiLetterUpper((char)c) ? 3 : -c;

    private static AmgaException Refused() =>
        new(AmgaError.QueryError, "A set of characters in a pattern of names is closed by ], and holds letters, digits, underscores, points and ranges such as a-f.");

    private readonly record struct Part(PartKind Kind, string Text);
}
