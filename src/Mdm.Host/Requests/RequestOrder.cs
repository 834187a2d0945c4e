using System.Collections.Immutable;

namespace Mdm.Host.Requests;

/// <summary>One file of an order.</summary>
/// <param name="Surl">The name as its caller wrote it; what is echoed.</param>
/// <param name="Path">What it names; null when it names nothing.</param>
/// <param name="Fault">Why it names nothing.</param>
internal sealed record OrderedFile(string Surl, StoragePath? Path, FileFault? Fault = null);

/// <summary>What a caller asks for.</summary>
internal sealed record RequestOrder
{
    public required RequestKind Kind { get; init; }

    public required ImmutableArray<OrderedFile> Files { get; init; }

    /// <summary>A name under which the caller finds the request again.</summary>
    public string? Description { get; init; }

    /// <summary>How long each file is to stay once it is ready.</summary>
    public Lifetime Pin { get; init; }

    /// <summary>How long the request may take as a whole.</summary>
    public Lifetime Total { get; init; }

    /// <summary>How long to wait before any work begins.</summary>
    public TimeSpan StartAfter { get; init; }
}

/// <summary>A lifetime as SRM v2.2 writes them: so many seconds, 0 or nothing for the host's default, negative for as long as can be.</summary>
internal readonly record struct Lifetime(int? Seconds)
{
    /// <summary>What is granted.</summary>
    public TimeSpan Within(TimeSpan byDefault, TimeSpan longest) => Seconds switch
    {
        null or 0 => byDefault,
        < 0 => longest,
        { } seconds => TimeSpan.FromSeconds(seconds) < longest ? TimeSpan.FromSeconds(seconds) : longest,
    };
}
