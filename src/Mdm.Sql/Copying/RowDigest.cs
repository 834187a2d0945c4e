using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Mdm.Sql;

/// <summary>A sum over rows that does not depend on their order: equal for equal rows, whichever kind of store gives them.</summary>
internal sealed class RowDigest
{
    private readonly ArrayBufferWriter<byte> _row = new();
    private UInt128 _high;
    private UInt128 _low;

    public long Count { get; private set; }

    /// <summary>Counts one row, its values in the order of their columns' names.</summary>
    public void Add(ReadOnlySpan<object?> values)
    {
        _row.ResetWrittenCount();
        foreach (var value in values)
            Write(value);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_row.WrittenSpan, hash);
        unchecked
        {
            _high += BinaryPrimitives.ReadUInt128BigEndian(hash);
            _low += BinaryPrimitives.ReadUInt128BigEndian(hash[16..]);
        }
        Count++;
    }

    public bool IsSame(RowDigest other) => Count == other.Count && _high == other._high && _low == other._low;

    private void Write(object? value)
    {
        switch (value)
        {
            case null:
                _row.Write("n"u8);
                break;
            case long number:
                Fixed('i', number);
                break;
            case double number:
                Fixed('d', BitConverter.DoubleToInt64Bits(number));
                break;
            case string text:
                Sized('s', Encoding.UTF8.GetBytes(text));
                break;
            case byte[] bytes:
                Sized('b', bytes);
                break;
            default:
                throw new SqlStoreException(SqlTrouble.Constraint, $"A store holds a value of the type {value.GetType().Name}, which none of its columns has.");
        }
    }

    private void Fixed(char kind, long number)
    {
        Span<byte> bytes = stackalloc byte[9];
        bytes[0] = (byte)kind;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], number);
        _row.Write(bytes);
    }

    private void Sized(char kind, byte[] bytes)
    {
        Fixed(kind, bytes.Length);
        _row.Write(bytes);
    }
}
