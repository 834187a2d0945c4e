namespace Mdm.EndToEnd.Tests;

/// <summary>The same choices for the same seed (Marsaglia's xorshift), so that a run can be repeated. Safe for concurrent use.</summary>
internal sealed class Chances(uint seed)
{
    private readonly Lock _gate = new();
    private uint _state = seed == 0 ? 1 : seed;

    /// <summary>From 0 to below <paramref name="end"/>.</summary>
    public int Below(int end)
    {
        lock (_gate)
        {
            _state ^= _state << 13;
            _state ^= _state >> 17;
            _state ^= _state << 5;
            return (int)(_state % (uint)end);
        }
    }
}
