using System.Collections.Immutable;

namespace Mdm.Host.Requests;

/// <summary>A request as it stands at a moment.</summary>
/// <param name="Token">Its name: opaque, case-sensitive; null when it failed as a whole at once and is not remembered.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="RemainingTime">How long it may still take.</param>
/// <param name="RemainingDelay">How long until work begins.</param>
/// <param name="Files">Its files, in the order they were asked for.</param>
internal sealed record RequestView(string? Token, RequestKind Kind, DateTimeOffset CreatedAt, TimeSpan RemainingTime, TimeSpan RemainingDelay, ImmutableArray<FileView> Files);

/// <summary>A file of a request as it stands at a moment.</summary>
internal sealed record FileView
{
    /// <summary>As its caller wrote it.</summary>
    public required string Surl { get; init; }

    /// <summary>What it names; null when it names nothing.</summary>
    public StoragePath? Path { get; init; }

    public required FileState State { get; init; }

    /// <summary>Why it failed.</summary>
    public FileFault? Fault { get; init; }

    /// <summary>Bytes; null while not known.</summary>
    public long? Length { get; init; }

    /// <summary>How long the pin still holds, when ready.</summary>
    public TimeSpan? RemainingPin { get; init; }

    /// <summary>How long until it is ready, as far as can be told; only while pending.</summary>
    public TimeSpan? EstimatedWait { get; init; }

    /// <summary>Where to fetch it; only when ready, and only in a <see cref="RequestKind.Get"/>.</summary>
    public Uri? Turl { get; init; }
}

/// <summary>What ending or extending did to a file.</summary>
/// <param name="File">The file afterwards.</param>
/// <param name="WasOpen">True when there was something to end or extend.</param>
internal sealed record FileOutcome(FileView File, bool WasOpen);

/// <summary>A request's name and when it was made.</summary>
internal sealed record RequestName(string Token, DateTimeOffset CreatedAt);
