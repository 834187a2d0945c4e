namespace Mdm.Host.Staging;

/// <summary>
/// Remembers whether an archive answers. After a few failures in a row it is closed: callers are told at once, until one try after a while gets through. Not safe for
/// concurrent use; its line's lock guards it.
/// </summary>
internal sealed class Circuit(FetchOptions options, TimeProvider time)
{
    /// <summary>An archive that stays away is asked at least so often.</summary>
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromMinutes(2);

    private DateTimeOffset? _closedUntil;
    private TimeSpan _period = options.ClosedFor;

    public int Failures { get; private set; }

    /// <summary>Nobody may ask now.</summary>
    public bool IsClosed => _closedUntil is { } until && time.GetUtcNow() < until;

    /// <summary>One may ask, to find out.</summary>
    public bool IsOnTrial => _closedUntil is { } until && time.GetUtcNow() >= until;

    /// <summary>How long nobody may ask; zero when open.</summary>
    public TimeSpan Remaining => _closedUntil is { } until && until - time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>Returns the period when this failure closed it; null when it did not.</summary>
    public TimeSpan? Failed()
    {
        Failures++;
        if (_closedUntil is null && Failures < options.FailuresUntilClosed)
            return null;
        if (IsClosed)
            return null;
        if (_closedUntil is not null)
            _period = _period * 2 < LongestPeriod ? _period * 2 : LongestPeriod;
        _closedUntil = time.GetUtcNow() + _period;
        return _period;
    }

    /// <summary>True when it was closed or on trial and is open from now on.</summary>
    public bool Succeeded()
    {
        var reopened = _closedUntil is not null;
        (_closedUntil, Failures, _period) = (null, 0, options.ClosedFor);
        return reopened;
    }
}
