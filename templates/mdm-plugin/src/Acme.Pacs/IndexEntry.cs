using System.Collections.Immutable;
using Mdm.Abstractions;

namespace Acme.Pacs;

/// <summary>One object as the archive's index has it.</summary>
internal sealed record IndexEntry(string? Id, string? Type, long? Length, string? Version, string[]? Labels, Dictionary<string, IndexValue>? Attributes)
{
    /// <exception cref="MdmException">Corrupt: something that every entry has is missing.</exception>
    public ArchiveObjectInfo Info => Id is not null && Type is not null && Length is not < 0
        ? new ArchiveObjectInfo(new ArchiveObjectId(Id), Type, Length, Version)
        : throw new MdmException(MdmErrorKind.Corrupt, "The archive's index has an entry without id or type, or of negative length.");

    public ArchiveEntry Entry => new(
        Info,
        Labels is { Length: > 0 } ? [.. Labels] : [.. Id!.Split('/')],
        [.. (Attributes ?? []).Select(a => new ArchiveAttribute(a.Key, a.Value.Vr, [.. a.Value.Values ?? []]))]);
}

/// <summary>An attribute's DICOM value representation and values.</summary>
internal sealed record IndexValue(string Vr, ImmutableArray<string>? Values);
