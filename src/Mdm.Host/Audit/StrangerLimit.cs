namespace Mdm.Host.Audit;

/// <summary>Keeps those whom nobody knows from filling the trail: so many lines a second, the rest is counted and told with the next line.</summary>
internal sealed class StrangerLimit(TimeProvider time)
{
    public const int LinesPerSecond = 20;

    private readonly Lock _gate = new();
    private long _second;
    private int _lines;
    private long _unwritten;

    /// <summary>True when a line may be written; it then tells how many before it were not.</summary>
    public bool MayWrite(out long unwritten)
    {
        var second = time.GetUtcNow().ToUnixTimeSeconds();
        lock (_gate)
        {
            unwritten = 0;
            if (second != _second)
                (_second, _lines) = (second, 0);
            if (_lines >= LinesPerSecond)
            {
                _unwritten++;
                return false;
            }
            _lines++;
            (unwritten, _unwritten) = (_unwritten, 0);
            return true;
        }
    }
}
