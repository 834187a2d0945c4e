using Mdm.Plugins.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>How much an IOD demands of an attribute (PS3.5 §7.4); conditions count as met where they cannot be judged: 1C is 1, 2C is 2.</summary>
internal enum AttributeType : byte
{
    /// <summary>The IOD or the place in it is not known here.</summary>
    Unknown = 0,

    /// <summary>There, with a value.</summary>
    Type1 = 1,

    /// <summary>There, perhaps without a value.</summary>
    Type2 = 2,

    /// <summary>Need not be there.</summary>
    Type3 = 3,
}

/// <summary>The types of the attributes that have a combined code.</summary>
internal static class AttributeTypes
{
    public static AttributeType Find(Tag tag, string? sopClassUid, ReadOnlySpan<Tag> path) => AttributeType.Unknown;
}
