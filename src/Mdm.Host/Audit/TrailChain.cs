using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Mdm.Host.Audit;

/// <summary>
/// What makes an altered, removed or inserted line show: each ends with its number and a hash, under the trail's secret, over the hash before and the line itself. The first line of
/// a file says in <c>after</c> which hash it continues, so that each file can be checked without the earlier ones.
/// </summary>
internal static class TrailChain
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = 32;

    /// <summary>The hash before the first line of all.</summary>
    public static byte[] Beginning => new byte[Size];

    private static ReadOnlySpan<byte> Mark => ",\"chain\":\""u8;

    private static ReadOnlySpan<byte> NumberMark => ",\"n\":"u8;

    private static ReadOnlySpan<byte> AfterMark => ",\"after\":\""u8;

    /// <summary>Bytes from the chain's mark to the end of the line, the line feed not counted.</summary>
    private static int TailLength => Mark.Length + (Size * 2) + 2;

    /// <summary>Ends an open line.</summary>
    /// <param name="line">The line up to its last property; complete with line feed afterwards.</param>
    /// <param name="number">The line's number.</param>
    /// <param name="before">The hash of the line before.</param>
    /// <param name="isFirstOfFile">True when <c>after</c> is to be told.</param>
    /// <param name="key">The trail's.</param>
    /// <returns>The line's hash.</returns>
    public static byte[] Close(ArrayBufferWriter<byte> line, long number, byte[] before, bool isFirstOfFile, byte[] key)
    {
        line.Write(NumberMark);
        Utf8Formatter.TryFormat(number, line.GetSpan(20), out var digits);
        line.Advance(digits);
        if (isFirstOfFile)
        {
            line.Write(AfterMark);
            Hex(line, before);
            line.Write("\""u8);
        }
        var hash = Hash(key, before, line.WrittenSpan);
        line.Write(Mark);
        Hex(line, hash);
        line.Write("\"}\n"u8);
        return hash;
    }

    /// <summary>Takes a line apart: what is hashed, and the hash it bears; false when it does not end as a line of the trail does.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> hashed, out byte[] hash)
    {
        hashed = [];
        hash = new byte[Size];
        if (line.Length < TailLength || !line[^TailLength..].StartsWith(Mark) || !line.EndsWith("\"}"u8))
            return false;
        hashed = line[..^TailLength];
        return Convert.FromHexString(line.Slice(line.Length - TailLength + Mark.Length, Size * 2), hash, out _, out _) == OperationStatus.Done;
    }

    /// <summary>The hash that the first line of a file says it continues; null when it does not say.</summary>
    public static byte[]? AfterOf(ReadOnlySpan<byte> hashed)
    {
        var length = AfterMark.Length + (Size * 2) + 1;
        var after = new byte[Size];
        return hashed.Length > length && hashed[^length..].StartsWith(AfterMark)
            && Convert.FromHexString(hashed.Slice(hashed.Length - length + AfterMark.Length, Size * 2), after, out _, out _) == OperationStatus.Done ? after : null;
    }

    public static byte[] Hash(byte[] key, byte[] before, ReadOnlySpan<byte> hashed)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(before);
        hash.AppendData(hashed);
        return hash.GetHashAndReset();
    }

    private static void Hex(ArrayBufferWriter<byte> line, ReadOnlySpan<byte> bytes)
    {
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes), line.GetSpan(bytes.Length * 2));
        line.Advance(bytes.Length * 2);
    }
}
