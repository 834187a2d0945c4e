using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mdm.Host.Staging;

/// <summary>The Adler-32 checksum of RFC 1950 section 8.2, incremental; the checksum that grid clients compare.</summary>
internal struct Adler32
{
    /// <summary>Largest prime below 2^16.</summary>
    private const uint Modulus = 65521;

    /// <summary>Bytes of a vector step.</summary>
    private const int Step = 32;

    /// <summary>Sixteen steps are the most whose sums of sums fit 16 bits: 255 * (0 + 1 + … + 15) = 30,600.</summary>
    private const int Block = 16 * Step;

    /// <summary>Bytes between two reductions; both sums stay far below 2^64.</summary>
    private const int Stretch = 128 * Block;

    private uint _a;
    private uint _b;

    private Adler32(uint a, uint b) => (_a, _b) = (a, b);

    /// <summary>The checksum of no bytes.</summary>
    public static Adler32 Empty => new(1, 0);

    /// <summary>The checksum of all bytes so far.</summary>
    public readonly uint Value => (_b << 16) | _a;

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var sum = Empty;
        sum.Append(bytes);
        return sum.Value;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var stretch = bytes[..Math.Min(bytes.Length, Stretch)];
            bytes = bytes[stretch.Length..];
            ulong a = _a, b = _b;
            if (Vector256.IsHardwareAccelerated || Vector128.IsHardwareAccelerated)
            {
                while (stretch.Length >= Block)
                {
                    AppendBlock(stretch, ref a, ref b);
                    stretch = stretch[Block..];
                }
            }
            foreach (var value in stretch)
            {
                a += value;
                b += a;
            }
            _a = (uint)(a % Modulus);
            _b = (uint)(b % Modulus);
        }
    }

    /// <summary>
    /// Adds a block: byte l of step k counts Block - (Step * k + l) times into b. With the sum of each column over the steps, and the sum of those sums before each
    /// step, that is Step * (sums of sums) + (Step - l) * (column), with no multiplication inside the loop.
    /// </summary>
    private static void AppendBlock(ReadOnlySpan<byte> block, ref ulong a, ref ulong b)
    {
        Vector256<ushort> low = default, high = default, lowBefore = default, highBefore = default;
        ref var at = ref MemoryMarshal.GetReference(block);
        for (nuint offset = 0; offset < Block; offset += Step)
        {
            var (first, second) = Vector256.Widen(Vector256.LoadUnsafe(ref at, offset));
            lowBefore += low;
            highBefore += high;
            low += first;
            high += second;
        }
        var weights = Vector256.Create((ushort)32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17);
        b += (Block * a) + (Step * (Sum(lowBefore) + Sum(highBefore))) + Weighted(low, weights) + Weighted(high, weights - Vector256.Create((ushort)16));
        a += Sum(low) + Sum(high);
    }

    private static ulong Sum(Vector256<ushort> values)
    {
        var (first, second) = Vector256.Widen(values);
        return Vector256.Sum(first + second);
    }

    private static ulong Weighted(Vector256<ushort> values, Vector256<ushort> weights)
    {
        var (first, second) = Vector256.Widen(values);
        var (firstWeights, secondWeights) = Vector256.Widen(weights);
        return Vector256.Sum((first * firstWeights) + (second * secondWeights));
    }
}
