using System.Collections.Frozen;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>
/// What a value representation says of an element that the table does not list: names, dates, ages and UIDs are what they are
/// wherever they stand. A value stays in its place, since nobody says whether the IOD needs it.
/// </summary>
internal sealed class VrRules
{
    // UIDs of classes, encodings and codes: they say what an object is, not which.
    private static readonly FrozenSet<uint> Kinds = FrozenSet.Create<uint>(
    [
        0x0008_0016, // SOP Class UID
        0x0008_001A, // Related General SOP Class UID
        0x0008_001B, // Original Specialized SOP Class UID
        0x0008_0062, // SOP Classes in Study
        0x0008_010C, // Coding Scheme UID
        0x0008_0117, // Context UID
        0x0008_0118, // Mapping Resource UID
        0x0008_1150, // Referenced SOP Class UID
        0x0008_115A, // SOP Classes Supported
        0x0008_3002, // Available Transfer Syntax UID
        0x0008_040E, // Stored Instance Transfer Syntax UID
        0x0034_0003, // Flow Transfer Syntax UID
        0x0400_0010, // MAC Calculation Transfer Syntax UID
        0x0400_0510, // Encrypted Content Transfer Syntax UID
        0x3010_0052, // Pertinent SOP Classes in Study
        0x3010_0053, // Pertinent SOP Classes in Series
    ]);

    private readonly Resolution name = new(RuleAction.Dummy, DecidedBy.VrRule);
    private readonly Resolution? uid;
    private readonly Resolution? date;
    private readonly Resolution? age;

    public VrRules(ProfileOptions options)
    {
        uid = options.RetainUids ? null : new Resolution(RuleAction.MapUid, DecidedBy.VrRule);
        age = options.RetainPatientCharacteristics ? null : new Resolution(RuleAction.Dummy, DecidedBy.VrRule);
        date = options.LongitudinalDates switch
        {
            LongitudinalDates.Full => null,
            LongitudinalDates.Modified => new Resolution(RuleAction.Clean, CleanKind.Dates, DecidedBy.VrRule),
            _ => new Resolution(RuleAction.Dummy, DecidedBy.VrRule),
        };
    }

    public Resolution? Decide(Vr vr) => vr switch
    {
        Vr.PN => name,
        Vr.DA or Vr.DT or Vr.TM => date,
        Vr.AS => age,
        Vr.UI => uid,
        _ => null,
    };

    public Resolution? Decide(Tag tag, Vr vr) => vr == Vr.UI && Kinds.Contains(tag.Value) ? null : Decide(vr);
}
