using System.Collections.Frozen;
using System.Globalization;
using Mdm.Dicom.DataSet;

namespace Mdm.Dicom.Confidentiality;

/// <summary>The columns of options, in the order of tables E.1-1 and E.3.4-1.</summary>
[Flags]
internal enum ProfileOption : ushort
{
    None = 0,
    SafePrivate = 1 << 0,
    Uids = 1 << 1,
    Device = 1 << 2,
    Institution = 1 << 3,
    PatientCharacteristics = 1 << 4,
    FullDates = 1 << 5,
    ModifiedDates = 1 << 6,
    Descriptors = 1 << 7,
    StructuredContent = 1 << 8,
    Graphics = 1 << 9,
}

/// <summary>
/// A row's codes. <paramref name="Code"/> is the code of the Basic Profile as the table writes it; the options that keep and those that
/// clean are sets, since a cell holds K, C or nothing.
/// </summary>
internal sealed record ConfidentialityRow(string Code, ProfileOption Keeping, ProfileOption Cleaning)
{
    private const string Letters = "PUDICFMTSG";

    /// <summary>Reads "UK" or "FKMC": pairs of an option's letter and the code it changes the action to (see eng/dicom-ps315.py).</summary>
    public static ConfidentialityRow Parse(string code, string options)
    {
        var keeping = ProfileOption.None;
        var cleaning = ProfileOption.None;
        for (var at = 0; at < options.Length; at += 2)
        {
            var option = (ProfileOption)(1 << Letters.IndexOf(options[at], StringComparison.Ordinal));
            if (options[at + 1] == 'K')
                keeping |= option;
            else
                cleaning |= option;
        }

        return new ConfidentialityRow(code, keeping, cleaning);
    }
}

/// <summary>
/// PS3.15 table E.1-1, edition 2026c, from the file that eng/dicom-ps315.py makes. Read once, immutable, safe for concurrent use.
/// </summary>
internal sealed class ConfidentialityTable
{
    private static readonly Lazy<ConfidentialityTable> Shared = new(() => new ConfidentialityTable());

    private ConfidentialityTable()
    {
        var rows = new Dictionary<uint, ConfidentialityRow>();
        var named = new Dictionary<string, ConfidentialityRow>(StringComparer.Ordinal);
        foreach (var line in RuleFile.Lines(typeof(ConfidentialityTable).Assembly, "attributes.txt"))
        {
            var fields = line.Split(' ');
            var row = ConfidentialityRow.Parse(fields[1], fields.Length > 2 ? fields[2] : "");
            if (uint.TryParse(fields[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var tag))
                rows.Add(tag, row);
            else
                named.Add(fields[0], row);
        }

        Rows = rows.ToFrozenDictionary();
        CurveData = named["50xxxxxx"];
        OverlayData = named["60xx3000"];
        OverlayComments = named["60xx4000"];
        PrivateAttributes = named["private"];
    }

    public static ConfidentialityTable Instance => Shared.Value;

    /// <summary>The rows of one tag each.</summary>
    public FrozenDictionary<uint, ConfidentialityRow> Rows { get; }

    public ConfidentialityRow CurveData { get; }

    public ConfidentialityRow OverlayData { get; }

    public ConfidentialityRow OverlayComments { get; }

    public ConfidentialityRow PrivateAttributes { get; }
}
