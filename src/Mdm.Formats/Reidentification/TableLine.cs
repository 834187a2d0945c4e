namespace Mdm.Formats.Reidentification;

/// <summary>
/// A line of a re-identification table: a keyed mark, which tells whoever has the project's secret that the identity is there already and nobody anything else, a
/// space, and the <see cref="SealedIdentity"/> in base 64. Lines that begin with '#' are comments.
/// </summary>
/// <param name="Mark">32 hexadecimal digits.</param>
/// <param name="SealedBytes">The identity, sealed.</param>
public sealed record TableLine(string Mark, byte[] SealedBytes)
{
    /// <summary>Characters of a mark.</summary>
    public const int MarkLength = 32;

    /// <summary>Characters of the longest line: an identity sealed to some hundred recipients.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>Reads a line; null for what is none, such as the last one where writing it was cut off.</summary>
    public static TableLine? Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (line.Length is <= MarkLength or > MaxLength || line[MarkLength] != ' ' || !line.AsSpan(0, MarkLength).ContainsOnlyHex())
            return null;
        var bytes = new byte[line.Length];
        return Convert.TryFromBase64String(line[(MarkLength + 1)..], bytes, out var count) && count > 0
            ? new TableLine(line[..MarkLength], bytes[..count])
            : null;
    }

    /// <summary>The line, without its end.</summary>
    public override string ToString() => $"{Mark} {Convert.ToBase64String(SealedBytes)}";
}

internal static class HexText
{
    public static bool ContainsOnlyHex(this ReadOnlySpan<char> text)
    {
        foreach (var letter in text)
        {
            if (!char.IsAsciiHexDigitLower(letter))
                return false;
        }

        return true;
    }
}
