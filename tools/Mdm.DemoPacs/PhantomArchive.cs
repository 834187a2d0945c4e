using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Services;

namespace Mdm.DemoPacs;

/// <summary>A series of the archive: what all its instances share, and how many there are.</summary>
internal sealed record PhantomSeries(int Study, int Number, string Modality, string SopClass, string Description, int Instances, int PixelBytes, int Frames = 1);

/// <summary>
/// Patients who do not exist, generated again and again from their numbers: nothing is kept but what was stored. The same options give the same bytes.
/// </summary>
internal sealed class PhantomArchive
{
    // Below this product's own UUID: nobody else's identifiers.
    private const string Root = "2.25.96487669750105191897146003936682062432.9";
    private const int SyntheticSeriesPerStudy = 4;
    private const int SyntheticInstancesPerSeries = 250;
    private const int SyntheticPixelBytes = 8192;

    private static readonly string[] Names =
    [
        "Muster^Maria", "Doe^Jane^Q", "Rossi^Luca", "Nowak^Anna", "Dupont^Hélène", "Yamada^Tarou=山田^太郎=やまだ^たろう", "Example^Erik",
    ];

    private readonly Dictionary<int, List<PhantomSeries>> _studies = [];
    private readonly ConcurrentDictionary<string, StoredObject> _stored = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, byte[]> _pixels = [];

    public PhantomArchive(DemoPacsOptions options)
    {
        if (options.Phantoms)
        {
            Add(new PhantomSeries(1, 1, "CT", SopClasses.Ct, "Head 5 mm", 20, 64 * 64 * 2));
            Add(new PhantomSeries(1, 2, "SR", SopClasses.BasicTextSr, "Report", 1, 0));
            Add(new PhantomSeries(2, 1, "MR", SopClasses.Mr, "T1 sagittal", 16, 64 * 64 * 2));
            Add(new PhantomSeries(2, 2, "MR", SopClasses.EnhancedMr, "Field map", 1, 64 * 64 * 2 * 12, 12));
            Add(new PhantomSeries(3, 1, "CR", SopClasses.ComputedRadiography, "Chest PA", 2, 256 * 256 * 2));
            Add(new PhantomSeries(3, 2, "DX", SopClasses.DigitalXRay, "Chest lateral", 1, 256 * 256 * 2));
            Add(new PhantomSeries(4, 1, "US", SopClasses.Ultrasound, "Abdomen", 3, 128 * 128 * 2));
            Add(new PhantomSeries(5, 1, "OT", SopClasses.SecondaryCapture, "Screen", 2, 64 * 64 * 2));
        }

        for (var series = 1; series <= options.Series; series++)
            Add(options.Frames > 1
                ? new PhantomSeries(7, series, "MR", SopClasses.EnhancedMr, "Measured", options.Instances, options.PixelBytes, options.Frames)
                : new PhantomSeries(7, series, "CT", SopClasses.Ct, "Measured", options.Instances, options.PixelBytes));
        for (var done = 0; done < options.Count; done += SyntheticInstancesPerSeries)
        {
            var study = 100 + done / (SyntheticSeriesPerStudy * SyntheticInstancesPerSeries);
            var number = done / SyntheticInstancesPerSeries % SyntheticSeriesPerStudy + 1;
            Add(new PhantomSeries(study, number, "CT", SopClasses.Ct, "Synthetic", Math.Min(SyntheticInstancesPerSeries, options.Count - done), SyntheticPixelBytes));
        }
    }

    public static string StudyUid(int study) => string.Create(CultureInfo.InvariantCulture, $"{Root}.{study}");

    public static string SeriesUid(PhantomSeries series) => string.Create(CultureInfo.InvariantCulture, $"{Root}.{series.Study}.{series.Number}");

    public static string InstanceUid(PhantomSeries series, int instance) => string.Create(CultureInfo.InvariantCulture, $"{Root}.{series.Study}.{series.Number}.{instance}");

    public void Store(string instanceUid, StoredObject stored) => _stored[instanceUid] = stored;

    /// <summary>What a query at that level looks at: everything at or above it, generated while it is read.</summary>
    public IEnumerable<AttributeSet> Entries(QueryLevel level, string studyUid, string seriesUid)
    {
        foreach (var stored in StoredEntries(level, studyUid, seriesUid))
            yield return stored;
        foreach (var (study, list) in _studies)
        {
            if (!Among(studyUid, StudyUid(study)))
                continue;
            if (level == QueryLevel.Study)
            {
                yield return Study(study, list);
                continue;
            }

            foreach (var series in list.Where(series => Among(seriesUid, SeriesUid(series))))
            {
                if (level == QueryLevel.Series)
                {
                    yield return Series(Study(study, list), series);
                    continue;
                }

                for (var instance = 1; instance <= series.Instances; instance++)
                    yield return Instance(Series(Study(study, list), series), series, instance);
            }
        }
    }

    /// <summary>An instance as it is sent: its class, the transfer syntax it is kept in (null: any uncompressed), and its bytes in one.</summary>
    public (string SopClass, string? TransferSyntax, Func<DataEncoding, Stream> Open)? Find(AttributeSet entry)
    {
        var uid = entry.GetText(Tags.SopInstanceUid);
        if (_stored.TryGetValue(uid, out var stored))
            return (stored.SopClass, stored.TransferSyntax, _ => new MemoryStream(stored.DataSet, writable: false));
        var numbers = uid[(Root.Length + 1)..].Split('.').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        var series = _studies[numbers[0]].First(series => series.Number == numbers[1]);
        return (series.SopClass, null, encoding => Open(series, numbers[2], encoding));
    }

