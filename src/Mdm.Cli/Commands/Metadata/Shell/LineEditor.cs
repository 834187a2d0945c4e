namespace Mdm.Cli.Commands.Metadata.Shell;

/// <summary>Keys and screen of a terminal.</summary>
internal interface IKeyboard
{
    /// <summary>The next key; null at the end of input.</summary>
    ConsoleKeyInfo? Read();

    /// <summary>Writes at once.</summary>
    void Write(string text);
}

/// <summary>Reads lines from a terminal with the usual keys: arrows, Home, End, Ctrl-A/E/K/U/W, history, and Tab for completion.</summary>
/// <param name="keyboard">The terminal.</param>
/// <param name="complete">The words that the last one, as far as it is typed, may become.</param>
internal sealed class LineEditor(IKeyboard keyboard, Func<string, Task<IReadOnlyList<string>>> complete)
{
    /// <summary>Lines remembered.</summary>
    public const int MaxHistory = 1000;

    private readonly List<string> _history = [];
    private string _prompt = string.Empty;
    private string _line = string.Empty;
    private int _cursor;
    private int _drawn;

    /// <summary>A line; null at the end of input (Ctrl-D on an empty line).</summary>
    public async Task<string?> ReadAsync(string prompt)
    {
        (_prompt, _line, _cursor, _drawn) = (prompt, string.Empty, 0, 0);
        var (place, edited) = (_history.Count, string.Empty);
        Draw();
        while (keyboard.Read() is { } key)
        {
            var isControl = key.Modifiers.HasFlag(ConsoleModifiers.Control);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    keyboard.Write("\n");
                    Remember(_line);
                    return _line;
                case ConsoleKey.D when isControl && _line.Length == 0:
                    keyboard.Write("\n");
                    return null;
                case ConsoleKey.C when isControl:
                    keyboard.Write("^C\n");
                    (_line, _cursor, _drawn) = (string.Empty, 0, 0);
                    break;
                case ConsoleKey.UpArrow or ConsoleKey.DownArrow:
                    var next = Math.Clamp(place + (key.Key == ConsoleKey.UpArrow ? -1 : 1), 0, _history.Count);
                    if (place == _history.Count)
                        edited = _line;
                    place = next;
                    _line = next == _history.Count ? edited : _history[next];
                    _cursor = _line.Length;
                    break;
                case ConsoleKey.Tab:
                    await CompleteAsync();
                    break;
                default:
                    Edit(key, isControl);
                    break;
            }
            Draw();
        }
        return null;
    }

    private void Edit(ConsoleKeyInfo key, bool isControl)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow:
                _cursor = Math.Max(0, _cursor - 1);
                break;
            case ConsoleKey.RightArrow:
                _cursor = Math.Min(_line.Length, _cursor + 1);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when isControl:
                _cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when isControl:
                _cursor = _line.Length;
                break;
            case ConsoleKey.Backspace when _cursor > 0:
                _line = _line.Remove(--_cursor, 1);
                break;
            case ConsoleKey.Delete when _cursor < _line.Length:
                _line = _line.Remove(_cursor, 1);
                break;
            case ConsoleKey.K when isControl:
                _line = _line[.._cursor];
                break;
            case ConsoleKey.U when isControl:
                (_line, _cursor) = (_line[_cursor..], 0);
                break;
            case ConsoleKey.W when isControl:
                var start = _line[.._cursor].TrimEnd().LastIndexOf(' ') + 1;
                (_line, _cursor) = (_line.Remove(start, _cursor - start), start);
                break;
            default:
                if (!char.IsControl(key.KeyChar))
                    _line = _line.Insert(_cursor++, key.KeyChar.ToString());
                break;
        }
    }

    private async Task CompleteAsync()
    {
        var typed = _line[.._cursor];
        var choices = await complete(typed);
        if (choices.Count == 0)
            return;
        var word = typed[(typed.LastIndexOfAny([' ', '\'']) + 1)..];
        var common = choices.Aggregate((a, b) => a[..a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count()]);
        if (common.Length > word.Length)
        {
            var added = common[word.Length..] + (choices.Count == 1 && !common.EndsWith('/') && !common.EndsWith(':') ? " " : string.Empty);
            _line = _line.Insert(_cursor, added);
            _cursor += added.Length;
        }
        else if (choices.Count > 1)
        {
            keyboard.Write($"\n{string.Join("  ", choices)}\n");
            _drawn = 0;
        }
    }

    private void Remember(string line)
    {
        if (line.Trim().Length == 0 || (_history.Count > 0 && _history[^1] == line))
            return;
        if (_history.Count == MaxHistory)
            _history.RemoveAt(0);
        _history.Add(line);
    }

    /// <summary>Draws the line anew: back to its beginning, over what was there, and the cursor to its place.</summary>
    private void Draw()
    {
        var text = _prompt + _line;
        var blank = Math.Max(0, _drawn - text.Length);
        var back = blank + _line.Length - _cursor;
        keyboard.Write($"\r{text}{new string(' ', blank)}{(back > 0 ? $"\u001b[{back}D" : string.Empty)}");
        _drawn = text.Length;
    }
}
