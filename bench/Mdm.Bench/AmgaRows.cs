using System.Globalization;

namespace Mdm.Bench;

/// <summary>Rows of a collection of images, 20 attributes each, the same each time: what a radiology's archive says of its images, with its usual spread.</summary>
internal static class AmgaRows
{
    /// <summary>The attributes and their types; all but the last three are of a kind that the server indexes by itself.</summary>
    public static readonly (string Name, string Type)[] Attributes =
    [
        ("PatientID", "varchar(64)"), ("PatientSex", "varchar(16)"), ("PatientAge", "int"), ("StudyInstanceUID", "varchar(64)"), ("SeriesInstanceUID", "varchar(64)"),
        ("SOPInstanceUID", "varchar(64)"), ("StudyDate", "timestamp"), ("Modality", "varchar(16)"), ("BodyPartExamined", "varchar(16)"), ("Manufacturer", "varchar(64)"),
        ("SeriesNumber", "int"), ("InstanceNumber", "int"), ("Rows", "int"), ("Columns", "int"), ("SliceThickness", "float"), ("KVP", "float"), ("PixelSpacing", "numeric(8,4)"),
        ("StudyDescription", "text"), ("SeriesDescription", "text"), ("ProtocolName", "text"),
    ];

    private static readonly DateTime Begin = new(2010, 1, 1);
    private const int Days = 3650;
    private const int ImagesPerSeries = 50;
    private static readonly string[] Modalities = ["CT", "MR", "US", "CR", "DX", "MG", "NM", "PT", "XA", "SR"];
    private static readonly string[] BodyParts = ["HEAD", "CHEST", "ABDOMEN", "PELVIS", "KNEE", "SPINE", "NECK", "HAND", "FOOT", "BREAST"];
    private static readonly string[] Manufacturers = ["Aurora", "Borealis", "Cassini", "Doppler", "Euclid"];

    /// <summary>An entry's name: 32 hexadecimal digits, as of a file's id.</summary>
    public static string Name(int row) => string.Create(CultureInfo.InvariantCulture, $"{Mix(row, 0):x16}{row:x16}");

    /// <summary>The command that puts a row.</summary>
    public static string[] Put(int row)
    {
        var series = row / ImagesPerSeries;
        var study = series / 4;
        var patient = study / 3;
        var modality = Pick(Modalities, study, 1);
        var part = Pick(BodyParts, study, 2);
        return
        [
            "put", Name(row), Text($"P{Mix(patient, 3) % 100_000_000:00000000}"), (Mix(patient, 4) & 1) == 0 ? "F" : "M", Text($"{Mix(study, 5) % 90}"), Text($"1.2.826.0.1.3680043.10.1.{Mix(study, 6)}"),
            Text($"1.2.826.0.1.3680043.10.2.{Mix(series, 7)}"), Text($"1.2.826.0.1.3680043.10.3.{Mix(row, 8)}"), Text($"{Begin.AddDays(Mix(study, 9) % Days).AddSeconds(Mix(study, 10) % 86_400):yyyy-MM-dd HH:mm:ss}"),
            modality, part, Pick(Manufacturers, study, 11), Text($"{series % 4 + 1}"), Text($"{row % ImagesPerSeries + 1}"), "512", "512", Text($"{(Mix(series, 12) % 10 + 1) * 0.5}"), "120", Text($"{(Mix(series, 13) % 100 + 1) / 100.0}"),
            $"{modality} {part} routine", $"{modality} {part} axial, {Pick(Manufacturers, study, 11)}", $"{part} standard",
        ];
    }

    /// <summary>Three predicates: of a million rows, about one in ten thousand.</summary>
    public static (string Modality, string BodyPart, DateTime From, DateTime Until) Question(int number)
    {
        var from = Begin.AddDays(Mix(number, 14) % (Days - 37));
        return (Pick(Modalities, number, 15), Pick(BodyParts, number, 16), from, from.AddDays(37));
    }

    private static string Pick(string[] words, int number, int what) => words[Mix(number, what) % words.Length];

    // SplitMix64's finalizer, without the sign.
    private static long Mix(int number, int what)
    {
        var z = ((ulong)what << 32 | (uint)number) * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (long)((z ^ (z >> 31)) >> 1);
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
