using System.Collections.Frozen;
using Mdm.Dicom.Confidentiality;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>What a content item says of itself: its concept name (0040,A043) and its value type (0040,A040).</summary>
/// <param name="CodeValue">(0008,0100) of the concept name; (0008,0119) or (0008,0120) where that stands in its place. Null when it has none.</param>
/// <param name="CodingScheme">(0008,0102) of the concept name.</param>
/// <param name="ValueType">TEXT, CODE, NUM, PNAME, DATE, TIME, DATETIME, UIDREF, IMAGE, COMPOSITE, WAVEFORM, CONTAINER and so on; null when it has none.</param>
internal readonly record struct ContentItem(string? CodeValue, string? CodingScheme, string? ValueType);

/// <summary>
/// The Clean Structured Content option (PS3.15 E.3.4): what happens to a content item, by its concept name (table E.3.4-1) and, where
/// the table does not list it, by its value type. It is meant for the items of every sequence that <see cref="Profile"/> resolves to
/// <see cref="CleanKind.StructuredContent"/>, at every depth of the tree.
///
/// How a resolution is applied: <see cref="RuleAction.Remove"/> takes the item with all below it. Otherwise the item stays, what
/// <see cref="IsValue"/> names in it follows the resolution, and every other element, the items below among them, is resolved on its own.
/// What the table would rather see gone, but leaves to templates, stays with a dummy: no template is read here.
/// </summary>
internal sealed class StructuredContent
{
    // The ways to clean that the table's columns have, in their order.
    private static readonly (ProfileOption Option, CleanKind Kind)[] Cleaning =
    [
        (ProfileOption.ModifiedDates, CleanKind.Dates),
        (ProfileOption.Descriptors, CleanKind.Descriptor),
    ];

    // SNOMED RT identifiers that PS3.16 used before SNOMED CT concept ids, with the concepts of the table that they stand for.
    private static readonly FrozenDictionary<string, string> Retired = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["PA-30029"] = "440252007",
        ["DF-0070B"] = "398164008",
        ["DF-0068E"] = "398325003",
        ["R-42B89"] = "371524004",
        ["DD-60002"] = "116224001",
        ["F-00033"] = "271921002",
        ["G-C0E3"] = "363698007",
        ["F-02455"] = "160476009",
        ["G-D321"] = "398201009",
        ["G-D320"] = "397898000",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<uint> Values = FrozenSet.Create<uint>(
    [
        0x0008_1199, // Referenced SOP Sequence
        0x0040_A120, // DateTime
        0x0040_A121, // Date
        0x0040_A122, // Time
        0x0040_A123, // Person Name
        0x0040_A124, // UID
        0x0040_A13A, // Referenced DateTime
        0x0040_A160, // Text Value
        0x0040_A168, // Concept Code Sequence
        0x0040_A300, // Measured Value Sequence
        0x0040_A30A, // Numeric Value
        0x0070_0006, // Unformatted Text Value, of waveform annotations
    ]);

    private static readonly Lazy<FrozenDictionary<(string Code, string Scheme), (string Type, ConfidentialityRow Row)[]>> Table = new(Read);

    private readonly ProfileOption on;
    private readonly FrozenDictionary<(string Code, string Scheme), (string Type, Resolution Resolution)[]> concepts;

    public StructuredContent(ProfileOptions options)
    {
        on = Profile.Set(options);
        concepts = Table.Value.ToFrozenDictionary(
            concept => concept.Key,
            concept => concept.Value.Select(row => (row.Type, Decide(row.Row, row.Type))).ToArray());
    }

    /// <summary>The elements of an item that hold its value.</summary>
    public static bool IsValue(Tag tag) => Values.Contains(tag.Value);

    public Resolution Resolve(in ContentItem item)
    {
        var valueType = item.ValueType?.Trim(' ', '\0');
        if (item.CodeValue?.Trim(' ', '\0') is { Length: > 0 } code && Find(code, item.CodingScheme?.Trim(' ', '\0') ?? "") is { } rows)
        {
            foreach (var (type, resolution) in rows)
            {
                if (type == valueType)
                    return resolution;
            }

            // The concept is listed with another type of value. A name or an id is one as text too; a code or a number is not.
            if (IsFree(valueType))
                return new Resolution(rows.Any(row => row.Resolution.Action == RuleAction.Remove) ? RuleAction.Remove : RuleAction.Dummy, DecidedBy.TableRow);
        }

        return ByValueType(valueType);
    }

    private (string Type, Resolution Resolution)[]? Find(string code, string scheme)
    {
        // PS3.16 §8.1.1: SRT, SNM3 and 99SDM all name SNOMED RT, which CT took over.
        if (scheme is "SRT" or "SNM3" or "99SDM")
            (code, scheme) = (Retired.GetValueOrDefault(code, code), "SCT");
        return concepts.GetValueOrDefault((code, scheme));
    }

    // E.3.4: names always; references and dates by the options; a narrative can say anything, so only words of the list stay.
    private Resolution ByValueType(string? type) => type switch
    {
        "PNAME" => new Resolution(RuleAction.Dummy, DecidedBy.VrRule),
        "UIDREF" => on.HasFlag(ProfileOption.Uids) ? Kept(DecidedBy.Option) : new Resolution(RuleAction.MapUid, DecidedBy.VrRule),
        "DATE" or "TIME" or "DATETIME" => on.HasFlag(ProfileOption.ModifiedDates)
            ? new Resolution(RuleAction.Clean, CleanKind.Dates, DecidedBy.VrRule)
            : on.HasFlag(ProfileOption.FullDates) ? Kept(DecidedBy.Option) : new Resolution(RuleAction.Dummy, DecidedBy.VrRule),
        "TEXT" => new Resolution(RuleAction.Clean, CleanKind.Descriptor, DecidedBy.VrRule),
        _ => Kept(DecidedBy.Default),
    };

    private Resolution Decide(ConfidentialityRow row, string type)
    {
        foreach (var (option, kind) in Cleaning)
        {
            if ((row.Cleaning & on & option) != 0)
                return new Resolution(RuleAction.Clean, kind, DecidedBy.Option);
        }

        if ((row.Keeping & on) != 0)
            return Kept(DecidedBy.Option);

        // X/D: X unless the template demands the item; without its template the item that is valid in any case.
        var decided = row.Code == "X/D" ? DecidedBy.ValidInAnyCase : DecidedBy.TableRow;
        return row.Code == "X"
            ? new Resolution(RuleAction.Remove, decided)
            : new Resolution(IsReference(type) ? RuleAction.MapUid : RuleAction.Dummy, decided);
    }

    private static bool IsFree(string? type) => type is "TEXT" or "PNAME" or "UIDREF" or "DATE" or "TIME" or "DATETIME";

    // The dummy of a reference is one to the mapped object, so that references still lead somewhere.
    private static bool IsReference(string type) => type is "UIDREF" or "IMAGE" or "COMPOSITE" or "WAVEFORM";

    private static Resolution Kept(DecidedBy by) => new(RuleAction.Keep, by);

    private static FrozenDictionary<(string, string), (string, ConfidentialityRow)[]> Read() =>
        PluginRules.Lines("content-items.txt")
            .Select(line => line.Split('|'))
            .GroupBy(fields => (fields[0], fields[1]))
            .ToFrozenDictionary(
                concept => concept.Key,
                concept => concept.Select(fields => (fields[2], ConfidentialityRow.Parse(fields[3], fields[4]))).ToArray());
}
