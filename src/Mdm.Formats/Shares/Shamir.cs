using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Mdm.Formats.Shares;

/// <summary>
/// Shamir's scheme (CACM 22(11), 1979) byte by byte over GF(2^8) with the polynomial 0x11d, the secret at x = 0: the field and layout of libgfshare, whose
/// <c>gfcombine</c> joins these shares. All coefficients are uniform, the leading one too: without that, k-1 shares would exclude one value of each byte.
/// </summary>
/// <remarks>
/// Secrets meet shifts, masks and exclusive-or only: no table is indexed and no branch taken by them. The places x are public, and so are the interpolation's weights.
/// </remarks>
public static class Shamir
{
    /// <summary>Longest secret in bytes.</summary>
    public const int MaxSecretLength = 1024;

    /// <summary>Most shares: the field's elements but 0.</summary>
    public const int MaxShares = 255;

    /// <summary>Splits a secret; any <paramref name="threshold"/> of the shares give it back, fewer tell nothing.</summary>
    /// <param name="secret">1 to <see cref="MaxSecretLength"/> bytes.</param>
    /// <param name="threshold">1 to the number of places.</param>
    /// <param name="places">Where the polynomials are evaluated: different, none of them 0.</param>
    /// <returns>One share per place, as long as the secret; the caller zeroes them.</returns>
    /// <exception cref="ArgumentException">Lengths or places that are none.</exception>
    public static byte[][] Split(ReadOnlySpan<byte> secret, int threshold, ReadOnlySpan<byte> places)
    {
        CheckLength(secret.Length);
        CheckPlaces(places);
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, places.Length);
        var random = new byte[(threshold - 1) * secret.Length];
        try
        {
            RandomNumberGenerator.Fill(random);
            var shares = new byte[places.Length][];
            for (var i = 0; i < places.Length; i++)
            {
                var share = shares[i] = new byte[secret.Length];
                // Horner's rule, the highest coefficient first.
                for (var c = threshold - 2; c >= 0; c--)
                {
                    Xor(share, random.AsSpan(c * secret.Length, secret.Length));
                    Scale(share, places[i]);
                }
                Xor(share, secret);
            }
            return shares;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(random);
        }
    }

    /// <summary>The polynomials' values at <paramref name="at"/>: the secret at 0, another share elsewhere.</summary>
    /// <param name="places">As many as the threshold: different, none of them 0.</param>
    /// <param name="shares">The share at each place, all of one length.</param>
    /// <param name="at">Where to evaluate.</param>
    /// <param name="result">As long as a share.</param>
    /// <exception cref="ArgumentException">Lengths or places that do not fit.</exception>
    public static void Interpolate(ReadOnlySpan<byte> places, ReadOnlySpan<byte[]> shares, byte at, Span<byte> result)
    {
        CheckLength(result.Length);
        CheckPlaces(places);
        if (places.Length != shares.Length)
            throw new ArgumentException("There is one share per place.", nameof(shares));
        result.Clear();
        Span<byte> term = stackalloc byte[MaxSecretLength];
        term = term[..result.Length];
        for (var i = 0; i < places.Length; i++)
        {
            if (shares[i].Length != result.Length)
                throw new ArgumentException("Shares of one secret have one length.", nameof(shares));
            shares[i].CopyTo(term);
            Scale(term, Weight(places, i, at));
            Xor(result, term);
        }
        CryptographicOperations.ZeroMemory(term);
    }

    // Lagrange: the product of (at - xj) / (xi - xj). Subtraction is exclusive-or.
    private static byte Weight(ReadOnlySpan<byte> places, int i, byte at)
    {
        byte weight = 1;
        for (var j = 0; j < places.Length; j++)
        {
            if (j != i)
                weight = Multiply(weight, Multiply((byte)(at ^ places[j]), Inverse((byte)(places[i] ^ places[j]))));
        }
        return weight;
    }

    // a^254: the multiplicative group has 255 elements.
    private static byte Inverse(byte a)
    {
        byte result = 1, power = a;
        for (var bit = 1; bit < 8; bit++)
        {
            power = Multiply(power, power);
            result = Multiply(result, power);
        }
        return result;
    }

    private static byte Multiply(byte a, byte b)
    {
        Span<byte> one = [a];
        Scale(one, b);
        return one[0];
    }

    /// <summary>Multiplies each byte by a public factor, eight at a time.</summary>
    private static void Scale(Span<byte> bytes, byte factor)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, Scale(BinaryPrimitives.ReadUInt64LittleEndian(bytes), factor));
            bytes = bytes[sizeof(ulong)..];
        }
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)Scale(bytes[i], factor);
    }

    private static ulong Scale(ulong lanes, byte factor)
    {
        const ulong low = 0x7F7F7F7F7F7F7F7F, ones = 0x0101010101010101, polynomial = 0x1D;
        ulong product = 0;
        for (var bit = 7; bit >= 0; bit--)
        {
            // Each lane times x: what leaves at the top comes back as the polynomial.
            product = ((product & low) << 1) ^ (((product >> 7) & ones) * polynomial);
            if ((factor >> bit & 1) != 0)
                product ^= lanes;
        }
        return product;
    }

    private static void Xor(Span<byte> bytes, ReadOnlySpan<byte> others)
    {
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] ^= others[i];
    }

    private static void CheckLength(int length)
    {
        if (length is < 1 or > MaxSecretLength)
            throw new ArgumentException($"A secret has 1 to {MaxSecretLength} bytes.");
    }

    private static void CheckPlaces(ReadOnlySpan<byte> places)
    {
        if (places.Length is 0 or > MaxShares || places.Contains((byte)0))
            throw new ArgumentException("Places are 1 to 255, at least one.");
        for (var i = 1; i < places.Length; i++)
        {
            if (places[..i].Contains(places[i]))
                throw new ArgumentException("No place stands twice.");
        }
    }
}
