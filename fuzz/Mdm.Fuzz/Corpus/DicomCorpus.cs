using System.Buffers;
using System.IO.Compression;
using Mdm.Dicom.DataSet;

namespace Mdm.Fuzz.Corpus;

/// <summary>Random but well-formed data sets in every encoding: sequences of both lengths, private and unknown elements, fragments.</summary>
internal static class DicomCorpus
{
    private const int PerEncoding = 6;
    private const string SopClass = "1.2.840.10008.5.1.4.1.1.7";

    private static readonly Tag[] Known =
    [
        new(0x0008, 0x0005), new(0x0008, 0x0020), new(0x0008, 0x0060), new(0x0008, 0x1030), new(0x0010, 0x0010), new(0x0010, 0x0020), new(0x0018, 0x0015),
        new(0x0020, 0x000D), new(0x0020, 0x0013), new(0x0028, 0x0010), new(0x0028, 0x0011), new(0x0028, 0x0030), new(0x0040, 0x0244),
    ];

    private static readonly Vr[] Texts = [Vr.LO, Vr.SH, Vr.PN, Vr.CS, Vr.DA, Vr.DS, Vr.IS, Vr.UT, Vr.LT, Vr.UC, Vr.UR];
    private static readonly Vr[] Numbers = [Vr.US, Vr.SS, Vr.UL, Vr.SL, Vr.FL, Vr.FD, Vr.AT, Vr.OB, Vr.OW, Vr.UN, Vr.SV, Vr.UV, Vr.OD, Vr.OL];

