using System.Globalization;
using System.Security.Cryptography;

namespace Mdm.Formats.Keystores;

/// <summary>The number of one attempt to register a key: a round, and random bits so that no two attempts have the same. The higher one counts. Printed as 32 hexadecimal digits.</summary>
public readonly record struct Ballot : IComparable<Ballot>
{
    private const int Digits = 32;
    private const int RoundShift = 64;

    private readonly UInt128 _value;

    private Ballot(UInt128 value) => _value = value;

    /// <summary>A ballot of the round after <paramref name="highest"/>.</summary>
    public static Ballot After(Ballot highest) =>
        new((((highest._value >> RoundShift) + 1) << RoundShift) | BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    /// <summary>Reads 32 hexadecimal digits; false when it is something else.</summary>
    public static bool TryParse(string? text, out Ballot ballot)
    {
        ballot = default;
        if (text?.Length != Digits || !UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            return false;
        ballot = new Ballot(value);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(Ballot other) => _value.CompareTo(other._value);

    /// <summary>32 lower-case hexadecimal digits; texts order as ballots do.</summary>
    public override string ToString() => _value.ToString("x32", CultureInfo.InvariantCulture);
}
