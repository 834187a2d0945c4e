namespace Mdm.Cli.Lfc;

/// <summary>Modes as <c>chmod</c> reads them: <c>750</c>, <c>u=rwx,g+r,o-w</c>.</summary>
internal static class ModeText
{
    private const int LongestOctal = 4;
    private const int AllBits = 0b111_111_111;

    /// <summary>What the mode makes of nine bits; null when the text is no mode.</summary>
    public static Func<int, int>? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (char.IsAsciiDigit(text[0]))
            return Octal(text) is { } mode ? _ => mode : null;
        var changes = new List<(int Whom, char How, int Rights)>();
        foreach (var clause in text.Split(','))
        {
            var at = clause.IndexOfAny(['+', '-', '=']);
            if (at < 0)
                return null;
            var whom = 0;
            foreach (var letter in clause.AsSpan(0, at))
            {
                if ((whom |= Bits(letter)) < 0)
                    return null;
            }
            // As chmod has it where no umask is: nobody named is everybody.
            if (Rights(clause.AsSpan(at + 1)) is not { } rights)
                return null;
            changes.Add((at == 0 ? AllBits : whom, clause[at], rights));
        }
        return mode => changes.Aggregate(mode, (bits, change) => change.How switch
        {
            '+' => bits | (change.Whom & change.Rights),
            '-' => bits & ~(change.Whom & change.Rights),
            _ => (bits & ~change.Whom) | (change.Whom & change.Rights),
        });
    }

    // Set-id and sticky bits mean nothing here: 0750 is a mode, 2750 is none.
    private static int? Octal(string text)
    {
        if (text.Length > LongestOctal || text.Any(c => c is < '0' or > '7') || (text.Length == LongestOctal && text[0] != '0'))
            return null;
        return text.Aggregate(0, (mode, digit) => (mode << 3) | (digit - '0'));
    }

    private static int Bits(char letter) => letter switch
    {
        'u' => 0b111_000_000,
        'g' => 0b000_111_000,
        'o' => 0b000_000_111,
        'a' => AllBits,
        _ => int.MinValue,
    };

    private static int? Rights(ReadOnlySpan<char> letters)
    {
        var rights = 0;
        foreach (var letter in letters)
        {
            var one = letter switch { 'r' => 4, 'w' => 2, 'x' => 1, _ => 0 };
            if (one == 0)
                return null;
            rights |= one;
        }
        return (rights << 6) | (rights << 3) | rights;
    }
}
