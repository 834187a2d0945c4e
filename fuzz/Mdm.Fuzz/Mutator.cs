using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Mdm.Fuzz;

/// <summary>Makes an input out of seeds: a few changes at once, among them those that respect lengths and nesting.</summary>
internal sealed class Mutator(FuzzTarget target, IReadOnlyList<byte[]> seeds)
{
    private const int MaxChanges = 5;
    private const int MaxRepetitions = 400;

    private static readonly uint[] Lengths = [0, 1, 2, 3, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xB2D0_5E00, 0xFFFF_FFFE, 0xFFFF_FFFF];
    private static readonly string[] Numbers = ["0", "-1", "1", "255", "65536", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "99999999999999999999999999", "0x10", "1e308", "00000000000000000001"];

    public byte[] Make(Xorshift random)
    {
        var input = random.Pick(seeds);
        // Some inputs stay as they are: a parser that refuses everything must not look sound.
        if (random.Chance(16))
            return input;
        if (target.Shape == InputShape.Der && !random.Chance(3) && DerTree.Read(input) is { } tree)
        {
            for (var changes = 1 + random.Below(3); changes > 0; changes--)
                tree.Mutate(random);
            input = tree.ToArray();
            if (!random.Chance(4))
                return Limited(input);
        }
        for (var changes = random.Chance(2) ? 1 : 1 + random.Below(MaxChanges); changes > 0; changes--)
            input = Limited(Change(random, input));
        return input;
    }

    private byte[] Limited(byte[] input) => input.Length <= target.MaxLength ? input : input[..target.MaxLength];

    private byte[] Change(Xorshift random, byte[] input)
    {
        var at = random.Below(input.Length + 1);
        switch (random.Below(target.Shape == InputShape.Text ? 12 : 10))
        {
            case 0:
                return Replace(input, at, 1, [(byte)(At(input, at) ^ (1 << random.Below(8)))]);
            case 1:
                return Replace(input, at, 1, [random.Byte()]);
            case 2:
                return Replace(input, at, 0, random.Bytes(1 + random.Below(16)));
            case 3:
                return Replace(input, at, 1 + random.Below(Math.Max(1, input.Length / 4)), []);
            case 4:
                return input[..at];
            case 5:
                return Splice(random, input, at);
            case 6 when target.Tokens.Count > 0:
                return Replace(input, at, random.Chance(2) ? 0 : 4, random.Pick(target.Tokens));
            case 7:
                return Repeat(random, input, at);
            case 8 or 9 when target.Shape != InputShape.Text:
                return Replace(input, at, random.Chance(2) ? 4 : 2, Length(random, input.Length - at));
            case 10:
                return Number(random, input);
            default:
                var length = Math.Min(1 + random.Below(64), input.Length - at);
                return Replace(input, random.Below(input.Length + 1), length, input.AsSpan(at, length).ToArray());
        }
    }

    private static byte At(byte[] input, int at) => at < input.Length ? input[at] : (byte)0;

    private static byte[] Replace(byte[] input, int at, int count, byte[] by)
    {
        var end = Math.Min(at + count, input.Length);
        var result = new byte[at + by.Length + input.Length - end];
        input.AsSpan(0, at).CopyTo(result);
        by.CopyTo(result, at);
        input.AsSpan(end).CopyTo(result.AsSpan(at + by.Length));
        return result;
    }

    private byte[] Splice(Xorshift random, byte[] input, int at)
    {
        var other = random.Pick(seeds);
        var from = random.Below(other.Length + 1);
        return [.. input.AsSpan(0, at), .. other.AsSpan(from)];
    }

    /// <summary>The same piece many times over: what nests once nests too deep.</summary>
    private byte[] Repeat(Xorshift random, byte[] input, int at)
    {
        byte[] piece = target.Tokens.Count > 0 && random.Chance(2)
            ? random.Pick(target.Tokens)
            : input.AsSpan(at, Math.Min(1 + random.Below(48), input.Length - at)).ToArray();
        var times = Math.Min(random.Below(MaxRepetitions), (target.MaxLength - input.Length) / Math.Max(1, piece.Length));
        var many = new byte[Math.Max(0, times) * piece.Length];
        for (var i = 0; i < many.Length; i += piece.Length)
            piece.CopyTo(many, i);
        return Replace(input, at, 0, many);
    }

    private static byte[] Length(Xorshift random, int remaining)
    {
        var value = random.Chance(2) ? random.Pick(Lengths) : (uint)Math.Max(0, remaining - 4 + random.Below(9));
        var bytes = new byte[random.Chance(2) ? 4 : 2];
        switch (bytes.Length, random.Chance(2))
        {
            case (4, true):
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
                break;
            case (4, false):
                BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
                break;
            case (_, true):
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
                break;
            default:
                BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
                break;
        }
        return bytes;
    }

    private static byte[] Number(Xorshift random, byte[] input)
    {
        var start = random.Below(input.Length + 1);
        while (start < input.Length && !char.IsAsciiDigit((char)input[start]))
            start++;
        var end = start;
        while (end < input.Length && char.IsAsciiDigit((char)input[end]))
            end++;
        var number = random.Chance(3) ? random.Below(int.MaxValue).ToString(CultureInfo.InvariantCulture) : random.Pick(Numbers);
        return Replace(input, start, end - start, Encoding.ASCII.GetBytes(number));
    }
}
