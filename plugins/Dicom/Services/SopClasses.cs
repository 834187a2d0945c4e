using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Services;

/// <summary>SOP classes of PS3.4 that this code names.</summary>
internal static class SopClasses
{
    public const string Verification = "1.2.840.10008.1.1";
    public const string StudyRootFind = "1.2.840.10008.5.1.4.1.2.2.1";
    public const string StudyRootMove = "1.2.840.10008.5.1.4.1.2.2.2";
    public const string StudyRootGet = "1.2.840.10008.5.1.4.1.2.2.3";

    public const string ComputedRadiography = "1.2.840.10008.5.1.4.1.1.1";
    public const string DigitalXRay = "1.2.840.10008.5.1.4.1.1.1.1";
    public const string Ct = "1.2.840.10008.5.1.4.1.1.2";
    public const string Mr = "1.2.840.10008.5.1.4.1.1.4";
    public const string EnhancedMr = "1.2.840.10008.5.1.4.1.1.4.1";
    public const string Ultrasound = "1.2.840.10008.5.1.4.1.1.6.1";
    public const string SecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
    public const string BasicTextSr = "1.2.840.10008.5.1.4.1.1.88.11";

    private static readonly string[] Frequent =
    [
        Ct, Mr, ComputedRadiography, DigitalXRay, SecondaryCapture, Ultrasound, "1.2.840.10008.5.1.4.1.1.3.1", EnhancedMr,
        "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.128", "1.2.840.10008.5.1.4.1.1.20", "1.2.840.10008.5.1.4.1.1.1.2",
        "1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.12.2", BasicTextSr, "1.2.840.10008.5.1.4.1.1.88.22",
        "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.88.34", "1.2.840.10008.5.1.4.1.1.88.67", "1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.5.1.4.1.1.11.1",
        "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66", "1.2.840.10008.5.1.4.1.1.66.1", "1.2.840.10008.5.1.4.1.1.481.1",
        "1.2.840.10008.5.1.4.1.1.481.2", "1.2.840.10008.5.1.4.1.1.481.3", "1.2.840.10008.5.1.4.1.1.481.5", "1.2.840.10008.5.1.4.1.1.481.8",
        "1.2.840.10008.5.1.4.1.1.77.1.6", "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.9.1.1", "1.2.840.10008.5.1.4.1.1.7.4",
        "1.2.840.10008.5.1.4.1.1.7.2", "1.2.840.10008.5.1.4.1.1.1.3", "1.2.840.10008.5.1.4.1.1.13.1.3", "1.2.840.10008.5.1.4.1.1.6.2", "1.2.840.10008.5.1.4.1.1.77.1.4",
        "1.2.840.10008.5.1.4.1.1.4.2", "1.2.840.10008.5.1.4.1.1.4.3", "1.2.840.10008.5.1.4.1.1.130",
    ];

    /// <summary>All storage classes, those that fill archives first: the order in which they are tried when an archive does not say what it holds.</summary>
    public static IReadOnlyList<string> StorageByFrequency { get; } =
    [
        .. Frequent,
        .. DicomDictionary.StorageClasses.Except(Frequent),
    ];
}
