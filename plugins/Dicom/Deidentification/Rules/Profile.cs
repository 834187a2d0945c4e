using System.Collections.Frozen;
using Mdm.Dicom.Confidentiality;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>
/// The Basic Application Level Confidentiality Profile with a set of options (PS3.15 E.2, E.3): says what happens to an element.
/// Immutable, safe for concurrent use, one look-up for an element of the table.
///
/// Where several options that are on have a code in a row, cleaning goes before keeping: what one option would keep may be what another
/// must change (a date of a device beside dates that are moved gives the span away). Of two ways to clean the table's first column counts.
/// </summary>
internal sealed class Profile
{
    // The order of the columns; E.3.6 to E.3.11.
    private static readonly (ProfileOption Option, CleanKind Kind)[] Cleaning =
    [
        (ProfileOption.Device, CleanKind.Device),
        (ProfileOption.PatientCharacteristics, CleanKind.PatientCharacteristics),
        (ProfileOption.ModifiedDates, CleanKind.Dates),
        (ProfileOption.Descriptors, CleanKind.Descriptor),
        (ProfileOption.StructuredContent, CleanKind.StructuredContent),
        (ProfileOption.Graphics, CleanKind.Graphics),
    ];

    private readonly FrozenDictionary<uint, Rule> rules;
    private readonly Rule curveData;
    private readonly Rule overlayData;
    private readonly Rule overlayComments;
    private readonly VrRules vrRules;
    private readonly SafePrivateElements? safePrivate;

    private Profile(ProfileOptions options, SafePrivateElements siteList)
    {
        Options = options;
        On = Set(options);
        var table = ConfidentialityTable.Instance;
        rules = table.Rows.ToFrozenDictionary(row => row.Key, row => RuleOf(row.Value));
        curveData = RuleOf(table.CurveData);
        overlayData = RuleOf(table.OverlayData);
        overlayComments = RuleOf(table.OverlayComments);
        vrRules = new VrRules(options);
        safePrivate = options.RetainSafePrivate ? SafePrivateElements.Published.With(siteList) : null;
    }

    public ProfileOptions Options { get; }

    /// <summary>The options that are on, as the tables' columns.</summary>
    public ProfileOption On { get; }

    /// <summary>The profile with the published safe private elements.</summary>
    public static Profile Of(ProfileOptions options) => Of(options, SafePrivateElements.None);

    /// <param name="siteList">Private elements that a site knows to be safe besides the published ones; used when RetainSafePrivate is on.</param>
    public static Profile Of(ProfileOptions options, SafePrivateElements siteList) => new(options, siteList);

    /// <summary>What happens to an element where it stands.</summary>
    public Resolution Resolve(in ElementContext element)
    {
        var tag = element.Tag;
        if (tag.IsPrivate)
            return ResolvePrivate(element);
        if (rules.TryGetValue(tag.Value, out var rule) || FindRepeating(tag, out rule))
            return rule.Code is { } code ? Decide(code, element) : rule.Resolution;
        return ResolveUnlisted(element);
    }

    /// <summary>The VR of a private element that is kept, for a reader that met it as UN; <see cref="Vr.UN"/> when the list does not say.</summary>
    public Vr PrivateVr(Tag tag, string creator) => safePrivate?.Find(tag, creator) ?? Vr.UN;

    /// <summary>The set of columns that options stand for.</summary>
    public static ProfileOption Set(ProfileOptions options) =>
        When(options.RetainSafePrivate, ProfileOption.SafePrivate)
        | When(options.RetainUids, ProfileOption.Uids)
        | When(options.RetainDeviceIdentity, ProfileOption.Device)
        | When(options.RetainInstitutionIdentity, ProfileOption.Institution)
        | When(options.RetainPatientCharacteristics, ProfileOption.PatientCharacteristics)
        | When(options.LongitudinalDates == LongitudinalDates.Full, ProfileOption.FullDates)
        | When(options.LongitudinalDates == LongitudinalDates.Modified, ProfileOption.ModifiedDates)
        | When(options.CleanDescriptors, ProfileOption.Descriptors)
        | When(options.CleanStructuredContent, ProfileOption.StructuredContent)
        | When(options.CleanGraphics, ProfileOption.Graphics);

    private static ProfileOption When(bool on, ProfileOption option) => on ? option : ProfileOption.None;

    private Rule RuleOf(ConfidentialityRow row)
    {
        foreach (var (option, kind) in Cleaning)
        {
            if ((row.Cleaning & On & option) != 0)
                return new Rule(null, new Resolution(RuleAction.Clean, kind, DecidedBy.Option));
        }

        if ((row.Keeping & On) != 0)
            return new Rule(null, new Resolution(RuleAction.Keep, DecidedBy.Option));
        return CombinedCode.IsCombined(row.Code)
            ? new Rule(row.Code, default)
            : new Rule(null, new Resolution(CombinedCode.Simple(row.Code), DecidedBy.TableRow));
    }

    private bool FindRepeating(Tag tag, out Rule rule)
    {
        // PS3.5 §7.6: the sixteen even groups 5000-501E and 6000-601E.
        rule = (tag.Group & 0xFFE1, tag.Element) switch
        {
            (0x5000, _) => curveData,
            (0x6000, 0x3000) => overlayData,
            (0x6000, 0x4000) => overlayComments,
            _ => default,
        };
        return rule != default;
    }

    private static Resolution Decide(string code, in ElementContext element)
    {
        var type = AttributeTypes.Find(element.Tag, element.SopClassUid, element.Path);
        return new Resolution(CombinedCode.Decide(code, type), type == AttributeType.Unknown ? DecidedBy.ValidInAnyCase : DecidedBy.AttributeType);
    }

    // E.3.10: without the option every odd group goes. With it, what is known to be safe stays with its creator, and what its
    // VR says of identity still counts.
    private Resolution ResolvePrivate(in ElementContext element)
    {
        if (safePrivate is null || element.PrivateCreator is not { } creator)
            return new Resolution(RuleAction.Remove, DecidedBy.PrivateRule);
        if (element.Tag.IsPrivateCreator)
            return new Resolution(safePrivate.Knows(element.Tag.Group, creator) ? RuleAction.Keep : RuleAction.Remove, DecidedBy.PrivateRule);
        if (safePrivate.Find(element.Tag, creator) is not { } vr)
            return new Resolution(RuleAction.Remove, DecidedBy.PrivateRule);
        return vrRules.Decide(element.Vr == Vr.UN ? vr : element.Vr) ?? new Resolution(RuleAction.Keep, DecidedBy.PrivateRule);
    }

    private Resolution ResolveUnlisted(in ElementContext element)
    {
        var tag = element.Tag;
        if (tag.IsGroupLength || tag.Group <= 0x0004)
            return new Resolution(RuleAction.Remove, DecidedBy.Default);
        if (DicomDictionary.Find(tag) is not { } entry)
            return new Resolution(RuleAction.Remove, DecidedBy.Unknown);
        return vrRules.Decide(tag, element.Vr == Vr.UN ? entry.Vr : element.Vr)
            ?? new Resolution(RuleAction.Keep, DecidedBy.Default);
    }

    /// <summary>A row with the options applied: a combined code that is still to be decided, or what it comes to.</summary>
    private readonly record struct Rule(string? Code, Resolution Resolution);
}
