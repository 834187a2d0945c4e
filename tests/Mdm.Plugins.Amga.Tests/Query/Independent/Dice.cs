namespace Mdm.Plugins.Amga.Tests.Query.Independent;

/// <summary>SplitMix64: the same numbers from the same seed everywhere, so that what was found can be made again.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public int Below(int end)
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)(((z ^ (z >> 31)) >> 33) % (ulong)end);
    }

    public bool Chance(int @in) => Below(@in) == 0;

    public T Pick<T>(IReadOnlyList<T> among) => among[Below(among.Count)];
}
