using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>What a sequence's own action means for what its items hold.</summary>
internal static class Treatments
{
    // (0040,A043) Concept Name, (0040,08EA) Measurement Units: by them a reader finds his way through replaced content.
    public static bool IsStructure(Tag sequence) => sequence.Value is 0x0040_A043 or 0x0040_08EA;

    /// <summary>True where each item is judged by its concept name.</summary>
    public static bool HoldsContentItems(Resolution resolution) => resolution is { Action: RuleAction.Clean, Clean: CleanKind.StructuredContent };

    public static Treatment Within(Tag sequence, int depth, Resolution resolution, Treatment outer, bool isDroppedGroup)
    {
        if (outer == Treatment.Dropped || isDroppedGroup)
            return Treatment.Dropped;
        // What an earlier run said of itself stays.
        if (depth == 1 && sequence == MoreTags.DeidentificationMethodCodes)
            return Treatment.AsProfileSays;
        // No sequence by PS3.6, so nothing that could be read.
        if (!sequence.IsPrivate && DicomDictionary.Find(sequence) is { } entry && entry.Vr is not (Vr.SQ or Vr.UN))
            return Treatment.Dropped;
        var own = resolution.Action switch
        {
            RuleAction.Remove or RuleAction.Empty => Treatment.Dropped,
            RuleAction.Dummy => Treatment.TextReplaced,
            RuleAction.Clean when resolution.Clean is not (CleanKind.Dates or CleanKind.StructuredContent) => Treatment.TextCleaned,
            _ => Treatment.AsProfileSays,
        };
        if (own == Treatment.Dropped)
            return own;
        if (outer is Treatment.TextReplaced or Treatment.CodeKept)
            return IsStructure(sequence) ? Treatment.CodeKept : Treatment.TextReplaced;
        return own == Treatment.AsProfileSays ? outer : own;
    }
}
