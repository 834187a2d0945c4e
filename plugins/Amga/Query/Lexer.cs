using System.Text;

namespace Mdm.Plugins.Amga.Query;

internal enum TokenKind
{
    End,
    Name,
    Number,
    Text,
    Symbol,
}

/// <summary>A word of a query.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Position">Of its first character, from 1.</param>
/// <param name="Text">A name's, number's or symbol's characters; what stands between quotes.</param>
/// <param name="Directory">What stands before a name's colon.</param>
internal readonly record struct Token(TokenKind Kind, int Position, string Text, string? Directory = null)
{
    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    /// <summary>Keywords are names without a directory, in any case of letters.</summary>
    public bool IsWord(string keyword) => Kind == TokenKind.Name && Directory is null && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// Cuts a query into words. A slash or minus may belong to a path or be an operator: where a value is expected it begins or continues a path if a colon ends that path, and elsewhere it is an operator.
/// So <c>a-b</c> is a difference, <c>a-b:c</c> an attribute of the directory <c>a-b</c>, and <c>a - b:c</c> a difference again.
/// </summary>
internal static class Lexer
{
    /// <summary>After these a value is expected, as after an operator.</summary>
    private static readonly HashSet<string> WordsBeforeValues = new(StringComparer.OrdinalIgnoreCase) { "and", "or", "not", "in", "between", "like", "by", "distinct", "limit", "offset" };

    /// <exception cref="AmgaException"><see cref="AmgaError.QueryError"/>.</exception>
    public static List<Token> Cut(string text)
    {
        if (text.Length > QueryLimits.MaxTextLength)
            throw QueryLimits.Exceeded("characters", QueryLimits.MaxTextLength);
        var tokens = new List<Token>();
        var isValueExpected = true;
        for (var at = 0; ;)
        {
            while (at < text.Length && text[at] is ' ' or '\t' or '\r' or '\n')
                at++;
            if (at == text.Length)
            {
                tokens.Add(new Token(TokenKind.End, at + 1, string.Empty));
                return tokens;
            }
            // Each word becomes a node, save for a few that are punctuation.
            if (tokens.Count > 4 * QueryLimits.MaxNodes)
                throw QueryLimits.Exceeded("words", 4 * QueryLimits.MaxNodes);
            var token = Next(text, ref at, isValueExpected);
            tokens.Add(token);
            isValueExpected = token.Kind switch
            {
                TokenKind.Symbol => token.Text != ")",
                TokenKind.Name => token.Directory is null && WordsBeforeValues.Contains(token.Text),
                _ => false,
            };
        }
    }

    public static AmgaException Unexpected(int position, string expected) =>
        new(AmgaError.QueryError, FormattableString.Invariant($"The query is not understood at character {position}: {expected}."));

    private static Token Next(string text, ref int at, bool isValueExpected)
    {
        var c = text[at];
        if (c is '"' or '\'')
            return Quoted(text, ref at);
        if (char.IsAsciiDigit(c))
            return Number(text, ref at);
        if (IsNameStart(c) || (isValueExpected && c is '/' or '.'))
            return isValueExpected ? Reference(text, ref at) : Word(text, ref at);
        var start = at + 1;
        if (at + 1 < text.Length && text.AsSpan(at, 2) is "<=" or ">=" or "<>" or "!=")
        {
            at += 2;
            return new Token(TokenKind.Symbol, start, text.Substring(start - 1, 2));
        }
        if (!"=<>+-*/(),".Contains(c, StringComparison.Ordinal))
            throw Unexpected(start, "this character means nothing outside quotes");
        at++;
        return new Token(TokenKind.Symbol, start, c.ToString());
    }

    private static Token Quoted(string text, ref int at)
    {
        var (start, quote) = (at + 1, text[at]);
        var content = new StringBuilder();
        for (at++; ; at++)
        {
            if (at == text.Length)
                throw Unexpected(start, "the text that begins here has no closing quote");
            var c = text[at];
            if (c == quote)
                break;
            if (c == '\0')
                throw Unexpected(at + 1, "a text holds no NUL");
            // Of a backslash before anything else both stay: like gives it a meaning of its own.
            if (c == '\\' && at + 1 < text.Length && (text[at + 1] == quote || text[at + 1] == '\\'))
                c = text[++at];
            if (char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
            {
                content.Append(c);
                c = text[++at];
            }
            else if (char.IsSurrogate(c))
            {
                throw Unexpected(at + 1, "half a character");
            }
            content.Append(c);
        }
        at++;
        return new Token(TokenKind.Text, start, content.ToString());
    }

    private static Token Number(string text, ref int at)
    {
        var start = at;
        Digits(text, ref at);
        if (at + 1 < text.Length && text[at] == '.' && char.IsAsciiDigit(text[at + 1]))
        {
            at++;
            Digits(text, ref at);
        }
        if (at < text.Length && text[at] is 'e' or 'E')
        {
            var exponent = at + 1;
            if (exponent < text.Length && text[exponent] is '+' or '-')
                exponent++;
            if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
            {
                at = exponent;
                Digits(text, ref at);
            }
        }
        if (at < text.Length && (IsNamePart(text[at])))
            throw Unexpected(start + 1, "a number ends before a letter; a path that begins with a digit is written ./");
        return new Token(TokenKind.Number, start + 1, text[start..at]);
    }

    private static void Digits(string text, ref int at)
    {
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
    }

    private static Token Word(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && IsNamePart(text[at]))
            at++;
        return new Token(TokenKind.Name, start + 1, text[start..at]);
    }

    private static Token Reference(string text, ref int at)
    {
        var start = at;
        var end = at;
        while (end < text.Length && (IsNamePart(text[end]) || text[end] is '/' or '-'))
            end++;
        if (end == text.Length || text[end] != ':')
            return IsNameStart(text[start]) ? Word(text, ref at) : throw Unexpected(start + 1, "a path is followed by a colon and an attribute, as /dir:attr");
        at = end + 1;
        if (at == text.Length || !IsNameStart(text[at]))
            throw Unexpected(end + 2, "an attribute's name was expected after the colon");
        return Word(text, ref at) with { Position = start + 1, Directory = text[start..end] };
    }

    private static bool IsNameStart(char c) => char.IsLetter(c) || c == '_';

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c is '_' or '.';
}
