namespace Mdm.Cli.Lfc;

/// <summary>Modes as <c>chmod</c> reads them (POSIX.1-2017, chmod): <c>750</c>, <c>u=rwx,g+r-w,o=,a+X</c>. Set-id and sticky bits mean nothing in a grid's name space and are left out.</summary>
internal sealed class ModeText
{
    private const int MaxLength = 64;
    private const int AllBits = 0b111_111_111;
    private const int AllBitsAndSetIds = 0b111_111_111_111;

    private readonly Func<int, bool, int> _change;

    private ModeText(Func<int, bool, int> change, bool hasLost) => (_change, HasLost) = (change, hasLost);

    /// <summary>True when it speaks of bits that mean nothing here.</summary>
    public bool HasLost { get; }

    /// <summary>Reads a mode; null when the text is none.</summary>
    public static ModeText? Parse(string? text) =>
        string.IsNullOrEmpty(text) || text.Length > MaxLength ? null : char.IsAsciiDigit(text[0]) ? Octal(text) : Symbolic(text);

    /// <summary>What it makes of nine bits.</summary>
    /// <param name="mode">As they are.</param>
    /// <param name="isDirectory">X is x of directories, and of what somebody may execute already.</param>
    public int Of(int mode, bool isDirectory) => _change(mode, isDirectory);

    private static ModeText? Octal(string text)
    {
        var mode = 0;
        foreach (var digit in text)
        {
            if (digit is < '0' or > '7' || (mode = (mode << 3) | (digit - '0')) > AllBitsAndSetIds)
                return null;
        }
        return new ModeText((_, _) => mode & AllBits, mode > AllBits);
    }

    private static ModeText? Symbolic(string text)
    {
        var (actions, hasLost) = (new List<Action>(), false);
        foreach (var clause in text.Split(','))
        {
            var at = clause.IndexOfAny(['+', '-', '=']);
            if (at < 0)
                return null;
            var whom = 0;
            foreach (var letter in clause.AsSpan(0, at))
            {
                if (Bits(letter) is not { } bits)
                    return null;
                whom |= bits;
            }
            // As chmod has it where no umask is: nobody named is everybody.
            if (at == 0)
                whom = AllBits;
            while (at < clause.Length)
            {
                var end = clause.AsSpan(at + 1).IndexOfAny('+', '-', '=') is >= 0 and var next ? at + 1 + next : clause.Length;
                var what = clause[(at + 1)..end];
                if (!what.All(letter => letter is 'r' or 'w' or 'x' or 'X' or 's' or 't') && what is not ("u" or "g" or "o"))
                    return null;
                hasLost |= what.Contains('s') || what.Contains('t');
                actions.Add(new Action(whom, clause[at], what));
                at = end;
            }
        }
        return new ModeText((mode, isDirectory) => actions.Aggregate(mode, (bits, action) => action.On(bits, isDirectory)), hasLost);
    }

    private static int? Bits(char letter) => letter switch
    {
        'u' => 0b111_000_000,
        'g' => 0b000_111_000,
        'o' => 0b000_000_111,
        'a' => AllBits,
        _ => null,
    };

    /// <summary>One change: to whom, how, and which rights (letters, or a class whose rights they are).</summary>
    private sealed record Action(int Whom, char How, string What)
    {
        public int On(int mode, bool isDirectory)
        {
            var one = What switch
            {
                "u" => (mode >> 6) & 7,
                "g" => (mode >> 3) & 7,
                "o" => mode & 7,
                _ => What.Aggregate(0, (rights, letter) => rights | letter switch
                {
                    'r' => 4,
                    'w' => 2,
                    'x' => 1,
                    'X' when isDirectory || (mode & 0b001_001_001) != 0 => 1,
                    _ => 0,
                }),
            };
            var rights = Whom & ((one << 6) | (one << 3) | one);
            return How switch
            {
                '+' => mode | rights,
                '-' => mode & ~rights,
                _ => (mode & ~Whom) | rights,
            };
        }
    }
}
