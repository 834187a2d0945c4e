using Mdm.Abstractions;

namespace Mdm.Dicom.Archives;

/// <summary>What the archive is about to be asked for.</summary>
internal enum ArchiveUse
{
    Probe,
    Harvest,
    Retrieval,
}

/// <summary>
/// The archive's owner decides when and how often it is asked: a stop file, hours, a rate. Everything passes here first.
/// Safe for concurrent use.
/// </summary>
internal sealed class ArchiveGate(HoursOptions? hours, double maxRequestsPerSecond, string? stopFile, TimeProvider time)
{
    private readonly HourWindow[] _harvest = Windows(hours?.Harvest);
    private readonly HourWindow[] _retrieval = Windows(hours?.Retrieval);
    private readonly Lock _lock = new();
    private long _nextTurn;

    /// <summary>Returns when the archive may be asked.</summary>
    /// <exception cref="MdmException">Unavailable: stopped, or outside of the hours.</exception>
    public async ValueTask PassAsync(ArchiveUse use, CancellationToken cancellationToken)
    {
        ThrowIfClosed(use);
        var wait = Turn();
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken);
            ThrowIfClosed(use);
        }
    }

    private void ThrowIfClosed(ArchiveUse use)
    {
        if (stopFile is not null && File.Exists(stopFile))
            throw new MdmException(MdmErrorKind.Unavailable, "The archive's administrator has stopped all requests to it (StopFile).");
        var windows = use switch
        {
            ArchiveUse.Harvest => _harvest,
            ArchiveUse.Retrieval => _retrieval,
            _ => [],
        };
        if (windows.Length == 0)
            return;
        var now = TimeOnly.FromTimeSpan(time.GetLocalNow().TimeOfDay);
        if (windows.Any(window => window.Contains(now)))
            return;
        var opens = windows.Min(window => window.From - now);
        throw new MdmException(MdmErrorKind.Unavailable, $"The archive may be asked for this only at certain hours (Hours:{use}).") { RetryAfter = opens };
    }

    private TimeSpan Turn()
    {
        if (maxRequestsPerSecond <= 0)
            return TimeSpan.Zero;
        var step = (long)(time.TimestampFrequency / maxRequestsPerSecond);
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var turn = Math.Max(now, _nextTurn);
            _nextTurn = turn + step;
            return time.GetElapsedTime(now, turn);
        }
    }

    private static HourWindow[] Windows(List<string>? texts) =>
        [.. (texts ?? []).Select(text => HourWindow.TryParse(text, out var window) ? window : throw new MdmException(MdmErrorKind.InvalidName, "A time window reads 20:00-06:00."))];
}
