using System.Text;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification;

/// <summary>A patient of the tests and what is made of his objects.</summary>
internal static class Patient
{
    public const string Ct = "1.2.840.10008.5.1.4.1.1.2";
    public const string Sr = "1.2.840.10008.5.1.4.1.1.88.33";
    public const string Instance = "1.3.12.2.1107.5.1.4.5.3001";
    public const string Study = "1.3.12.2.1107.5.1.4.5.1001";
    public const string Series = "1.3.12.2.1107.5.1.4.5.2001";

    public static byte[] SecretBytes { get; } = [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 7 + 3))];

    public static Pseudonymizer Pseudonyms { get; } = new(ProjectSecret.Of(SecretBytes));

    public static DeidentificationPlan Plan(ProfileOptions? options = null) => new(Profile.Of(options ?? new ProfileOptions()), Pseudonyms);

    /// <summary>A CT image with all that identifies.</summary>
    public static AttributeSet Image() => new AttributeSet()
        .Set(Tags.SopClassUid, Ct).Set(Tags.SopInstanceUid, Instance).Set(Tags.StudyDate, "20240229").Set(Tags.StudyTime, "235959")
        .Set(Tags.AccessionNumber, "ACC774411").Set(Tags.Modality, "CT").Set(new Tag(0x0008_0080), "Klinikum Quellental").Set(new Tag(0x0008_0090), "Zettelmann^Ulrike")
        .Set(Tags.StudyDescription, "Thorax of Wolkenstein").Set(Tags.PatientName, "Wolkenstein^Ottilie").Set(Tags.PatientId, "QX-4711-08").Set(Tags.PatientBirthDate, "19510317")
        .Set(Tags.PatientSex, "F").Set(Tags.StudyInstanceUid, Study).Set(Tags.SeriesInstanceUid, Series).Set(Tags.StudyId, "S9").Set(Tags.InstanceNumber, "1")
        .Set(new Tag(0x0028_0002), (ushort)1).Set(new Tag(0x0028_0004), "MONOCHROME2").Set(new Tag(0x0028_0010), (ushort)2).Set(new Tag(0x0028_0011), (ushort)2)
        .Set(new Tag(0x0028_0100), (ushort)8).Set(new Tag(0x0028_0101), (ushort)8).Set(new Tag(0x0028_0102), (ushort)7).Set(new Tag(0x0028_0103), (ushort)0)
        .Set(new DicomAttribute(Tags.PixelData, Vr.OB, new byte[] { 1, 2, 3, 4 }));

    public static AttributeSet With(this AttributeSet set, uint tag, Vr vr, string value) =>
        set.Set(new DicomAttribute(new Tag(tag), vr, Encoding.UTF8.GetBytes(value)));

    public static AttributeSet With(this AttributeSet set, uint tag, Vr vr, byte[] value) => set.Set(new DicomAttribute(new Tag(tag), vr, value));

    public static AttributeSet With(this AttributeSet set, uint tag, params AttributeSet[] items) => set.Set(new Tag(tag), items);

    public static byte[] File(AttributeSet set, DataEncoding encoding = DataEncoding.ExplicitLittleEndian)
    {
        var syntax = encoding switch
        {
            DataEncoding.ImplicitLittleEndian => TransferSyntax.ImplicitLittleEndianUid,
            DataEncoding.ExplicitBigEndian => TransferSyntax.ExplicitBigEndianUid,
            _ => TransferSyntax.ExplicitLittleEndianUid,
        };
        return [.. Part10.CanonicalHeader(set.GetText(Tags.SopClassUid), set.GetText(Tags.SopInstanceUid), syntax), .. set.ToArray(encoding)];
    }

    public static async Task<byte[]> DeidentifyAsync(byte[] file, DeidentificationPlan? plan = null)
    {
        await using var deidentifier = new Ps315Deidentifier(plan ?? Plan(), "test");
        var output = new MemoryStream();
        await deidentifier.DeidentifyAsync(new MemoryStream(file), output, CancellationToken.None);
        return output.ToArray();
    }

    /// <summary>The de-identified object, read again.</summary>
    public static async Task<AttributeSet> DeidentifyAsync(AttributeSet set, ProfileOptions? options = null, DataEncoding encoding = DataEncoding.ExplicitLittleEndian) =>
        await ReadAsync(await DeidentifyAsync(File(set, encoding), Plan(options)));

    public static async Task<AttributeSet> ReadAsync(byte[] file)
    {
        await using var opened = await Part10.OpenAsync(new MemoryStream(file), CancellationToken.None);
        var rest = new MemoryStream();
        await opened.DataSet.CopyToAsync(rest);
        return AttributeSet.Parse(rest.ToArray(), opened.TransferSyntax.Encoding);
    }
}
