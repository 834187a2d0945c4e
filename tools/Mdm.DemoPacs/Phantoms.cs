using System.Globalization;
using Mdm.Dicom.DataSet;

namespace Mdm.DemoPacs;

/// <summary>Fills an instance with what its modality's object definition (PS3.3) wants, and with everything that identifies a patient: it is there to be removed.</summary>
internal static class Phantoms
{
    public static AttributeSet Complete(AttributeSet set, PhantomSeries series, int instance)
    {
        // These two answer queries; they are not part of objects.
        foreach (var tag in new[] { Tags.ModalitiesInStudy, Tags.SopClassesInStudy, Tags.NumberOfStudyRelatedSeries, Tags.NumberOfStudyRelatedInstances, Tags.NumberOfSeriesRelatedInstances })
            set.Remove(tag);
        var date = set.GetText(Tags.StudyDate);
        set.Set(new Tag(0x0008_0008), "ORIGINAL\\PRIMARY\\AXIAL")
            .Set(new Tag(0x0008_0021), date).Set(new Tag(0x0008_0022), date).Set(new Tag(0x0008_0023), date)
            .Set(new Tag(0x0008_0031), "101500").Set(new Tag(0x0008_0032), "101501").Set(new Tag(0x0008_0033), "101502")
            .Set(new Tag(0x0008_0070), "MDM Phantom Works")
            .Set(new Tag(0x0008_0080), "Example Hospital")
            .Set(new Tag(0x0008_0081), "1 Example Street, Exampletown")
            .Set(new Tag(0x0008_0090), "Referrer^Rita")
            .Set(new Tag(0x0008_1010), "SCANNER1")
            .Set(new Tag(0x0008_1050), "Performer^Paul")
            .Set(new Tag(0x0008_1070), "Operator^Olga")
            .Set(new Tag(0x0010_1010), "042Y")
            .Set(new Tag(0x0010_1030), "71.5")
            .Set(new Tag(0x0010_1040), "2 Patient Road, Exampletown")
            .Set(new Tag(0x0010_2154), "+41 00 000 00 00")
            .Set(new Tag(0x0018_1000), "SN-12345")
            .Set(new Tag(0x0018_1030), "Phantom protocol")
            .Set(new Tag(0x0040_0275), [new AttributeSet().Set(new Tag(0x0040_0007), "Examination of the patient").Set(new Tag(0x0040_0009), "STEP1")]);
        set.Set(new DicomAttribute(new Tag(0x0029_0010), Vr.LO, "MDM PHANTOM "u8.ToArray()))
            .Set(new DicomAttribute(new Tag(0x0029_1001), Vr.LO, System.Text.Encoding.UTF8.GetBytes("private " + set.GetText(Tags.PatientId))));
        if (series.Modality == "SR")
            return Report(set, date);
        Image(set, series);
        if (series.Modality is "CT" or "MR")
        {
            set.Set(new Tag(0x0018_0050), "5").Set(new Tag(0x0018_5100), "HFS")
                .Set(new Tag(0x0020_0032), string.Create(CultureInfo.InvariantCulture, $"-100\\-100\\{instance * 5}"))
                .Set(new Tag(0x0020_0037), "1\\0\\0\\0\\1\\0")
                .Set(new Tag(0x0020_0052), set.GetText(Tags.StudyInstanceUid) + ".9")
                .Set(new Tag(0x0020_1040), "").Set(new Tag(0x0028_0030), "0.5\\0.5");
        }

        if (series.Modality == "CT")
            set.Set(new Tag(0x0018_0060), "120").Set(new Tag(0x0020_0012), "1").Set(new Tag(0x0028_1052), "-1024").Set(new Tag(0x0028_1053), "1");
        if (series.Modality == "MR")
            set.Set(new Tag(0x0018_0020), "SE").Set(new Tag(0x0018_0021), "NONE").Set(new Tag(0x0018_0022), "").Set(new Tag(0x0018_0080), "500").Set(new Tag(0x0018_0081), "15");
        if (series.Frames > 1)
            Frames(set, series, date);
        if (series.Modality is "OT" or "US")
            set.Set(new Tag(0x0028_0301), "YES").Set(new Tag(0x0008_0064), "WSD");
        return set;
    }

