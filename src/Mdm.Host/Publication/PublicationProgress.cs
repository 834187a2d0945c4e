using System.Text.Json.Serialization;

namespace Mdm.Host.Publication;

/// <summary>How a run ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunOutcome>))]
internal enum RunOutcome
{
    /// <summary>The archive listed all that it has.</summary>
    [JsonStringEnumMemberName("complete")]
    Complete,

    /// <summary>It broke off: what was listed is published, nothing was un-published.</summary>
    [JsonStringEnumMemberName("incomplete")]
    Incomplete,

    /// <summary>It did not begin.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,
}

/// <summary>How far a run has come. Counts are of objects.</summary>
internal sealed record PublicationProgress
{
    public required string Publication { get; init; }

    /// <summary>Null while it runs.</summary>
    public RunOutcome? Outcome { get; init; }

    /// <summary>Why it is not complete, or what was held back; null where all went well.</summary>
    public string? Reason { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public double Seconds { get; init; }

    /// <summary>What the archive listed.</summary>
    public long Listed { get; init; }

    /// <summary>Of those, not selected.</summary>
    public long Skipped { get; init; }

    public long Created { get; init; }

    public long Existing { get; init; }

    /// <summary>Stay away because a user removed them.</summary>
    public long Tombstoned { get; init; }

    /// <summary>Other content under the same id.</summary>
    public long Changed { get; init; }

    /// <summary>Not listed; not un-published yet.</summary>
    public long Missing { get; init; }

    /// <summary>Un-published.</summary>
    public long Vanished { get; init; }

    /// <summary>Would be un-published if an operator accepted the loss.</summary>
    public long Held { get; init; }

    /// <summary>Could not be given a place.</summary>
    public long Failed { get; init; }

    /// <summary>Published, but not in the metadata as they are now: it did not answer.</summary>
    public long Behind { get; init; }

    /// <summary>Listed objects a second, over the whole run.</summary>
    public double PerSecond { get; init; }
}
