using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>The tags that only the de-identifier names.</summary>
internal static class MoreTags
{
    public static readonly Tag ImageType = new(0x0008_0008);
    public static readonly Tag ConversionType = new(0x0008_0064);
    public static readonly Tag CodeValue = new(0x0008_0100);
    public static readonly Tag CodingSchemeDesignator = new(0x0008_0102);
    public static readonly Tag CodingSchemeVersion = new(0x0008_0103);
    public static readonly Tag CodeMeaning = new(0x0008_0104);
    public static readonly Tag PatientIdentityRemoved = new(0x0012_0062);
    public static readonly Tag DeidentificationMethod = new(0x0012_0063);
    public static readonly Tag DeidentificationMethodCodes = new(0x0012_0064);
    public static readonly Tag BurnedInAnnotation = new(0x0028_0301);
    public static readonly Tag LongitudinalTemporalInformationModified = new(0x0028_0303);
    public static readonly Tag ValueType = new(0x0040_A040);
    public static readonly Tag ConceptNameCodes = new(0x0040_A043);
    public static readonly Tag ContentSequence = new(0x0040_A730);
    public static readonly Tag EncapsulatedDocument = new(0x0042_0011);
    public static readonly Tag EncapsulatedDocumentLength = new(0x0042_0015);
    public static readonly Tag FloatPixelData = new(0x7FE0_0008);
    public static readonly Tag DoubleFloatPixelData = new(0x7FE0_0009);

    /// <summary>PS3.3 §C.7.6.3, C.7.6.24, C.7.6.25: the image itself, in three forms.</summary>
    public static bool IsPixels(this Tag tag) => tag == Tags.PixelData || tag == FloatPixelData || tag == DoubleFloatPixelData;
}
