using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Check;

/// <summary>
/// Finds any of many byte sequences in bytes, ASCII letters in either case. One pass: a filter over the first four bytes turns away nearly every place, the next six
/// say which sequences may stand there. Immutable.
/// </summary>
internal sealed class RawSearch
{
    /// <summary>Bytes of the shortest sequence: shorter ones stand in any binary data by chance.</summary>
    public const int MinLength = 6;

    private const int FilterBits = 16;
    private const uint CaseBits = 0x2020_2020;

    private readonly ulong[] _filter = new ulong[(1 << FilterBits) / 64];
    private readonly Dictionary<ulong, List<(byte[] Bytes, Tag Tag)>> _byPrefix = [];

    public RawSearch(IEnumerable<(byte[] Bytes, Tag Tag)> sequences)
    {
        foreach (var (bytes, tag) in sequences)
        {
            if (bytes.Length < MinLength)
                continue;
            LongestLength = Math.Max(LongestLength, bytes.Length);
            var slot = Slot(BitConverter.ToUInt32(bytes));
            _filter[slot >> 6] |= 1UL << (slot & 63);
            var prefix = Prefix(bytes);
            if (!_byPrefix.TryGetValue(prefix, out var list))
                _byPrefix[prefix] = list = [];
            list.Add((bytes, tag));
        }
    }

    /// <summary>Bytes of the longest sequence.</summary>
    public int LongestLength { get; }

    /// <summary>The attribute whose value stands in <paramref name="data"/>; null when none does.</summary>
    public Tag? Find(ReadOnlySpan<byte> data)
    {
        if (_byPrefix.Count == 0)
            return null;
        for (var i = 0; i + MinLength <= data.Length; i++)
        {
            var slot = Slot(BitConverter.ToUInt32(data[i..]));
            if ((_filter[slot >> 6] & (1UL << (slot & 63))) == 0)
                continue;
            if (!_byPrefix.TryGetValue(Prefix(data[i..]), out var candidates))
                continue;
            foreach (var (bytes, tag) in candidates)
            {
                if (IsAt(data[i..], bytes))
                    return tag;
            }
        }

        return null;
    }

    private static bool IsAt(ReadOnlySpan<byte> data, byte[] bytes)
    {
        if (data.Length < bytes.Length)
            return false;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (data[i] != bytes[i] && !(((data[i] ^ bytes[i]) == 0x20) && char.IsAsciiLetter((char)bytes[i])))
                return false;
        }

        return true;
    }

    private static int Slot(uint four) => (int)(((four | CaseBits) * 0x9E37_79B1) >> (32 - FilterBits));

    private static ulong Prefix(ReadOnlySpan<byte> bytes) =>
        ((ulong)(BitConverter.ToUInt16(bytes[4..]) | 0x2020) << 32) | BitConverter.ToUInt32(bytes) | CaseBits;
}
