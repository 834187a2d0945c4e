using System.Buffers;
using System.Text;

namespace Mdm.Cli.Medical;

/// <summary>
/// The assignments of a shell's script, read and not executed: <c>NAME=VALUE</c>, several in a line or behind <c>;</c>, with and without <c>export</c>, <c>declare</c> and their kin. Values have quotes,
/// escapes, and variables of the file and of the environment as <c>$NAME</c>, <c>${NAME}</c> and <c>${NAME:-default}</c>. Whatever else a script may have is passed over, and what it would do is not known.
/// </summary>
internal sealed class ShellAssignments
{
    // Defaults within defaults.
    private const int MaxDepth = 16;

    private static readonly string[] Declaring = ["export", "declare", "typeset", "readonly"];
    private static readonly SearchValues<char> NameLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private readonly string _text;
    private readonly Func<string, string?> _environment;

    // Null: it was given a value that takes a shell.
    private readonly Dictionary<string, (string? Value, int Line)> _values = new(StringComparer.Ordinal);
    private readonly List<(string Text, int Line)> _others = [];

    /// <param name="text">The script.</param>
    /// <param name="environment">Variables that the script does not set.</param>
    public ShellAssignments(string text, Func<string, string?> environment)
    {
        (_text, _environment) = (text.Replace("\r\n", "\n", StringComparison.Ordinal), environment);
        var (at, line) = (0, 1);
        while (at < _text.Length)
            Take(Words(ref at, ref line));
    }

    /// <summary>What a variable is at the end; null when it is not set, or takes a shell.</summary>
    public string? ValueOf(string name) => _values.TryGetValue(name, out var assigned) ? assigned.Value : null;

    /// <summary>The line that says what a variable is in a way that takes a shell; null where none does.</summary>
    public int? LineInWay(string name) => _values.TryGetValue(name, out var assigned) && assigned.Value is null ? assigned.Line
        : _others.Find(other => Mentions(other.Text, name)) is { Text: not null } other ? other.Line : null;

    private void Take(List<(string Text, int Line)> words)
    {
        var first = words.Count > 0 && Declaring.Contains(words[0].Text) ? 1 : 0;
        // Options of declare; a name alone stands for what it is already.
        if (words.Skip(first).All(word => Assignment(word.Text) is not null || (first == 1 && (word.Text is ['-' or '+', ..] || word.Text.AsSpan().IndexOfAnyExcept(NameLetters) < 0))))
        {
            foreach (var (text, line) in words.Skip(first))
            {
                if (Assignment(text) is var (name, value))
                    _values[name] = (Expand(value, 0), line);
            }
            return;
        }
        // A command, or what a shell takes for one.
        _others.Add((string.Join(' ', words.Select(word => word.Text)), words[0].Line));
    }

