using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification;

/// <summary>What happens to images that may show identity in their pixels.</summary>
internal enum BurnedInPolicy
{
    /// <summary>Refused when they say so, and when their kind usually does: ultrasound, secondary captures, screens.</summary>
    Refuse,

    /// <summary>Refused only when they say so themselves.</summary>
    RefuseDeclared,

    /// <summary>Let through. The site answers for it.</summary>
    Allow,
}

/// <summary>What happens to documents inside objects (PDF, CDA, STL): nobody can read them automatically.</summary>
internal enum EncapsulatedDocumentPolicy
{
    Refuse,

    /// <summary>An empty document of the same type takes the place.</summary>
    Replace,
}

/// <summary>All that decides what becomes of an object. Immutable, safe for concurrent use.</summary>
internal sealed record DeidentificationPlan(Profile Profile, Pseudonymizer Pseudonyms)
{
    public BurnedInPolicy BurnedIn { get; init; }

    public EncapsulatedDocumentPolicy EncapsulatedDocuments { get; init; }

    /// <summary>Where the site's devices write into pixels.</summary>
    public PixelRegions PixelRegions { get; init; } = PixelRegions.None;

    /// <summary>Where pseudonyms are noted for the hospital's own physicians; null for nowhere.</summary>
    public ReidentificationTable? Table { get; init; }

    public DeidentificationLimits Limits { get; init; } = DeidentificationLimits.Default;

    /// <summary>The words that may stay in descriptions, and are no finding anywhere.</summary>
    public DescriptorCleaner Words { get; init; } = DescriptorCleaner.BuiltIn;

    /// <summary>What becomes of content items where structured content is cleaned; null where it is not.</summary>
    public StructuredContent? Content { get; init; } = Profile.Options.CleanStructuredContent ? new StructuredContent(Profile.Options) : null;
}
