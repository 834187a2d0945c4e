using System.ComponentModel.DataAnnotations;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification;

/// <summary>Options of <c>Deidentifiers:&lt;name&gt;</c> with <c>Type</c> <c>dicom-ps3.15</c>. Each option of the profile is off until it is named (PS3.15 E.3).</summary>
internal sealed class Ps315Options : IValidatableObject
{
    /// <summary>The project's secret: at least 32 random bytes, mode 0600. All hosts of the project have the same.</summary>
    [Required]
    public string SecretFile { get; set; } = "";

    public bool RetainUids { get; set; }

    public bool RetainDeviceIdentity { get; set; }

    public bool RetainInstitutionIdentity { get; set; }

    public bool RetainPatientCharacteristics { get; set; }

    /// <summary>What becomes of dates: removed, kept in full, or moved by a number of days of each patient's own.</summary>
    public LongitudinalDates LongitudinalDates { get; set; }

    public bool RetainSafePrivate { get; set; }

    /// <summary>Private elements that the site knows to be safe, beside those of table E.3.10-1.</summary>
    public string? SafePrivateFile { get; set; }

    public bool CleanDescriptors { get; set; }

    public bool CleanStructuredContent { get; set; }

    public bool CleanGraphics { get; set; }

    /// <summary>Words that may stay in descriptions and are no finding of the check, one a line, beside the built-in ones.</summary>
    public string? WordsFile { get; set; }

    public bool CleanPixelData { get; set; }

    /// <summary>Where the site's devices write into pixels.</summary>
    public string? PixelRegionsFile { get; set; }

    public BurnedInPolicy BurnedIn { get; set; }

    public EncapsulatedDocumentPolicy EncapsulatedDocuments { get; set; }

    public ReidentificationTableOptions? ReidentificationTable { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (SafePrivateFile is not null && !RetainSafePrivate)
            yield return new ValidationResult("A list of safe private elements does nothing without RetainSafePrivate.", [nameof(SafePrivateFile)]);
        if (CleanPixelData && PixelRegionsFile is null)
            yield return new ValidationResult("Clean Pixel Data needs PixelRegionsFile: only regions that somebody named are blanked.", [nameof(CleanPixelData)]);
        if (ReidentificationTable is { File.Length: 0 })
            yield return new ValidationResult("The re-identification table needs a File.", [nameof(ReidentificationTable)]);
        if (ReidentificationTable is { Recipients.Count: 0 or > ReidentificationTableOptions.MaxRecipients })
            yield return new ValidationResult($"The re-identification table needs 1 to {ReidentificationTableOptions.MaxRecipients} Recipients, certificates in PEM.", [nameof(ReidentificationTable)]);
    }

    /// <summary>The profile's options alone.</summary>
    public ProfileOptions ToProfile() => new()
    {
        RetainUids = RetainUids,
        RetainDeviceIdentity = RetainDeviceIdentity,
        RetainInstitutionIdentity = RetainInstitutionIdentity,
        RetainPatientCharacteristics = RetainPatientCharacteristics,
        RetainSafePrivate = RetainSafePrivate,
        CleanDescriptors = CleanDescriptors,
        CleanStructuredContent = CleanStructuredContent,
        CleanGraphics = CleanGraphics,
        CleanPixelData = CleanPixelData,
        LongitudinalDates = LongitudinalDates,
    };
}

/// <summary>Who may learn whom pseudonyms stand for.</summary>
internal sealed class ReidentificationTableOptions
{
    /// <summary>Certificates at most; each makes every line longer.</summary>
    public const int MaxRecipients = Mdm.Formats.Reidentification.SealedIdentity.MaxRecipients;

    /// <summary>The table, at the hospital. Made with mode 0600.</summary>
    public string File { get; set; } = "";

    /// <summary>Certificates of those who hold the private keys, PEM.</summary>
    public List<string> Recipients { get; set; } = [];
}