    private static void Image(AttributeSet set, PhantomSeries series)
    {
        var pixels = series.PixelBytes / 2 / series.Frames;
        var columns = Math.Clamp((int)Math.Sqrt(pixels), 1, 4096);
        var rows = Math.Clamp(pixels / columns, 1, ushort.MaxValue);
        set.Set(new Tag(0x0028_0002), (ushort)1)
            .Set(new Tag(0x0028_0004), "MONOCHROME2")
            .Set(new Tag(0x0028_0010), (ushort)rows)
            .Set(new Tag(0x0028_0011), (ushort)columns)
            .Set(new Tag(0x0028_0100), (ushort)16)
            .Set(new Tag(0x0028_0101), (ushort)12)
            .Set(new Tag(0x0028_0102), (ushort)11)
            .Set(new Tag(0x0028_0103), (ushort)0)
            .Set(new Tag(0x0028_1050), "1200").Set(new Tag(0x0028_1051), "2400");
    }

    private static void Frames(AttributeSet set, PhantomSeries series, string date)
    {
        var frames = new List<AttributeSet>();
        for (var frame = 1; frame <= series.Frames; frame++)
        {
            var content = new AttributeSet()
                .Set(new Tag(0x0018_9074), date + "101500")
                .Set(new Tag(0x0020_9056), "1")
                .Set(new DicomAttribute(new Tag(0x0020_9057), Vr.UL, BitConverter.GetBytes((uint)frame)));
            var position = new AttributeSet().Set(new Tag(0x0020_0032), string.Create(CultureInfo.InvariantCulture, $"0\\0\\{frame}"));
            frames.Add(new AttributeSet().Set(new Tag(0x0020_9111), [content]).Set(new Tag(0x0020_9113), [position]));
        }

        set.Set(new Tag(0x0028_0008), series.Frames.ToString(CultureInfo.InvariantCulture)).Set(new Tag(0x5200_9230), frames);
    }

    private static AttributeSet Report(AttributeSet set, string date)
    {
        AttributeSet Code(string value, string scheme, string meaning) => new AttributeSet()
            .Set(new Tag(0x0008_0100), value).Set(new Tag(0x0008_0102), scheme).Set(new Tag(0x0008_0104), meaning);

        var observer = new AttributeSet()
            .Set(new Tag(0x0040_A010), "HAS OBS CONTEXT").Set(new Tag(0x0040_A040), "PNAME")
            .Set(new Tag(0x0040_A043), [Code("121008", "DCM", "Person Observer Name")])
            .Set(new Tag(0x0040_A123), "Reader^Rolf");
        var finding = new AttributeSet()
            .Set(new Tag(0x0040_A010), "CONTAINS").Set(new Tag(0x0040_A040), "TEXT")
            .Set(new Tag(0x0040_A043), [Code("121071", "DCM", "Finding")])
            .Set(new DicomAttribute(new Tag(0x0040_A160), Vr.UT, System.Text.Encoding.UTF8.GetBytes($"{set.GetText(Tags.PatientName)} has no finding.")));
        return set
            .Set(new Tag(0x0040_A040), "CONTAINER").Set(new Tag(0x0040_A043), [Code("18748-4", "LN", "Diagnostic imaging report")])
            .Set(new Tag(0x0040_A050), "SEPARATE").Set(new Tag(0x0040_A491), "COMPLETE").Set(new Tag(0x0040_A493), "UNVERIFIED")
            .Set(new Tag(0x0040_A032), date + "101600").Set(new Tag(0x0040_A730), [observer, finding]);
    }
}
