using System.Buffers.Binary;
using System.Security.Cryptography;
using Mdm.Abstractions;

namespace Mdm.Formats.Shares;

/// <summary>
/// Splits what people hold, a key typed in hexadecimal digits or a password, into shares that are written down, and joins them again. The check is part of what is split: whoever has fewer shares
/// than it takes can test no guess, and wrong or too few shares are told from right ones.
/// </summary>
/// <remarks>
/// <code>
/// split     = check (8) | length L of the secret (2, big-endian) | secret (L) | zeroes to a multiple of 16
/// check     = the first 8 bytes of SHA-256("mdm-secret-v1" | length | secret | zeroes)
/// share i   = the polynomials of <see cref="Shamir"/> over these bytes, evaluated at x = i
/// </code>
/// The length of a share tells that of the secret to sixteen bytes only.
/// </remarks>
public static class SecretSplitter
{
    /// <summary>Longest secret in bytes.</summary>
    public const int MaxLength = Shamir.MaxSecretLength - HeaderLength - Block;

    /// <summary>Most shares.</summary>
    public const int MaxShares = Shamir.MaxShares;

    private const int CheckLength = 8;
    private const int HeaderLength = CheckLength + sizeof(ushort);
    private const int Block = 16;

    /// <summary>Splits a secret. Any <paramref name="threshold"/> of the shares give it back, fewer tell nothing.</summary>
    /// <param name="secret">1 to <see cref="MaxLength"/> bytes.</param>
    /// <param name="threshold">1 to <paramref name="count"/>.</param>
    /// <param name="count">1 to <see cref="MaxShares"/>.</param>
    /// <returns>The shares of the places 1 to <paramref name="count"/>; the caller zeroes them.</returns>
    /// <exception cref="ArgumentException">Numbers out of range.</exception>
    public static byte[][] Split(ReadOnlySpan<byte> secret, int threshold, int count)
    {
        ArgumentOutOfRangeException.ThrowIfZero(secret.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(secret.Length, MaxLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxShares);
        var framed = new byte[(HeaderLength + secret.Length + Block - 1) / Block * Block];
        try
        {
            BinaryPrimitives.WriteUInt16BigEndian(framed.AsSpan(CheckLength), (ushort)secret.Length);
            secret.CopyTo(framed.AsSpan(HeaderLength));
            Check(framed).CopyTo(framed, 0);
            var places = new byte[count];
            for (var i = 0; i < count; i++)
                places[i] = (byte)(i + 1);
            return Shamir.Split(framed, threshold, places);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(framed);
        }
    }

    /// <summary>Joins shares.</summary>
    /// <param name="shares">Place by place from 1; null where a share is missing.</param>
    /// <returns>The secret, which the caller zeroes.</returns>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: they are too few, not in their order, altered, or not of one secret.</exception>
    public static byte[] Join(IReadOnlyList<byte[]?> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        var (places, values) = (new List<byte>(), new List<byte[]>());
        for (var i = 0; i < shares.Count && i < MaxShares; i++)
        {
            if (shares[i] is not { } share)
                continue;
            places.Add((byte)(i + 1));
            values.Add(share);
        }
        if (values.Count == 0 || shares.Count > MaxShares || values[0].Length is 0 or > Shamir.MaxSecretLength || values[0].Length % Block != 0 || values.Exists(value => value.Length != values[0].Length))
            throw Refused();
        var framed = new byte[values[0].Length];
        try
        {
            Shamir.Interpolate([.. places], [.. values], 0, framed);
            var length = BinaryPrimitives.ReadUInt16BigEndian(framed.AsSpan(CheckLength));
            if (!CryptographicOperations.FixedTimeEquals(framed.AsSpan(0, CheckLength), Check(framed)) || length > framed.Length - HeaderLength)
                throw Refused();
            return framed.AsSpan(HeaderLength, length).ToArray();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(framed);
        }
    }

    private static byte[] Check(ReadOnlySpan<byte> framed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("mdm-secret-v1"u8);
        hash.AppendData(framed[CheckLength..]);
        return hash.GetHashAndReset()[..CheckLength];
    }

    private static MdmException Refused() =>
        new(MdmErrorKind.Corrupt, "These shares give nothing: they are too few, not in their order, altered, or not of one secret. A share that is missing is written as NULL in its place.");
}
