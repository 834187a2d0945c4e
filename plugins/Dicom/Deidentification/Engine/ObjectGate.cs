using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>
/// Turns down what nobody can de-identify without looking at it: images that may show identity, documents, directories of media. The message names the attribute
/// and the option that decides.
/// </summary>
internal static class ObjectGate
{
    private const string DirectoryUid = "1.2.840.10008.1.3.10";
    private const string EncapsulatedRoot = "1.2.840.10008.5.1.4.1.1.104.";

    /// <summary>Looks at what is known before the first element goes out.</summary>
    /// <returns>What is to be done with the pixels: nothing, or blanked.</returns>
    /// <exception cref="MdmException">Refused.</exception>
    public static PixelVerdict CheckObject(DeidentificationPlan plan, ObjectFacts facts)
    {
        if (facts.SopClassUid == DirectoryUid)
            throw new MdmException(MdmErrorKind.Refused, "A DICOMDIR lists the patients of a medium; it is not de-identified.");
        var accepted = plan.BurnedIn switch
        {
            BurnedInPolicy.Allow => PixelRisk.Declared,
            BurnedInPolicy.RefuseDeclared => PixelRisk.Kind,
            _ => PixelRisk.None,
        };
        var verdict = PixelGate.Decide(facts.Pixels, plan.PixelRegions, plan.Profile.Options.CleanPixelData, accepted);
        return verdict.Decision == PixelDecision.Refuse ? throw Unseen(verdict.Reason) : verdict;
    }

    /// <summary>Looks at an element that comes later.</summary>
    /// <exception cref="MdmException">Refused.</exception>
    public static void CheckElement(DeidentificationPlan plan, in DataSetToken token, ReadOnlySpan<byte> value)
    {
        if (token.Depth != 0 || (token.Tag.Group & 0xFFE1) != 0x6000 || token.Tag.Element != 0x0100)
            return;
        // PS3.3 §C.9.2 as it was until 2004: the overlay lies in unused bits of the pixels, where the removal of its data would not reach it.
        if (value.Length >= 2 && value[0] + value[1] != 1 && plan.BurnedIn != BurnedInPolicy.Allow)
            throw Unseen($"an overlay lies within its pixels, {token.Tag}");
    }

    /// <summary>The empty document that stands for the one inside an object.</summary>
    /// <exception cref="MdmException">Refused: by the option, or of a type without an empty document.</exception>
    public static byte[] Document(DeidentificationPlan plan, ObjectFacts facts)
    {
        // (0042,0012) says the type too, but only after the document.
        var type = facts.SopClassUid.StartsWith(EncapsulatedRoot, StringComparison.Ordinal) ? facts.SopClassUid[EncapsulatedRoot.Length..] switch
        {
            "1" => "application/pdf",
            "2" => "text/xml",
            "3" => "model/stl",
            "4" => "model/obj",
            "5" => "model/mtl",
            _ => "",
        } : "";
        return plan.EncapsulatedDocuments == EncapsulatedDocumentPolicy.Replace && DummyDocuments.For(type) is { } document
            ? document.ToArray()
            : throw new MdmException(MdmErrorKind.Refused, $"The object holds a document, {MoreTags.EncapsulatedDocument}, which cannot be de-identified (option EncapsulatedDocuments).");
    }

    private static MdmException Unseen(string why) =>
        new(MdmErrorKind.Refused, $"The image is not released before somebody looked at it: {why} (options BurnedIn, CleanPixelData, PixelRegionsFile).");
}
