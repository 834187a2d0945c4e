using System.Collections.Immutable;

namespace Mdm.Abstractions;

/// <summary>What an archive knows of one object without fetching it.</summary>
/// <param name="Id">The archive's id.</param>
/// <param name="MediaType">RFC 6838 type, as <c>application/dicom</c>.</param>
/// <param name="Length">Bytes that <see cref="IStorageBackend.OpenReadAsync"/> will give; null when not known beforehand.</param>
/// <param name="Version">Changes when the content changes; null when the archive has no such mark.</param>
public sealed record ArchiveObjectInfo(ArchiveObjectId Id, string MediaType, long? Length = null, string? Version = null);

/// <summary>One object in a listing.</summary>
/// <param name="Info">Id, type, length and version.</param>
/// <param name="Labels">Ordered names from the widest to the narrowest, for the layout (DICOM: study, series and instance UID).</param>
/// <param name="Attributes">What the listing gave; never written to a log.</param>
public sealed record ArchiveEntry(ArchiveObjectInfo Info, ImmutableArray<string> Labels, ImmutableArray<ArchiveAttribute> Attributes)
{
    /// <summary>The first value of an attribute; null where the listing has none.</summary>
    public string? Value(string keyword)
    {
        foreach (var attribute in Attributes)
        {
            if (attribute.Keyword == keyword)
                return attribute.Values.IsDefaultOrEmpty ? null : attribute.Values[0];
        }
        return null;
    }

    /// <summary>The id only.</summary>
    public override string ToString() => Info.Id.ToString();
}

/// <summary>One attribute of a listing.</summary>
/// <param name="Keyword">DICOM PS3.6 keyword, as <c>PatientID</c>.</param>
/// <param name="ValueRepresentation">DICOM PS3.5 VR, two letters.</param>
/// <param name="Values">The values in Unicode, in order.</param>
public sealed record ArchiveAttribute(string Keyword, string ValueRepresentation, ImmutableArray<string> Values)
{
    /// <summary>The keyword only; values identify patients.</summary>
    public override string ToString() => Keyword;
}

/// <summary>What a listing is asked for. All conditions must hold; an empty selection is everything.</summary>
/// <param name="Conditions">Conditions on attributes.</param>
/// <param name="ChangedSince">Only what is new or changed since then, as far as the archive can tell.</param>
public sealed record ArchiveSelection(ImmutableArray<AttributeCondition> Conditions, DateTimeOffset? ChangedSince = null)
{
    /// <summary>Everything.</summary>
    public static ArchiveSelection Everything { get; } = new([]);
}

/// <summary>
/// A condition on one attribute: at least one of its values matches one of the patterns. A pattern is a value, a DICOM range for dates and times
/// (<c>20240101-20241231</c>, either end open), or has the wild cards <c>*</c> and <c>?</c> (PS3.4 C.2.2.2).
/// </summary>
/// <param name="Keyword">DICOM PS3.6 keyword.</param>
/// <param name="AnyOf">The patterns; never empty.</param>
public sealed record AttributeCondition(string Keyword, ImmutableArray<string> AnyOf);