    private void Add(PhantomSeries series)
    {
        if (!_studies.TryGetValue(series.Study, out var list))
            _studies[series.Study] = list = [];
        list.Add(series);
    }

    private IEnumerable<AttributeSet> StoredEntries(QueryLevel level, string studyUid, string seriesUid)
    {
        var tag = level switch { QueryLevel.Study => Tags.StudyInstanceUid, QueryLevel.Series => Tags.SeriesInstanceUid, _ => Tags.SopInstanceUid };
        return _stored.Values.Select(stored => stored.Attributes)
            .Where(set => Among(studyUid, set.GetText(Tags.StudyInstanceUid)) && (level == QueryLevel.Study || Among(seriesUid, set.GetText(Tags.SeriesInstanceUid))))
            .DistinctBy(set => set.GetText(tag));
    }

    private static bool Among(string uids, string uid) => uids.Length == 0 || uids.Split('\\').Contains(uid);

    private static AttributeSet Study(int study, List<PhantomSeries> series) => new AttributeSet()
        .Set(new DicomAttribute(Tags.SpecificCharacterSet, Vr.CS, "ISO_IR 192"u8.ToArray()))
        .Set(Tags.StudyDate, Date(study))
        .Set(Tags.StudyTime, string.Create(CultureInfo.InvariantCulture, $"{8 + study % 10:00}{study % 60:00}00"))
        .Set(Tags.AccessionNumber, string.Create(CultureInfo.InvariantCulture, $"A{study:000000}"))
        .Set(Tags.ModalitiesInStudy, string.Join('\\', series.Select(one => one.Modality).Distinct()))
        .Set(Tags.SopClassesInStudy, string.Join('\\', series.Select(one => one.SopClass).Distinct()))
        .Set(Tags.StudyDescription, "Phantom study")
        .Set(Tags.PatientName, Names[study % Names.Length])
        .Set(Tags.PatientId, string.Create(CultureInfo.InvariantCulture, $"PAT-{study:0000}"))
        .Set(Tags.PatientBirthDate, string.Create(CultureInfo.InvariantCulture, $"19{40 + study % 50:00}0{1 + study % 9}15"))
        .Set(Tags.PatientSex, study % 2 == 0 ? "F" : "M")
        .Set(Tags.StudyInstanceUid, StudyUid(study))
        .Set(Tags.StudyId, study.ToString(CultureInfo.InvariantCulture))
        .Set(Tags.NumberOfStudyRelatedSeries, series.Count.ToString(CultureInfo.InvariantCulture))
        .Set(Tags.NumberOfStudyRelatedInstances, series.Sum(one => one.Instances).ToString(CultureInfo.InvariantCulture));

    private static AttributeSet Series(AttributeSet study, PhantomSeries series) => study
        .Set(Tags.Modality, series.Modality)
        .Set(Tags.SeriesDescription, series.Description)
        .Set(Tags.BodyPartExamined, series.Modality is "CR" or "DX" ? "CHEST" : "HEAD")
        .Set(Tags.SeriesInstanceUid, SeriesUid(series))
        .Set(Tags.SeriesNumber, series.Number.ToString(CultureInfo.InvariantCulture))
        .Set(Tags.NumberOfSeriesRelatedInstances, series.Instances.ToString(CultureInfo.InvariantCulture));

    private static AttributeSet Instance(AttributeSet above, PhantomSeries series, int instance) => above
        .Set(Tags.SopClassUid, series.SopClass)
        .Set(Tags.SopInstanceUid, InstanceUid(series, instance))
        .Set(Tags.InstanceNumber, instance.ToString(CultureInfo.InvariantCulture));

    private PrefixedStream Open(PhantomSeries series, int instance, DataEncoding encoding)
    {
        var set = Phantoms.Complete(Instance(Series(Study(series.Study, _studies[series.Study]), series), series, instance), series, instance);
        var header = new ArrayBufferWriter<byte>(4096);
        set.Write(header, encoding);
        if (series.PixelBytes == 0)
            return new PrefixedStream(header.WrittenMemory, Stream.Null);
        DataSetWriter.Write(header, new DataSetToken(TokenKind.Element, Tags.PixelData, Vr.OW, (uint)series.PixelBytes, 0, encoding));
        return new PrefixedStream(header.WrittenMemory, new MemoryStream(Pixels(series.PixelBytes), writable: false));
    }

    /// <summary>A bright disc on a ramp, 12 bits, little endian; shared by all objects of that size.</summary>
    private byte[] Pixels(int length) => _pixels.GetOrAdd(length, static length =>
    {
        var pixels = new byte[length];
        var side = Math.Max(1, (int)Math.Sqrt(length / 2.0));
        for (var i = 0; i + 1 < length; i += 2)
        {
            var (x, y) = (i / 2 % side - side / 2, i / 2 / side % side - side / 2);
            var value = x * x + y * y < side * side / 9 ? 2400 : (x + side) * 1000 / (2 * side) + 20;
            BinaryPrimitives.WriteUInt16LittleEndian(pixels.AsSpan(i), (ushort)value);
        }

        return pixels;
    });

    private static string Date(int study) =>
        new DateOnly(2024, 1, 1).AddDays(study * 3 % 700).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
}

/// <summary>An object that somebody stored: as it came.</summary>
internal sealed record StoredObject(string SopClass, string TransferSyntax, AttributeSet Attributes, byte[] DataSet);
