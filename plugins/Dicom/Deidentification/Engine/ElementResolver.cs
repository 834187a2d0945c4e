using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>Asks the profile about an element as a file has it: with the VR that its writer gave it, or none.</summary>
internal static class ElementResolver
{
    private const uint ReferencedImages = 0x0008_1140;
    private const uint SourceImages = 0x0008_2112;

    /// <param name="profile">Decides.</param>
    /// <param name="token">The element.</param>
    /// <param name="level">The item around it.</param>
    /// <param name="sopClassUid">Of the object.</param>
    /// <param name="path">The sequences around it.</param>
    /// <param name="vr">As what its value is to be read: the VR of PS3.6 or of the list of private elements where a peer wrote UN.</param>
    public static Resolution Resolve(Profile profile, in DataSetToken token, Level level, string sopClassUid, ReadOnlySpan<Tag> path, out Vr vr)
    {
        var tag = token.Tag;
        var creator = tag.IsPrivate ? level.CreatorOf(tag) : null;
        vr = token.Vr;
        if (vr is Vr.UN or Vr.None)
            vr = !tag.IsPrivate || tag.IsPrivateCreator ? DicomDictionary.ImplicitVr(tag) : creator is null ? Vr.UN : profile.PrivateVr(tag, creator);
        var resolution = profile.Resolve(new ElementContext { Tag = tag, Vr = vr, SopClassUid = sopClassUid, Path = path, PrivateCreator = creator });
        // E.3.4: the value of a content item follows its concept, whatever its own row says.
        if (level.OfContentValue is { } content && StructuredContent.IsValue(tag))
            return content;
        if (resolution is { Action: RuleAction.Clean, Clean: CleanKind.Graphics })
            return GraphicRules.Resolve(tag, vr, level.OverlayType);
        // E.1.1: where Z is called for, a valid dummy may stand. A reference to a mapped UID is one, and keeps leading somewhere.
        if (resolution.Action == RuleAction.Empty && tag.Value is ReferencedImages or SourceImages)
            return resolution with { Action = RuleAction.MapUid };
        if (resolution is not { Action: RuleAction.Keep, By: DecidedBy.Default } || tag.IsPrivate)
            return resolution;
        // Written with another VR than PS3.6 has: it is as much a date or a name as it should be.
        var registered = DicomDictionary.ImplicitVr(tag);
        return registered == vr || registered == Vr.UN
            ? resolution
            : profile.Resolve(new ElementContext { Tag = tag, Vr = registered, SopClassUid = sopClassUid, Path = path });
    }
}
