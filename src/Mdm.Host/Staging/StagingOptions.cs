using System.ComponentModel.DataAnnotations;

namespace Mdm.Host.Staging;

/// <summary>Configuration <c>Staging</c>: the pool, what is fetched ahead, and how patient the host is with an archive. Sizes in bytes.</summary>
internal sealed record StagingOptions : IValidatableObject
{
    /// <summary>The pool's folder; it belongs to this host alone.</summary>
    [Required, MinLength(1)]
    public string Directory { get; init; } = "pool";

    /// <summary>Most bytes the pool may hold, being fetched included.</summary>
    [Range(1L << 20, long.MaxValue)]
    public long Quota { get; init; } = 100L << 30;

    /// <summary>Most of the quota that one caller's pins and fetches may take, as a fraction.</summary>
    [Range(0.01, 1.0)]
    public double UserShare { get; init; } = 0.5;

    /// <summary>How long a file stays when the caller names no time.</summary>
    public TimeSpan DefaultPin { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Longest pin; longer ones are shortened.</summary>
    public TimeSpan LongestPin { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long a fetch waits for room in a pool where all is pinned.</summary>
    public TimeSpan SpaceWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Room set aside for an object whose size nobody knows beforehand, until enough of its archive were seen.</summary>
    [Range(4096, 1L << 40)]
    public long FirstReservation { get; init; } = 1L << 20;

    /// <summary>Largest object that is fetched.</summary>
    [Range(1, long.MaxValue)]
    public long MaxObjectLength { get; init; } = 64L << 30;

    /// <summary>What is fetched before it is asked for.</summary>
    public ReadAheadOptions ReadAhead { get; init; } = new();

    /// <summary>How archives are asked.</summary>
    public FetchOptions Fetch { get; init; } = new();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (DefaultPin <= TimeSpan.Zero || LongestPin < DefaultPin)
            yield return new ValidationResult("DefaultPin must be more than zero and at most LongestPin.", [nameof(DefaultPin), nameof(LongestPin)]);
        if (SpaceWait < TimeSpan.Zero)
            yield return new ValidationResult("SpaceWait must not be negative.", [nameof(SpaceWait)]);
        if (FirstReservation > Quota)
            yield return new ValidationResult("FirstReservation must not exceed Quota.", [nameof(FirstReservation)]);
        foreach (var fault in Fetch.Faults())
            yield return fault;
    }
}

/// <summary>Configuration <c>Staging:ReadAhead</c>: neighbours of a file that are fetched while a directory is walked file by file.</summary>
internal sealed record ReadAheadOptions
{
    /// <summary>Most neighbours fetched and not yet asked for, each walk; 0 turns it off.</summary>
    [Range(0, 10_000)]
    public int Files { get; init; } = 128;

    /// <summary>Most bytes fetched and not yet asked for, each walk.</summary>
    [Range(0, long.MaxValue)]
    public long Bytes { get; init; } = 512L << 20;

    /// <summary>A walk that asks for nothing so long has stopped.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Configuration <c>Staging:Fetch</c>.</summary>
internal sealed record FetchOptions
{
    /// <summary>Most retrievals at once, each archive.</summary>
    [Range(1, 256)]
    public int MaxParallel { get; init; } = 4;

    /// <summary>Most objects in one retrieval.</summary>
    [Range(1, 100_000)]
    public int MaxBatch { get; init; } = 1024;

    /// <summary>How long an idle archive's first request waits for company.</summary>
    public TimeSpan Gather { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Longest wait for an object to begin.</summary>
    public TimeSpan FirstByte { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest wait for the next byte of an object.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait for the next object of a listing.</summary>
    public TimeSpan Listing { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long what is transient is tried again before the caller is told.</summary>
    public TimeSpan GiveUp { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>First pause before trying again; it doubles up to <see cref="LongestPause"/>.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest pause before trying again.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>So many failures of the archive in a row, and callers are told at once until it answers again.</summary>
    [Range(1, 1000)]
    public int FailuresUntilClosed { get; init; } = 3;

    /// <summary>How long an archive that failed is left alone.</summary>
    public TimeSpan ClosedFor { get; init; } = TimeSpan.FromSeconds(15);

    internal IEnumerable<ValidationResult> Faults()
    {
        foreach (var (name, value) in new[]
        {
            (nameof(FirstByte), FirstByte), (nameof(Stall), Stall), (nameof(Listing), Listing), (nameof(GiveUp), GiveUp),
            (nameof(FirstPause), FirstPause), (nameof(LongestPause), LongestPause), (nameof(ClosedFor), ClosedFor),
        })
        {
            if (value <= TimeSpan.Zero)
                yield return new ValidationResult($"Fetch:{name} must be more than zero.", ["Fetch:" + name]);
        }
        if (Gather < TimeSpan.Zero || Gather > TimeSpan.FromSeconds(1))
            yield return new ValidationResult("Fetch:Gather must be between zero and one second.", ["Fetch:Gather"]);
        if (LongestPause < FirstPause)
            yield return new ValidationResult("Fetch:LongestPause must be at least Fetch:FirstPause.", ["Fetch:LongestPause"]);
    }
}
