using System.Buffers;
using System.Globalization;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Services;

namespace Mdm.Bench;

/// <summary>A CT series made of numbers: the same bytes on every machine, no patient.</summary>
internal static class SeriesFiles
{
    public const int Side = 512;
    public const string StudyUid = "2.25.96487669750105191897146003936682062432.8.1";

    public static string SeriesUid(int series) => string.Create(CultureInfo.InvariantCulture, $"{StudyUid}.{series}");

    /// <summary>Writes instances of 512 KB of pixels each and returns the bytes of all files.</summary>
    public static long Write(string folder, int series, int instances)
    {
        Directory.CreateDirectory(folder);
        var total = 0L;
        for (var instance = 1; instance <= instances; instance++)
        {
            var file = File(series, instance);
            System.IO.File.WriteAllBytes(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{series}-{instance:D5}.dcm")), file);
            total += file.Length;
        }
        return total;
    }

    private static byte[] File(int series, int instance)
    {
        var uid = string.Create(CultureInfo.InvariantCulture, $"{SeriesUid(series)}.{instance}");
        var set = new AttributeSet()
            .Set(Tags.SopClassUid, SopClasses.Ct).Set(Tags.SopInstanceUid, uid).Set(Tags.StudyDate, "20260101").Set(Tags.StudyTime, "120000")
            .Set(Tags.AccessionNumber, "A1").Set(Tags.Modality, "CT").Set(Tags.StudyDescription, "Measured").Set(Tags.PatientName, "Bench^Mark").Set(Tags.PatientId, "BENCH-1")
            .Set(Tags.PatientBirthDate, "19700101").Set(Tags.PatientSex, "O").Set(Tags.StudyInstanceUid, StudyUid).Set(Tags.SeriesInstanceUid, SeriesUid(series)).Set(Tags.StudyId, "1")
            .Set(Tags.SeriesNumber, series.ToString(CultureInfo.InvariantCulture)).Set(Tags.InstanceNumber, instance.ToString(CultureInfo.InvariantCulture))
            .Set(new Tag(0x0028_0002), (ushort)1).Set(new Tag(0x0028_0004), "MONOCHROME2").Set(new Tag(0x0028_0010), (ushort)Side).Set(new Tag(0x0028_0011), (ushort)Side)
            .Set(new Tag(0x0028_0100), (ushort)16).Set(new Tag(0x0028_0101), (ushort)12).Set(new Tag(0x0028_0102), (ushort)11).Set(new Tag(0x0028_0103), (ushort)0);
        var output = new ArrayBufferWriter<byte>(Side * Side * 2 + 4096);
        output.Write(Part10.CanonicalHeader(SopClasses.Ct, uid, TransferSyntax.ExplicitLittleEndianUid));
        set.Write(output, DataEncoding.ExplicitLittleEndian);
        var pixels = new byte[Side * Side * 2];
        for (var i = 0; i < pixels.Length; i += 2)
            BitConverter.TryWriteBytes(pixels.AsSpan(i), (ushort)((i / 2 * instance + series) & 0xFFF));
        DataSetWriter.WriteElement(output, Tags.PixelData, Vr.OW, pixels, DataEncoding.ExplicitLittleEndian);
        return output.WrittenSpan.ToArray();
    }
}
