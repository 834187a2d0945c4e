using System.Diagnostics.CodeAnalysis;

namespace Mdm.Abstractions;

/// <summary>
/// The identity of a catalogue entry: 16 bytes, printed as 32 lower-case hexadecimal digits. For published files a keyed hash of publication and object:
/// publishing twice gives the same id, and the id betrays nothing. Stays the same when the entry is moved.
/// </summary>
public readonly record struct FileId : IComparable<FileId>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 16;

    private readonly UInt128 _value;

    /// <summary>Takes 16 bytes.</summary>
    /// <exception cref="ArgumentException">Not 16 bytes.</exception>
    public FileId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"A file id has {Size} bytes.", nameof(bytes));
        _value = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private FileId(UInt128 value) => _value = value;

    /// <summary>Parses 32 hexadecimal digits.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>.</exception>
    public static FileId Parse(string text) => TryParse(text, out var id)
        ? id
        : throw new MdmException(MdmErrorKind.InvalidName, "A file id is 32 hexadecimal digits.");

    /// <summary>Parses 32 hexadecimal digits; false when it is something else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out FileId id)
    {
        id = default;
        if (text?.Length != Size * 2 || !UInt128.TryParse(text, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var value))
            return false;
        id = new FileId(value);
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
    public int CompareTo(FileId other) => _value.CompareTo(other._value);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => _value.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
