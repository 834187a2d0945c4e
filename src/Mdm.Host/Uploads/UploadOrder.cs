using System.Collections.Immutable;
using Mdm.Host.Requests;

namespace Mdm.Host.Uploads;

/// <summary>One file of an order.</summary>
/// <param name="Surl">The name as its caller wrote it; what is echoed.</param>
/// <param name="Path">What it names; null when it names nothing.</param>
/// <param name="Expected">Bytes that are to come; null when nobody says.</param>
/// <param name="Fault">Why it names nothing.</param>
internal sealed record PutFile(string Surl, StoragePath? Path, long? Expected, FileFault? Fault = null);

/// <summary>What a caller wants to put.</summary>
internal sealed record UploadOrder
{
    public required ImmutableArray<PutFile> Files { get; init; }

    /// <summary>A name under which the caller finds the put again.</summary>
    public string? Description { get; init; }

    public Overwriting Overwriting { get; init; }

    /// <summary>How long each TURL is to take bytes.</summary>
    public Lifetime Turl { get; init; }

    /// <summary>How long the put may take as a whole.</summary>
    public Lifetime Total { get; init; }

    /// <summary>How long the files are to live.</summary>
    public Lifetime File { get; init; }

    /// <summary>The space to use; null for the first of the publication's that the caller may use.</summary>
    public string? Space { get; init; }
}
