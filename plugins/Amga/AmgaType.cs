namespace Mdm.Plugins.Amga;

/// <summary>The six types.</summary>
internal enum AmgaKind
{
    /// <summary>64 bits, signed.</summary>
    Int,

    /// <summary>IEEE double.</summary>
    Float,

    /// <summary>Text of at most so many characters.</summary>
    Varchar,

    /// <summary>Microseconds since 1970-01-01, no time zone.</summary>
    Timestamp,

    /// <summary>Text.</summary>
    Text,

    /// <summary>A decimal number of up to 18 digits, in the store a whole number of its last digits.</summary>
    Numeric,
}

/// <summary>The type of an attribute.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Declared">As it was given, which is how clients want it back.</param>
/// <param name="Length">Most characters of a varchar; digits of a numeric; otherwise 0.</param>
/// <param name="Scale">Digits of a numeric after the point.</param>
internal sealed record AmgaType(AmgaKind Kind, string Declared, int Length = 0, int Scale = 0);
