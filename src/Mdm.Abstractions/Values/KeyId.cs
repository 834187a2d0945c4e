using System.Diagnostics.CodeAnalysis;

namespace Mdm.Abstractions;

/// <summary>
/// The identity of a content key: 16 bytes, printed as 32 lower-case hexadecimal digits. A sealed file carries it in its header, so that the file on its own
/// names its key; it betrays neither the file nor the key.
/// </summary>
public readonly record struct KeyId : IComparable<KeyId>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 16;

    private readonly UInt128 _value;

    /// <summary>Takes 16 bytes.</summary>
    /// <exception cref="ArgumentException">Not 16 bytes.</exception>
    public KeyId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"A key id has {Size} bytes.", nameof(bytes));
        _value = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private KeyId(UInt128 value) => _value = value;

    /// <summary>Parses 32 hexadecimal digits.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>.</exception>
    public static KeyId Parse(string text) => TryParse(text, out var id)
        ? id
        : throw new MdmException(MdmErrorKind.InvalidName, "A key id is 32 hexadecimal digits.");

    /// <summary>Parses 32 hexadecimal digits; false when it is something else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out KeyId id)
    {
        id = default;
        if (text?.Length != Size * 2 || !UInt128.TryParse(text, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var value))
            return false;
        id = new KeyId(value);
        return true;
    }

    /// <summary>The 16 bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, _value);
        return bytes;
    }

    /// <inheritdoc/>
    public int CompareTo(KeyId other) => _value.CompareTo(other._value);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => _value.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
