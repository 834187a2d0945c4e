namespace Mdm.Host.Publication;

/// <summary>The counts of a run while it runs: one writer, any number of readers.</summary>
internal sealed class RunCounts(string publication, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long _begun = time.GetTimestamp();
    private PublicationProgress _now = new() { Publication = publication, StartedAt = time.GetUtcNow() };
    private TimeSpan? _took;

    public void Add(Func<PublicationProgress, PublicationProgress> change)
    {
        lock (_gate)
            _now = change(_now);
    }

    /// <summary>Why the metadata is behind; null while it is not.</summary>
    public MdmException? MetadataFailure { get; private set; }

    /// <summary>The metadata could not be told.</summary>
    public void MetadataFailed(MdmException failure) => MetadataFailure = failure;

    public void End(RunOutcome outcome, string? reason)
    {
        lock (_gate)
        {
            _took = time.GetElapsedTime(_begun);
            _now = _now with { Outcome = outcome, Reason = reason };
        }
    }

    public PublicationProgress Snapshot()
    {
        lock (_gate)
        {
            var seconds = (_took ?? time.GetElapsedTime(_begun)).TotalSeconds;
            return _now with { Seconds = Math.Round(seconds, 1), PerSecond = seconds > 0 ? Math.Round(_now.Listed / seconds, 1) : 0 };
        }
    }
}
