namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>What becomes of dates and times. Full and modified exclude each other (PS3.15 E.3.6), so they are one choice.</summary>
internal enum LongitudinalDates
{
    /// <summary>The Basic Profile: removed, emptied or replaced.</summary>
    Removed,

    /// <summary>Retain Longitudinal Temporal Information With Full Dates.</summary>
    Full,

    /// <summary>Retain Longitudinal Temporal Information With Modified Dates.</summary>
    Modified,
}

/// <summary>The options of the Basic Application Level Confidentiality Profile (PS3.15 E.3) that are on.</summary>
internal sealed record ProfileOptions
{
    /// <summary>E.3.9.</summary>
    public bool RetainUids { get; init; }

    /// <summary>E.3.8.</summary>
    public bool RetainDeviceIdentity { get; init; }

    /// <summary>E.3.11.</summary>
    public bool RetainInstitutionIdentity { get; init; }

    /// <summary>E.3.7.</summary>
    public bool RetainPatientCharacteristics { get; init; }

    /// <summary>E.3.10.</summary>
    public bool RetainSafePrivate { get; init; }

    /// <summary>E.3.5.</summary>
    public bool CleanDescriptors { get; init; }

    /// <summary>E.3.4.</summary>
    public bool CleanStructuredContent { get; init; }

    /// <summary>E.3.3.</summary>
    public bool CleanGraphics { get; init; }

    /// <summary>E.3.1. Acts on pixels: no row of the table changes with it.</summary>
    public bool CleanPixelData { get; init; }

    /// <summary>E.3.6.</summary>
    public LongitudinalDates LongitudinalDates { get; init; }
}
