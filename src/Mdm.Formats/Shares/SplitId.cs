using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Mdm.Formats.Shares;

/// <summary>Which split of a key: 16 random bytes. Shares of two splits never join, even of one key and one generation. Printed as 32 hexadecimal digits.</summary>
public readonly record struct SplitId : IComparable<SplitId>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 16;

    private readonly UInt128 _value;

    /// <summary>Takes 16 bytes.</summary>
    public SplitId(ReadOnlySpan<byte> bytes) => _value = BinaryPrimitives.ReadUInt128BigEndian(bytes);

    private SplitId(UInt128 value) => _value = value;

    /// <summary>A new one.</summary>
    public static SplitId Create()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return new SplitId(bytes);
    }

    /// <summary>Reads 32 hexadecimal digits; false when it is something else.</summary>
    public static bool TryParse(string? text, out SplitId split)
    {
        split = default;
        if (text?.Length != Size * 2 || !UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            return false;
        split = new SplitId(value);
        return true;
    }

    /// <summary>The 16 bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _value);
        return bytes;
    }

    /// <inheritdoc/>
    public int CompareTo(SplitId other) => _value.CompareTo(other._value);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => _value.ToString("x32", CultureInfo.InvariantCulture);
}
