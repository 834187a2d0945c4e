using Mdm.Abstractions;
using Mdm.Plugins.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>
/// Turns down what nobody can de-identify without looking at it: images that may show identity, documents, directories of media. The message names the attribute
/// and the option that decides.
/// </summary>
internal static class ObjectGate
{
    private const string DirectoryUid = "1.2.840.10008.1.3.10";

    // Ultrasound (A.6, A.7 and the retired ones), secondary captures (A.8), and what is made from screens or film.
    private static readonly HashSet<string> ShowText = new(StringComparer.Ordinal)
    {
        "1.2.840.10008.5.1.4.1.1.3", "1.2.840.10008.5.1.4.1.1.3.1", "1.2.840.10008.5.1.4.1.1.6", "1.2.840.10008.5.1.4.1.1.6.1",
        "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.7.1", "1.2.840.10008.5.1.4.1.1.7.2", "1.2.840.10008.5.1.4.1.1.7.3", "1.2.840.10008.5.1.4.1.1.7.4",
    };

    // PS3.3 §C.7.6.1.1.2, C.8.1: screens, workstations and films that were scanned.
    private static readonly string[] ScreenTypes = ["SCREEN", "SCREENSHOT", "SCREEN SAVE", "SCREENSAVE", "EXAM_SUMMARY", "DOSE_REPORT", "REPORT", "CSA REPORT", "PROTOCOL"];
    private static readonly string[] Conversions = ["DF", "WSD", "SD", "SI", "DV"];

    /// <summary>Looks at what is known before the first element goes out.</summary>
    /// <exception cref="MdmException">Refused.</exception>
    public static void CheckObject(DeidentificationPlan plan, ObjectFacts facts, bool pixelsAreCleaned)
    {
        if (facts.SopClassUid == DirectoryUid)
            throw new MdmException(MdmErrorKind.Refused, "A DICOMDIR lists the patients of a medium; it is not de-identified.");
        if (plan.BurnedIn == BurnedInPolicy.Allow || pixelsAreCleaned)
            return;
        if (facts.Values.GetText(MoreTags.BurnedInAnnotation).StartsWith("YES", StringComparison.OrdinalIgnoreCase))
            throw Burned($"says itself that its pixels show annotations, {MoreTags.BurnedInAnnotation}");
        if (plan.BurnedIn == BurnedInPolicy.RefuseDeclared)
            return;
        if (ShowText.Contains(facts.SopClassUid))
            throw Burned($"is an ultrasound image or a secondary capture by {Tags.SopClassUid}, whose pixels usually show names");
        if (facts.Values.GetValues(MoreTags.ImageType).Any(value => ScreenTypes.Contains(value, StringComparer.OrdinalIgnoreCase)))
            throw Burned($"is taken from a screen by {MoreTags.ImageType}");
        if (facts.Values.GetValues(MoreTags.ConversionType).Any(value => Conversions.Contains(value, StringComparer.OrdinalIgnoreCase)))
            throw Burned($"is scanned or captured by {MoreTags.ConversionType}");
    }

    /// <summary>Looks at an element that comes later.</summary>
    /// <exception cref="MdmException">Refused.</exception>
    public static void CheckElement(DeidentificationPlan plan, in DataSetToken token, ReadOnlySpan<byte> value)
    {
        if (token.Depth != 0 || (token.Tag.Group & 0xFFE1) != 0x6000 || token.Tag.Element != 0x0100)
            return;
        // PS3.3 §C.9.2 as it was until 2004: the overlay lies in unused bits of the pixels, where the removal of its data would not reach it.
        if (value.Length >= 2 && value[0] + value[1] != 1 && plan.BurnedIn != BurnedInPolicy.Allow)
            throw Burned($"has an overlay within its pixels, {token.Tag}");
    }

    /// <summary>What becomes of a document inside an object.</summary>
    /// <exception cref="MdmException">Refused.</exception>
    public static void CheckDocument(DeidentificationPlan plan)
    {
        if (plan.EncapsulatedDocuments == EncapsulatedDocumentPolicy.Refuse)
            throw new MdmException(MdmErrorKind.Refused, $"The object holds a document, {MoreTags.EncapsulatedDocument}, which cannot be de-identified (option EncapsulatedDocuments).");
    }

    private static MdmException Burned(string why) =>
        new(MdmErrorKind.Refused, $"The image {why}. It is not released before somebody looked at it (options PixelRegions and BurnedIn).");
}
