namespace Mdm.Dicom.DataSet;

/// <summary>How element headers are written: the three of PS3.5 §7.1 that differ.</summary>
internal enum DataEncoding : byte
{
    ImplicitLittleEndian,
    ExplicitLittleEndian,
    ExplicitBigEndian,
}

/// <summary>A transfer syntax (PS3.5 §10, annex A): header encoding, compression of the whole stream, encapsulated pixels or not.</summary>
/// <param name="Uid">Without padding.</param>
/// <param name="Encoding">Of element headers.</param>
/// <param name="IsDeflated">The whole data set is a raw deflate stream (A.5).</param>
/// <param name="IsEncapsulated">Pixel data come as fragments (A.4).</param>
internal sealed record TransferSyntax(string Uid, DataEncoding Encoding, bool IsDeflated, bool IsEncapsulated)
{
    public const string ImplicitLittleEndianUid = "1.2.840.10008.1.2";
    public const string ExplicitLittleEndianUid = "1.2.840.10008.1.2.1";
    public const string DeflatedExplicitLittleEndianUid = "1.2.840.10008.1.2.1.99";
    public const string ExplicitBigEndianUid = "1.2.840.10008.1.2.2";

    public static readonly TransferSyntax ImplicitLittleEndian = new(ImplicitLittleEndianUid, DataEncoding.ImplicitLittleEndian, false, false);
    public static readonly TransferSyntax ExplicitLittleEndian = new(ExplicitLittleEndianUid, DataEncoding.ExplicitLittleEndian, false, false);
    public static readonly TransferSyntax DeflatedExplicitLittleEndian = new(DeflatedExplicitLittleEndianUid, DataEncoding.ExplicitLittleEndian, true, false);
    public static readonly TransferSyntax ExplicitBigEndian = new(ExplicitBigEndianUid, DataEncoding.ExplicitBigEndian, false, false);

    // Not data sets in the sense of PS3.5: MIME, XML, video over IP, and the Papyrus draft.
    private static readonly HashSet<string> NotDataSets =
    [
        "1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2", "1.2.840.10008.1.2.7.1", "1.2.840.10008.1.2.7.2",
        "1.2.840.10008.1.2.7.3", "1.2.840.10008.1.20",
    ];

    // JPIP: explicit little endian whose pixels stay at a URL; two of the four are deflated.
    private static readonly HashSet<string> Jpip = ["1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.204"];
    private static readonly HashSet<string> JpipDeflated = ["1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"];

    /// <summary>
    /// The transfer syntax of that UID, or null when this product cannot read its headers. Private and future syntaxes under the
    /// standard's own root are taken as encapsulated explicit little endian, which A.4 makes the rule for all of them.
    /// </summary>
    public static TransferSyntax? Find(string uid) => uid switch
    {
        ImplicitLittleEndianUid => ImplicitLittleEndian,
        ExplicitLittleEndianUid => ExplicitLittleEndian,
        DeflatedExplicitLittleEndianUid => DeflatedExplicitLittleEndian,
        ExplicitBigEndianUid => ExplicitBigEndian,
        _ when NotDataSets.Contains(uid) => null,
        _ when Jpip.Contains(uid) => new TransferSyntax(uid, DataEncoding.ExplicitLittleEndian, false, false),
        _ when JpipDeflated.Contains(uid) => new TransferSyntax(uid, DataEncoding.ExplicitLittleEndian, true, false),
        _ when uid.StartsWith("1.2.840.10008.1.2.", StringComparison.Ordinal) => new TransferSyntax(uid, DataEncoding.ExplicitLittleEndian, false, true),
        _ => null,
    };

    /// <summary>What an archive is asked for, the most wanted first: one presentation context each, so that nothing is recoded.</summary>
    public static IReadOnlyList<string> Retrievable { get; } =
    [
        ExplicitLittleEndianUid, ImplicitLittleEndianUid,
        "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57",
        "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91",
        "1.2.840.10008.1.2.5", DeflatedExplicitLittleEndianUid, ExplicitBigEndianUid,
        "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203",
        "1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.101", "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.103",
        "1.2.840.10008.1.2.4.104", "1.2.840.10008.1.2.4.105", "1.2.840.10008.1.2.4.106", "1.2.840.10008.1.2.4.107",
        "1.2.840.10008.1.2.4.108", "1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.93",
        "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.112", "1.2.840.10008.1.2.1.98",
    ];
}
