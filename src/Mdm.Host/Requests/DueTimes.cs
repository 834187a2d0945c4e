namespace Mdm.Host.Requests;

/// <summary>Wakes requests when something of theirs runs out: one timer for all of them, set for the next; each request has one place in it.</summary>
internal sealed class DueTimes : IDisposable
{
    // A timer takes 49 days at most; waking once a day costs nothing.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    private readonly TimeProvider _time;
    private readonly Action<OpenRequest> _due;
    private readonly SortedDictionary<(DateTimeOffset At, long Number), OpenRequest> _queue = [];
    private readonly Dictionary<OpenRequest, (DateTimeOffset At, long Number)> _places = [];
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private DateTimeOffset _wakesAt = DateTimeOffset.MaxValue;
    private long _lastNumber;

    public DueTimes(TimeProvider time, Action<OpenRequest> due)
    {
        (_time, _due) = (time, due);
        _timer = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Wakes the request at that time and at no other; never when null.</summary>
    public void Set(OpenRequest request, DateTimeOffset? at)
    {
        lock (_gate)
        {
            if (_places.Remove(request, out var place))
                _queue.Remove(place);
            if (at is not { } due)
                return;
            place = (due, ++_lastNumber);
            _queue.Add(place, request);
            _places.Add(request, place);
            Arm();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Wake()
    {
        lock (_gate)
        {
            _wakesAt = DateTimeOffset.MaxValue;
        }
        while (TakeDue() is { } request)
            _due(request);
    }

    private OpenRequest? TakeDue()
    {
        lock (_gate)
        {
            foreach (var (place, request) in _queue)
            {
                if (place.At > _time.GetUtcNow())
                    break;
                _queue.Remove(place);
                _places.Remove(request);
                return request;
            }
            Arm();
            return null;
        }
    }

    private void Arm()
    {
        if (_queue.Count == 0)
            return;
        var at = First().At;
        if (at >= _wakesAt)
            return;
        _wakesAt = at;
        var wait = at - _time.GetUtcNow() + TimeSpan.FromMilliseconds(1);
        _timer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestSleep ? LongestSleep : wait, Timeout.InfiniteTimeSpan);
    }

    private (DateTimeOffset At, long Number) First()
    {
        using var all = _queue.GetEnumerator();
        return all.MoveNext() ? all.Current.Key : (DateTimeOffset.MaxValue, 0);
    }
}
