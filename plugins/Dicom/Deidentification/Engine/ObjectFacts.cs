using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>What must be known of an object before its first element can go out: what it is, whose it is, how its text is written.</summary>
/// <param name="Pixels">What the rules for pixel regions look at.</param>
internal sealed record ObjectFacts(
    PixelFacts Pixels, string SopClassUid, string SopInstanceUid, string PatientId, string IssuerOfPatientId, string PatientName, PatientKey Patient, CharacterSet CharacterSet, bool IsAnimal)
{
    /// <summary>The facts are complete at the first element of the data set itself beyond this group.</summary>
    public const ushort LastGroup = 0x0028;

    // (0008,0070) and (0008,1090) name devices, (0028,xxxx) describe the pixels: by them regions are found.
    private const int MaxFactLength = 1024;

    /// <summary>Looks for the facts among the elements of the data set itself.</summary>
    /// <param name="held">Tokens up to the first element beyond <see cref="LastGroup"/>.</param>
    /// <param name="syntax">Of the object.</param>
    /// <param name="announced">The file header: stands in where the data set has no UIDs.</param>
    public static ObjectFacts Find(HeldTokens held, AttributeSet announced, TransferSyntax syntax)
    {
        var values = new AttributeSet();
        var isAnimal = false;
        for (var i = 0; i < held.Count; i++)
        {
            var one = held[i];
            // Patient Species Description, Patient Species Code Sequence.
            isAnimal |= one.Token is { Depth: 0, Tag.Value: 0x0010_2201 or 0x0010_2202 };
            if (one.Token is { Depth: 0, Kind: TokenKind.Element, Length: <= MaxFactLength } && IsFact(one.Token.Tag))
                values.Set(new DicomAttribute(one.Token.Tag, DicomDictionary.ImplicitVr(one.Token.Tag), LittleEndian(held.ValueOf(one).ToArray(), one.Token)));
        }

        string Uid(Tag tag, Tag inHeader) => values.GetText(tag) is { Length: > 0 } uid ? uid : announced.GetText(inHeader);
        var characterSet = values.CharacterSet;
        string Text(Tag tag, Vr vr) => values[tag] is { } value ? characterSet.Decode(value.Value.Span, vr).Trim(' ', '\0') : "";
        var sopInstanceUid = Uid(Tags.SopInstanceUid, Tags.MediaStorageSopInstanceUid);
        var patientId = Text(Tags.PatientId, Vr.LO);
        var issuer = Text(Tags.IssuerOfPatientId, Vr.LO);
        return new ObjectFacts(
            PixelsOf(values, Uid(Tags.SopClassUid, Tags.MediaStorageSopClassUid), syntax),
            Uid(Tags.SopClassUid, Tags.MediaStorageSopClassUid),
            sopInstanceUid,
            patientId,
            issuer,
            Text(Tags.PatientName, Vr.PN),
            PatientKey.Of(patientId, issuer, values.GetText(Tags.StudyInstanceUid), sopInstanceUid),
            characterSet,
            isAnimal);
    }

    /// <summary>Nothing: the facts identify the patient.</summary>
    public override string ToString() => nameof(ObjectFacts);

    private static bool IsFact(Tag tag) => tag.Value switch
    {
        0x0008_0005 or 0x0008_0008 or 0x0008_0016 or 0x0008_0018 or 0x0008_0060 or 0x0008_0064 or 0x0008_0070 or 0x0008_1090 => true,
        0x0010_0010 or 0x0010_0020 or 0x0010_0021 or 0x0018_1020 or 0x0020_000D or 0x0020_000E => true,
        0x0028_0002 or 0x0028_0004 or 0x0028_0006 or 0x0028_0008 or 0x0028_0010 or 0x0028_0011 or 0x0028_0100 or 0x0028_0101 or 0x0028_0103 or 0x0028_0301 => true,
        _ => false,
    };

    private static PixelFacts PixelsOf(AttributeSet values, string sopClassUid, TransferSyntax syntax) => new()
    {
        SopClassUid = sopClassUid,
        Modality = values.GetText(Tags.Modality),
        Manufacturer = values.GetText(new Tag(0x0008_0070)),
        Model = values.GetText(new Tag(0x0008_1090)),
        Software = values.GetText(new Tag(0x0018_1020)),
        ImageType = values.GetValues(MoreTags.ImageType),
        ConversionType = values.GetText(MoreTags.ConversionType),
        BurnedInAnnotation = values.GetText(MoreTags.BurnedInAnnotation),
        PhotometricInterpretation = values.GetText(new Tag(0x0028_0004)),
        SamplesPerPixel = values.GetUInt16(new Tag(0x0028_0002)) ?? 1,
        PlanarConfiguration = values.GetUInt16(new Tag(0x0028_0006)) ?? 0,
        NumberOfFrames = values.GetInteger(new Tag(0x0028_0008)) ?? 1,
        Rows = values.GetUInt16(new Tag(0x0028_0010)) ?? 0,
        Columns = values.GetUInt16(new Tag(0x0028_0011)) ?? 0,
        BitsAllocated = values.GetUInt16(new Tag(0x0028_0100)) ?? 0,
        IsCompressed = syntax.IsEncapsulated,
        IsBigEndian = syntax.Encoding == DataEncoding.ExplicitBigEndian,
    };

    private static byte[] LittleEndian(byte[] value, in DataSetToken token)
    {
        if (token.Encoding == DataEncoding.ExplicitBigEndian && token.Vr.UnitLength() == 2)
        {
            for (var i = 0; i + 1 < value.Length; i += 2)
                value.AsSpan(i, 2).Reverse();
        }

        return value;
    }
}
