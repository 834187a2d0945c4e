namespace Mdm.Host.Staging;

/// <summary>Attempts in line, one lane a caller, taken in turns; what is only read ahead comes when nobody waits. Not safe for concurrent use.</summary>
internal sealed class FairQueue
{
    private readonly Dictionary<DistinguishedName, Queue<FetchAttempt>> _lanes = [];
    private readonly Queue<DistinguishedName> _turns = new();
    private readonly Queue<FetchAttempt> _ahead = new();

    public bool HasWanted => _turns.Count > 0;

    public bool HasAhead => _ahead.Count > 0;

    public int Count => _lanes.Values.Sum(lane => lane.Count) + _ahead.Count;

    public void Add(FetchAttempt attempt)
    {
        if (!attempt.Job.IsWanted)
        {
            _ahead.Enqueue(attempt);
            return;
        }
        if (!_lanes.TryGetValue(attempt.Job.Subject, out var lane))
        {
            _lanes[attempt.Job.Subject] = lane = new Queue<FetchAttempt>();
            _turns.Enqueue(attempt.Job.Subject);
        }
        lane.Enqueue(attempt);
    }

    /// <summary>Takes up to so many wanted ones, one of each caller in turn; callers that <paramref name="passOver"/> names keep waiting.</summary>
    public List<FetchAttempt> TakeWanted(int most, Func<DistinguishedName, bool> passOver)
    {
        var taken = new List<FetchAttempt>();
        for (var passed = 0; taken.Count < most && _turns.Count > passed;)
        {
            var caller = _turns.Dequeue();
            if (passOver(caller))
            {
                _turns.Enqueue(caller);
                passed++;
                continue;
            }
            var lane = _lanes[caller];
            Take(lane, 1, taken);
            if (lane.Count > 0)
                _turns.Enqueue(caller);
            else
                _lanes.Remove(caller);
        }
        return taken;
    }

    public List<FetchAttempt> TakeAhead(int most)
    {
        var taken = new List<FetchAttempt>();
        Take(_ahead, most, taken);
        return taken;
    }

    /// <summary>Everything, when the archive is given up for now.</summary>
    public List<FetchAttempt> TakeAll()
    {
        var all = TakeWanted(int.MaxValue, static _ => false);
        Take(_ahead, int.MaxValue, all);
        return all;
    }

    /// <summary>A promoted attempt stands in two queues and an abandoned one still in its own; both are passed over here.</summary>
    private static void Take(Queue<FetchAttempt> from, int most, List<FetchAttempt> into)
    {
        for (var taken = 0; taken < most && from.TryDequeue(out var attempt);)
        {
            if (attempt.IsTaken)
                continue;
            attempt.IsTaken = true;
            into.Add(attempt);
            taken++;
        }
    }
}
