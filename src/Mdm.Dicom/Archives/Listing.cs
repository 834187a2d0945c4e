using System.Collections.Immutable;
using System.Globalization;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Dicom.Archives;

/// <summary>
/// What a listing asks an archive for at each level, and the entries that the answers make: the same whichever protocol brings them, so that an archive may be reached by another one.
/// </summary>
internal static class Listing
{
    public const string MediaType = "application/dicom";

    // Query/retrieve protocol, not attributes of the object.
    private static readonly HashSet<Tag> NotAttributes =
        [Tags.QueryRetrieveLevel, Tags.RetrieveAeTitle, Tags.InstanceAvailability, Tags.SpecificCharacterSet];

    public static ImmutableArray<Tag> StudyKeys { get; } =
    [
        Tags.StudyDate, Tags.StudyTime, Tags.AccessionNumber, Tags.ModalitiesInStudy, Tags.StudyDescription, Tags.StudyId,
        Tags.PatientName, Tags.PatientId, Tags.IssuerOfPatientId, Tags.PatientBirthDate, Tags.PatientSex,
    ];

    public static ImmutableArray<Tag> SeriesKeys { get; } = [Tags.Modality, Tags.SeriesNumber, Tags.SeriesDescription, Tags.BodyPartExamined];

    public static ImmutableArray<Tag> ImageKeys { get; } = [Tags.SopClassUid, Tags.InstanceNumber];

    /// <summary>What an answer says, as the contract has it. Sequences and what PS3.6 does not know are left out.</summary>
    public static IEnumerable<ArchiveAttribute> Attributes(AttributeSet set)
    {
        foreach (var attribute in set.Attributes)
        {
            if (attribute.Items is not null || NotAttributes.Contains(attribute.Tag) || DicomDictionary.Find(attribute.Tag) is not { } entry || !entry.Vr.IsText())
                continue;
            yield return new ArchiveAttribute(entry.Keyword, entry.Vr.Name(), [.. Values(set, entry)]);
        }
    }

    /// <summary>
    /// The values of a text attribute in the one spelling that every protocol can carry: JSON has numbers without leading zeros or plus signs, and names without empty groups at their end.
    /// </summary>
    public static IEnumerable<string> Values(AttributeSet set, DictionaryEntry entry)
    {
        if (!entry.Vr.IsMultiValued())
            return set.GetText(entry.Tag) is { Length: > 0 } text ? [text] : [];
        return entry.Vr switch
        {
            Vr.IS => set.GetValues(entry.Tag).Select(Integer),
            Vr.PN => set.GetValues(entry.Tag).Select(name => name.TrimEnd('=')),
            _ => set.GetValues(entry.Tag),
        };
    }

    private static string Integer(string value) =>
        decimal.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number == decimal.Truncate(number)
            ? decimal.Truncate(number).ToString(CultureInfo.InvariantCulture)
            : value;

    /// <param name="path">Which object.</param>
    /// <param name="above">Attributes of its study, then of its series.</param>
    /// <param name="image">The answer at its own level.</param>
    public static ArchiveEntry Entry(ObjectPath path, IReadOnlyList<ArchiveAttribute> above, AttributeSet image)
    {
        // The narrower level wins where two levels answer the same attribute.
        var own = Attributes(image).ToArray();
        var attributes = above.Where(attribute => own.All(other => other.Keyword != attribute.Keyword)).Concat(own);
        return new ArchiveEntry(new ArchiveObjectInfo(path.Id, MediaType), [path.Study, path.Series, path.Instance], [.. attributes.DistinctBy(attribute => attribute.Keyword)]);
    }

    /// <summary>False when the answer has an attribute that a condition of the selection excludes.</summary>
    public static bool Wants(this ArchiveSelection selection, AttributeSet answer)
    {
        foreach (var condition in selection.Conditions)
        {
            if (DicomDictionary.FindKeyword(condition.Keyword) is not { } entry)
                continue;
            // At study level the modality shows as ModalitiesInStudy.
            var tag = entry.Tag == Tags.Modality && !answer.Contains(Tags.Modality) ? Tags.ModalitiesInStudy : entry.Tag;
            // An empty answer may only mean that the archive does not keep the attribute at this level.
            if (answer.GetValues(tag) is { Count: > 0 } values && !condition.AnyOf.Any(pattern => Query.MatchesAny(pattern, entry.Vr, values)))
                return false;
        }

        return true;
    }

    /// <summary>The patterns of the condition on that attribute; none when there is no such condition.</summary>
    public static ImmutableArray<string> Patterns(this ArchiveSelection selection, Tag tag)
    {
        var keyword = DicomDictionary.Find(tag)!.Keyword;
        return selection.Conditions.FirstOrDefault(condition => condition.Keyword == keyword)?.AnyOf ?? [];
    }

    /// <summary>The one pattern that an archive can be trusted to match by itself; null when there is none.</summary>
    public static string? PatternForArchive(this ArchiveSelection selection, Tag tag) =>
        // Only plain ASCII: what the archive would have to decode, it may not find.
        selection.Patterns(tag) is [{ } pattern] && pattern.All(char.IsAscii) && !pattern.Contains('\\', StringComparison.Ordinal) ? pattern : null;
}
