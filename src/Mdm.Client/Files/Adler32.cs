using System.Globalization;

namespace Mdm.Client.Files;

/// <summary>Adler-32 (RFC 1950 §8.2), computed as the bytes flow.</summary>
internal struct Adler32
{
    private const uint Modulus = 65521;

    // The most bytes for which the second sum cannot overflow 32 bits (RFC 1950 §9).
    private const int BlockLength = 5552;

    private uint _low;
    private uint _high;

    public Adler32()
    {
        _low = 1;
        _high = 0;
    }

    public readonly uint Value => (_high << 16) | _low;

    /// <summary>Eight hexadecimal digits, as SRM and Digest headers write it.</summary>
    public readonly override string ToString() => Value.ToString("x8", CultureInfo.InvariantCulture);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var (low, high) = (_low, _high);
        while (!bytes.IsEmpty)
        {
            var block = bytes[..Math.Min(bytes.Length, BlockLength)];
            bytes = bytes[block.Length..];
            foreach (var value in block)
            {
                low += value;
                high += low;
            }
            low %= Modulus;
            high %= Modulus;
        }
        (_low, _high) = (low, high);
    }
}
