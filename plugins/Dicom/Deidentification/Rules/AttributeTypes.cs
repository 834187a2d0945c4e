using System.Collections.Frozen;
using System.Globalization;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>How much an IOD demands of an attribute (PS3.5 §7.4). Conditions count as met, since they are not judged here: 1C is 1, 2C is 2.</summary>
internal enum AttributeType : byte
{
    /// <summary>The IOD, or the place in it, is not known here.</summary>
    Unknown = 0,

    /// <summary>There, with a value.</summary>
    Type1 = 1,

    /// <summary>There, perhaps without a value.</summary>
    Type2 = 2,

    /// <summary>Need not be there.</summary>
    Type3 = 3,
}

/// <summary>
/// The types of the attributes that have a combined code: in the data set itself by SOP class (iod-types.txt, asked of dciodvfy by
/// eng/dicom-attribute-types.py), in items by the sequence around them (nested-types.txt, PS3.3). Immutable, safe for concurrent use.
/// </summary>
internal static class AttributeTypes
{
    private const string Root = "1.2.840.10008.5.1.4.";

    private static readonly Lazy<IodTable> Iods = new(ReadIods);
    private static readonly Lazy<FrozenDictionary<(uint Tag, uint Sequence), AttributeType>> Nested = new(ReadNested);

    public static AttributeType Find(Tag tag, string? sopClassUid, ReadOnlySpan<Tag> path)
    {
        if (path.Length > 0)
            return Nested.Value.GetValueOrDefault((tag.Value, path[^1].Value));
        if (sopClassUid?.TrimEnd('\0', ' ') is not { } uid || !Iods.Value.Classes.Contains(uid))
            return AttributeType.Unknown;

        // A class that does not demand it makes it optional, or has no place for it: it may go.
        return Iods.Value.Types.GetValueOrDefault((tag.Value, uid), AttributeType.Type3);
    }

    private static IodTable ReadIods()
    {
        var classes = new HashSet<string>(StringComparer.Ordinal);
        var types = new Dictionary<(uint, string), AttributeType>();
        foreach (var line in PluginRules.Lines("iod-types.txt"))
        {
            var fields = line.Split(' ');
            if (fields[0] == "known")
            {
                classes.UnionWith(fields.Skip(1).Select(uid => Root + uid));
                continue;
            }

            foreach (var uid in fields.Skip(2))
                types.Add((ParseTag(fields[0]), Root + uid), ParseType(fields[1]));
        }

        return new IodTable(classes.ToFrozenSet(StringComparer.Ordinal), types.ToFrozenDictionary());
    }

    private static FrozenDictionary<(uint, uint), AttributeType> ReadNested()
    {
        var types = new Dictionary<(uint, uint), AttributeType>();
        foreach (var line in PluginRules.Lines("nested-types.txt"))
        {
            var fields = line.Split(' ');
            foreach (var sequence in fields.Skip(2))
                types.Add((ParseTag(fields[0]), ParseTag(sequence)), ParseType(fields[1]));
        }

        return types.ToFrozenDictionary();
    }

    private static uint ParseTag(string text) => uint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static AttributeType ParseType(string text) => (AttributeType)byte.Parse(text, CultureInfo.InvariantCulture);

    private sealed record IodTable(FrozenSet<string> Classes, FrozenDictionary<(uint Tag, string SopClassUid), AttributeType> Types);
}