    /// <summary>Headers of sequences, items, delimiters and pixel data, little and big endian, explicit and implicit.</summary>
    public static IReadOnlyList<byte[]> Tokens { get; } =
    [
        [0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF], [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0], [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0],
        [0xFF, 0xFE, 0xE0, 0x00, 0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFE, 0xE0, 0xDD, 0, 0, 0, 0],
        [0x40, 0x00, 0x30, 0xA7, (byte)'S', (byte)'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF],
        [0x40, 0x00, 0x30, 0xA7, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF],
        [0x09, 0x00, 0x10, 0x10, (byte)'U', (byte)'N', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [0xE0, 0x7F, 0x10, 0x00, (byte)'O', (byte)'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF],
        [0xE0, 0x7F, 0x10, 0x00, (byte)'O', (byte)'W', 0, 0, 0x00, 0x5E, 0xD0, 0xB2], [0xFC, 0xFF, 0xFC, 0xFF, (byte)'O', (byte)'B', 0, 0], [0x02, 0x00, 0x10, 0x00, (byte)'U', (byte)'I'],
        "DICM"u8.ToArray(), "1.2.840.10008.1.2"u8.ToArray(), "1.2.840.10008.1.2.1.99"u8.ToArray(), "1.2.840.10008.1.2.2"u8.ToArray(), "1.2.840.10008.1.2.4.70"u8.ToArray(),
    ];

    /// <summary>Bare data sets, the encoding as one byte before each.</summary>
    public static IReadOnlyList<byte[]> DataSets(Xorshift random) =>
        [.. Enum.GetValues<DataEncoding>().SelectMany(encoding => Enumerable.Range(0, PerEncoding).Select(_ => (byte[])[(byte)encoding, .. DataSet(random, encoding, isEncapsulated: random.Chance(3))]))];

    /// <summary>Whole files in every transfer syntax that is asked for, bare ones, and small ones of <c>MDM_SAMPLES</c> or <c>../shared</c> where they are.</summary>
    public static IReadOnlyList<byte[]> Files(Xorshift random)
    {
        var files = new List<byte[]>();
        foreach (var uid in TransferSyntax.Retrievable)
        {
            var syntax = TransferSyntax.Find(uid)!;
            for (var i = 0; i < 2; i++)
            {
                var body = DataSet(random, syntax.Encoding, syntax.IsEncapsulated);
                files.Add([.. Part10.CanonicalHeader(SopClass, "1.2.3." + i, uid), .. syntax.IsDeflated ? Deflated(body) : body]);
            }
        }
        files.Add(DataSet(random, DataEncoding.ImplicitLittleEndian, false));
        files.Add(DataSet(random, DataEncoding.ExplicitBigEndian, false));
        files.AddRange(SampleFiles.Smallest("dicom-samples", "*", 32));
        return files;
    }

    public static byte[] DataSet(Xorshift random, DataEncoding encoding, bool isEncapsulated)
    {
        var output = new ArrayBufferWriter<byte>();
        DataSetWriter.WriteElement(output, Tags.SopClassUid, Vr.UI, "1.2.840.10008.5.1.4.1.1.7"u8, encoding);
        DataSetWriter.WriteElement(output, Tags.SopInstanceUid, Vr.UI, "1.2.3.4"u8, encoding);
        Elements(output, random, encoding, 0);
        if (isEncapsulated)
            Fragments(output, random, encoding);
        else
            DataSetWriter.WriteElement(output, Tags.PixelData, Vr.OW, random.Bytes(2 * random.Below(200)), encoding);
        if (random.Chance(4))
            DataSetWriter.WriteElement(output, Tags.DataSetTrailingPadding, Vr.OB, new byte[random.Below(20)], encoding);
        return output.WrittenSpan.ToArray();
    }

    private static void Elements(ArrayBufferWriter<byte> output, Xorshift random, DataEncoding encoding, int depth)
    {
        for (var i = 1 + random.Below(7); i > 0; i--)
        {
            var kind = random.Below(10);
            if (kind < 3 && depth < 5)
                Sequence(output, random, encoding, depth);
            else if (kind < 6)
                DataSetWriter.WriteElement(output, random.Pick(Known), random.Pick(Texts), "A\\text^with=parts \xC3\xA4"u8[..random.Below(20)], encoding);
            else if (kind < 8)
                DataSetWriter.WriteElement(output, new Tag((ushort)(0x0009 + 2 * random.Below(8)), (ushort)(0x1000 + random.Below(256))), random.Pick(Numbers), random.Bytes(8 * random.Below(5)), encoding);
            else
                DataSetWriter.WriteElement(output, new Tag(0x0019, (ushort)(0x1000 + random.Below(0xE000))), random.Pick(Numbers), random.Bytes(random.Below(17)), encoding);
        }
    }

    private static void Sequence(ArrayBufferWriter<byte> output, Xorshift random, DataEncoding encoding, int depth)
    {
        var tag = new Tag(0x0040, 0xA730);
        if (random.Chance(2))
        {
            // Of defined length: what the product itself never writes.
            var item = new ArrayBufferWriter<byte>();
            Elements(item, random, encoding, depth + 1);
            var content = new ArrayBufferWriter<byte>();
            DataSetWriter.Write(content, new DataSetToken(TokenKind.Fragment, Tags.Item, Vr.None, (uint)item.WrittenCount, 0, encoding));
            content.Write(item.WrittenSpan);
            DataSetWriter.WriteElement(output, tag, Vr.SQ, content.WrittenSpan, encoding);
            return;
        }
        var inner = encoding != DataEncoding.ImplicitLittleEndian && random.Chance(4) ? DataEncoding.ImplicitLittleEndian : encoding;
        DataSetWriter.Write(output, new DataSetToken(TokenKind.SequenceStart, tag, inner == encoding ? Vr.SQ : Vr.UN, 0, 0, encoding));
        for (var items = random.Below(3); items >= 0; items--)
        {
            DataSetWriter.Write(output, new DataSetToken(TokenKind.ItemStart, Tags.Item, Vr.None, 0, 0, inner));
            Elements(output, random, inner, depth + 1);
            DataSetWriter.Write(output, new DataSetToken(TokenKind.ItemEnd, Tags.Item, Vr.None, 0, 0, inner));
        }
        DataSetWriter.Write(output, new DataSetToken(TokenKind.SequenceEnd, tag, Vr.SQ, 0, 0, inner));
    }

    private static void Fragments(ArrayBufferWriter<byte> output, Xorshift random, DataEncoding encoding)
    {
        DataSetWriter.Write(output, new DataSetToken(TokenKind.FragmentsStart, Tags.PixelData, Vr.OB, 0, 0, encoding));
        for (var fragments = 1 + random.Below(4); fragments > 0; fragments--)
        {
            var value = random.Bytes(2 * random.Below(100));
            DataSetWriter.Write(output, new DataSetToken(TokenKind.Fragment, Tags.Item, Vr.OB, (uint)value.Length, 0, encoding));
            output.Write(value);
        }
        DataSetWriter.Write(output, new DataSetToken(TokenKind.FragmentsEnd, Tags.PixelData, Vr.OB, 0, 0, encoding));
    }

    private static byte[] Deflated(byte[] body)
    {
        var output = new MemoryStream();
        using (var deflate = new DeflateStream(output, CompressionLevel.Fastest))
            deflate.Write(body);
        return output.ToArray();
    }
}
