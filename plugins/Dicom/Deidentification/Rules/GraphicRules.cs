using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>
/// The Clean Graphics option (PS3.15 E.3.3) for elements that <see cref="Profile"/> resolves to <see cref="CleanKind.Graphics"/>:
/// what is drawn can be writing, and nobody reads it here, so only what cannot be writing stays.
/// </summary>
internal static class GraphicRules
{
    /// <param name="tag">An element of a curve or overlay group, or the Graphic Annotation Sequence (0070,0001).</param>
    /// <param name="vr">As encoded, or as the dictionary says where that is UN.</param>
    /// <param name="overlayType">(60xx,0040) of the same group, null where there is none: G graphics, R region of interest.</param>
    public static Resolution Resolve(Tag tag, Vr vr, string? overlayType) => tag switch
    {
        // Points, lines and layers stay; Unformatted Text Value (0070,0006) has a row of its own, every other text is cleaned.
        { Group: 0x0070 } => new Resolution(RuleAction.Keep, DecidedBy.Option),

        // A region of interest marks pixels of the image (PS3.3 C.9.2.1.1). Graphics may be anything, lettering first of all.
        { Group: >= 0x6000 and <= 0x601E, Element: 0x3000 } =>
            new Resolution(overlayType?.Trim(' ', '\0') == "R" ? RuleAction.Keep : RuleAction.Remove, DecidedBy.Option),
        { Group: >= 0x6000 and <= 0x601E } => Words,

        // PS3.3-2004 C.10.2: curves are coordinates with labels; C.10.3: audio, which can be a voice, and its comments.
        { Element: >= 0x2000 and <= 0x200E } => new Resolution(RuleAction.Remove, DecidedBy.Option),
        _ when vr is Vr.LO or Vr.LT or Vr.SH or Vr.ST or Vr.UC or Vr.UT => Words,
        _ when vr is Vr.UN or Vr.PN or Vr.DA or Vr.DT or Vr.TM => new Resolution(RuleAction.Remove, DecidedBy.Option),
        _ => new Resolution(RuleAction.Keep, DecidedBy.Option),
    };

    private static Resolution Words => new(RuleAction.Clean, CleanKind.Descriptor, DecidedBy.Option);
}
