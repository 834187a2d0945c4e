using System.Security.Cryptography;

namespace Mdm.Host.Staging;

/// <summary>Whether a file that could not be staged is tried again, and when. One a file.</summary>
internal sealed class RetryPlan(StagingOptions options, TimeProvider time)
{
    private readonly DateTimeOffset _roomUntil = time.GetUtcNow() + options.SpaceWait;
    private TimeSpan _next = options.Fetch.FirstPause;
    private DateTimeOffset? _giveUpAt;
    private bool _wasCorrupt;

    private bool _waitedForRoom;

    private TimeSpan RoomLeft => _roomUntil - time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>How long to wait for room in the pool: what is only read ahead does not.</summary>
    public TimeSpan WaitFor(StageJob job)
    {
        _waitedForRoom = job.IsWanted;
        return job.IsWanted ? RoomLeft : TimeSpan.Zero;
    }

    /// <summary>The pause before the next try; null when the failure stands.</summary>
    public TimeSpan? Pause(StageJob job, MdmException failure, bool isAnswering)
    {
        if (failure.InnerException is ShortageException { Needed: > 0 } shortage && job.IsWanted && RoomLeft > TimeSpan.Zero)
        {
            // It turned out larger than the room set aside. The next try waits in line for enough.
            job.Needed = Math.Max(shortage.Needed, job.Needed * 2);
            return TimeSpan.Zero;
        }
        if (ShortageException.Of(failure) is not null && !_waitedForRoom && job.IsWanted)
            return TimeSpan.Zero;
        if (failure.Kind == MdmErrorKind.Corrupt && !_wasCorrupt)
        {
            // An association that broke at the wrong moment looks the same as a damaged object: the second answer decides.
            _wasCorrupt = true;
            return TimeSpan.Zero;
        }
        if (!failure.IsTransient || !isAnswering)
            return null;
        var now = time.GetUtcNow();
        _giveUpAt ??= now + options.Fetch.GiveUp;
        var pause = failure.RetryAfter > _next ? failure.RetryAfter.Value : _next + Jitter(_next);
        _next = _next * 2 < options.Fetch.LongestPause ? _next * 2 : options.Fetch.LongestPause;
        return now + pause < _giveUpAt ? pause : null;
    }

    /// <summary>Up to a quarter more, so that a thousand files do not come back at once.</summary>
    private static TimeSpan Jitter(TimeSpan pause) => pause * (RandomNumberGenerator.GetInt32(250) / 1000.0);
}