    private static (string Name, string Value)? Assignment(string word)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && !char.IsAsciiDigit(word[0]) && word.AsSpan(0, equals).IndexOfAnyExcept(NameLetters) < 0 ? (word[..equals], word[(equals + 1)..]) : null;
    }

    private static bool Mentions(string text, string name)
    {
        for (var at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            var end = at + name.Length;
            if ((at == 0 || !NameLetters.Contains(text[at - 1])) && (end == text.Length || !NameLetters.Contains(text[end])))
                return true;
        }
        return false;
    }

    // The words of one command as they are written, up to ; or the end of its line.
    private List<(string Text, int Line)> Words(ref int at, ref int line)
    {
        var words = new List<(string, int)>();
        while (at < _text.Length)
        {
            var letter = _text[at];
            if (letter is ';' or '\n')
            {
                at++;
                line += letter == '\n' ? 1 : 0;
                break;
            }
            if (letter == '#')
            {
                while (at < _text.Length && _text[at] != '\n')
                    at++;
            }
            else if (letter == '\\' && at + 1 < _text.Length && _text[at + 1] == '\n')
            {
                (at, line) = (at + 2, line + 1);
            }
            else if (char.IsWhiteSpace(letter))
            {
                at++;
            }
            else
            {
                var start = at;
                at = EndOfWord(_text, at);
                words.Add((_text[start..at], line));
                line += _text.AsSpan(start, at - start).Count('\n');
            }
        }
        return words;
    }

    private static int EndOfWord(string text, int at)
    {
        while (at < text.Length && text[at] is not ';' && !char.IsWhiteSpace(text[at]))
            at = After(text, at);
        return at;
    }

    // Behind one letter, or behind what it opens.
    private static int After(string text, int at) => text[at] switch
    {
        '\\' => Math.Min(at + 2, text.Length),
        '\'' => Behind(text, at + 1, '\'', hasNested: false),
        '"' => Behind(text, at + 1, '"', hasNested: true),
        '`' => Behind(text, at + 1, '`', hasNested: false),
        '$' when at + 1 < text.Length && text[at + 1] == '(' => Behind(text, at + 2, ')', hasNested: true),
        '$' when at + 1 < text.Length && text[at + 1] == '{' => Behind(text, at + 2, '}', hasNested: true),
        _ => at + 1,
    };

    // A stack of what is open instead of calls within calls: a script may nest as deep as it is long.
    private static int Behind(string text, int at, char closing, bool hasNested)
    {
        var open = new Stack<char>([closing]);
        while (at < text.Length)
        {
            var (letter, expected) = (text[at], open.Peek());
            if (letter == '\\' && expected != '\'')
            {
                at += 2;
                continue;
            }
            at++;
            if (letter == expected)
            {
                open.Pop();
                if (open.Count == 0)
                    return at;
            }
            else if (!hasNested || expected is '\'' or '`')
            {
                continue;
            }
            else if (letter == '$' && at < text.Length && text[at] is '(' or '{')
            {
                open.Push(text[at] == '(' ? ')' : '}');
                at++;
            }
            else if (letter is '`' or '"' || (letter == '\'' && expected != '"'))
            {
                open.Push(letter);
            }
            else if (letter == '(' && expected == ')')
            {
                open.Push(')');
            }
        }
        return text.Length;
    }

    // One word of a shell; null when it takes one.
    private string? Expand(string text, int depth)
    {
        if (text is ['~', ..])
            return null;
        var (value, quote) = (new StringBuilder(), '\0');
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (quote == '\'')
            {
                if (letter == '\'')
                    quote = '\0';
                else
                    value.Append(letter);
            }
            else if (letter == '"')
            {
                quote = quote == '"' ? '\0' : '"';
            }
            else if (letter == '\'' && quote == '\0')
            {
                quote = '\'';
            }
            else if (letter == '\\' && i + 1 < text.Length)
            {
                i++;
                // Within double quotes it escapes what would mean something there, and nothing else; before the end of a line it goes with it.
                if (quote == '"' && text[i] is not ('$' or '`' or '"' or '\\' or '\n'))
                    value.Append('\\');
                if (text[i] != '\n')
                    value.Append(text[i]);
            }
            else if (letter == '$')
            {
                if (Variable(text, ref i, depth) is not { } known)
                    return null;
                value.Append(known);
            }
            else if (letter == '`' || (quote == '\0' && letter is '(' or ')' or '|' or '&' or '<' or '>' or '*' or '?'))
            {
                return null;
            }
            else
            {
                value.Append(letter);
            }
        }
        return quote == '\0' ? value.ToString() : null;
    }

    // $NAME, ${NAME}, ${NAME:-default}; leaves the place at its last letter.
    private string? Variable(string text, ref int at, int depth)
    {
        var isBraced = at + 1 < text.Length && text[at + 1] == '{';
        var start = at + (isBraced ? 2 : 1);
        var end = start;
        while (end < text.Length && NameLetters.Contains(text[end]))
            end++;
        if (end == start || char.IsAsciiDigit(text[start]))
            return null;
        var name = text[start..end];
        if (!isBraced)
        {
            at = end - 1;
            return Known(name);
        }
        var close = Behind(text, start, '}', hasNested: true) - 1;
        if (text[close] != '}')
            return null;
        at = close;
        if (end == close)
            return Known(name);
        if (!text.AsSpan(end).StartsWith(":-") || depth == MaxDepth)
            return null;
        return _values.TryGetValue(name, out var assigned) && assigned.Value is null ? null
            : Known(name) is { Length: > 0 } known ? known : Expand(text[(end + 2)..close], depth + 1);
    }

    private string? Known(string name) => _values.TryGetValue(name, out var assigned) ? assigned.Value : _environment(name);
}
