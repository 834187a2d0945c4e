namespace Mdm.Fuzz;

/// <summary>xorshift64*: the same numbers from the same seed on every machine and runtime, so that a finding can be made again. Not for secrets.</summary>
internal sealed class Xorshift
{
    private ulong _state;

    public Xorshift(ulong seed)
    {
        // SplitMix64 first: neighbouring seeds must not give neighbouring streams, and the state must not be zero.
        seed += 0x9E3779B97F4A7C15;
        seed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9;
        seed = (seed ^ (seed >> 27)) * 0x94D049BB133111EB;
        _state = (seed ^ (seed >> 31)) | 1;
    }

    public ulong Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return _state * 0x2545F4914F6CDD1D;
    }

    /// <summary>From 0 to below <paramref name="end"/>, which is at least 1.</summary>
    public int Below(int end) => (int)((Next() >> 32) * (ulong)end >> 32);

    public byte Byte() => (byte)(Next() >> 56);

    /// <summary>True once in <paramref name="in"/> times.</summary>
    public bool Chance(int @in) => Below(@in) == 0;

    public T Pick<T>(IReadOnlyList<T> among) => among[Below(among.Count)];

    public byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = Byte();
        return bytes;
    }
}
