namespace Mdm.Sql;

/// <summary>How long is left of the wait for a server that went away, and when it is asked next.</summary>
internal sealed class Patience(TimeSpan whole)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly long _began = TimeProvider.System.GetTimestamp();
    private TimeSpan _next = FirstPause;

    /// <summary>The pause before the next attempt; null when there is to be none.</summary>
    public TimeSpan? Next()
    {
        if (TimeProvider.System.GetElapsedTime(_began) >= whole)
            return null;
        var pause = _next;
        _next = pause + pause < LongestPause ? pause + pause : LongestPause;
        return pause;
    }
}
