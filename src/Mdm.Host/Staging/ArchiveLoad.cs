namespace Mdm.Host.Staging;

/// <summary>Whether an archive is asked.</summary>
internal enum CircuitStatus
{
    /// <summary>It answers, as far as is known.</summary>
    Open,

    /// <summary>It failed too often in a row and is left alone for a while.</summary>
    Closed,

    /// <summary>One may ask, to find out.</summary>
    OnTrial,
}

/// <summary>What an archive does now, and how it went lately.</summary>
internal sealed record ArchiveLoad(string Archive)
{
    /// <summary>Retrievals under way, of so many at most.</summary>
    public int Retrievals { get; init; }

    public int MaxRetrievals { get; init; }

    /// <summary>Objects in them.</summary>
    public int Objects { get; init; }

    /// <summary>Objects that wait for their turn.</summary>
    public int Queued { get; init; }

    public CircuitStatus Circuit { get; init; }

    /// <summary>Failures in a row.</summary>
    public int Failures { get; init; }

    /// <summary>How long it is still left alone.</summary>
    public TimeSpan ClosedFor { get; init; }

    /// <summary>What it failed with last, and when; null when it has not failed since the start.</summary>
    public string? LastFailure { get; init; }

    public DateTimeOffset? LastFailedAt { get; init; }

    public DateTimeOffset? LastDeliveredAt { get; init; }

    /// <summary>Objects and bytes delivered since the start.</summary>
    public long Delivered { get; init; }

    public long Bytes { get; init; }

    /// <summary>Seconds an object took, in the latest retrievals: the middle, and what nineteen of twenty keep; null before the first.</summary>
    public double? Median { get; init; }

    public double? NinetyFifth { get; init; }
}

/// <summary>A file that is kept for somebody.</summary>
/// <param name="File">Which.</param>
/// <param name="Size">Bytes on disk.</param>
/// <param name="Subject">For whom.</param>
/// <param name="Key">The holder's name for the pin: token and file of a request.</param>
/// <param name="Until">Until when.</param>
internal sealed record PinnedFile(FileId File, long Size, DistinguishedName Subject, string Key, DateTimeOffset Until);

/// <summary>A file in the pool.</summary>
internal readonly record struct PooledFile(FileId File, long Size, bool IsPinned);

/// <summary>Remembers how an archive's retrievals went. Not safe for concurrent use; its line's lock guards it.</summary>
internal sealed class ArchiveRecord
{
    /// <summary>Retrievals that are remembered.</summary>
    private const int Remembered = 128;

    private readonly Queue<double> _seconds = new(Remembered);
    private ArchiveLoad _totals = new(string.Empty);

    public void Note(RetrievalOutcome outcome, TimeSpan took, int objects, DateTimeOffset now)
    {
        if (outcome.Delivered > 0)
        {
            if (_seconds.Count == Remembered)
                _seconds.Dequeue();
            _seconds.Enqueue(took.TotalSeconds / objects);
            _totals = _totals with { Delivered = _totals.Delivered + outcome.Delivered, Bytes = _totals.Bytes + outcome.Bytes, LastDeliveredAt = now };
        }
        if (outcome.ArchiveFailed)
            _totals = _totals with { LastFailure = outcome.Failure, LastFailedAt = now };
    }

    public ArchiveLoad Load(string archive)
    {
        var sorted = _seconds.Order().ToArray();
        return sorted.Length == 0
            ? _totals with { Archive = archive }
            : _totals with { Archive = archive, Median = sorted[sorted.Length / 2], NinetyFifth = sorted[(int)Math.Ceiling(sorted.Length * 0.95) - 1] };
    }
}
