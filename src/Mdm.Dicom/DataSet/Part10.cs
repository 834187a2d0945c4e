using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Mdm.Abstractions;

namespace Mdm.Dicom.DataSet;

/// <summary>A DICOM file that was opened: its header, and the data set behind it as a stream, inflated if it was deflated.</summary>
/// <param name="FileMeta">Group 0002; empty for a bare data set.</param>
/// <param name="TransferSyntax">As declared, or as recognised in a bare data set.</param>
/// <param name="DataSet">Positioned at the first element of the data set.</param>
internal sealed record Part10File(AttributeSet FileMeta, TransferSyntax TransferSyntax, Stream DataSet) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => DataSet.DisposeAsync();
}

/// <summary>PS3.10 §7: the DICOM file format. Bare data sets, which older software leaves behind, are recognised by their first element.</summary>
internal static class Part10
{
    public const int PreambleLength = 128;

    /// <summary>Bytes of group 0002. Real ones have some 300.</summary>
    public const int MaxFileMetaLength = 256 * 1024;

    /// <summary>This product, all versions of it (PS3.7 §D.3.3.2). Fixed: it stands in every canonical file.</summary>
    public const string ImplementationClassUid = "2.25.96487669750105191897146003936682062432";

    private const int FirstRead = 4096;

    /// <summary>Opens a file. The stream is read forward only and closed with the result.</summary>
    /// <exception cref="MdmException">Corrupt: not DICOM. Refused: a transfer syntax or header that is not supported.</exception>
    public static async ValueTask<Part10File> OpenAsync(Stream file, CancellationToken cancellationToken)
    {
        var head = new byte[FirstRead];
        var length = await FillAsync(file, head, 0, cancellationToken);
        if (length >= PreambleLength + 4 && head.AsSpan(PreambleLength, 4).SequenceEqual("DICM"u8))
            return await OpenAfterPreambleAsync(file, head, PreambleLength + 4, length, cancellationToken);
        // A header without its preamble, as some archives keep it.
        if (length >= 8 && head[0] == 2 && head[1] == 0)
            return await OpenAfterPreambleAsync(file, head, 0, length, cancellationToken);
        var syntax = Recognise(head.AsSpan(0, length));
        return new Part10File(new AttributeSet(), syntax, new PrefixedStream(head.AsMemory(0, length), file));
    }

    /// <summary>The canonical file header of an object: see docs/conformance.md, "Canonical Part 10".</summary>
    public static byte[] CanonicalHeader(string sopClassUid, string sopInstanceUid, string transferSyntaxUid)
    {
        var meta = new ArrayBufferWriter<byte>(256);
        DataSetWriter.WriteElement(meta, Tags.FileMetaVersion, Vr.OB, [0, 1], DataEncoding.ExplicitLittleEndian);
        DataSetWriter.WriteElement(meta, Tags.MediaStorageSopClassUid, Vr.UI, Encoding.ASCII.GetBytes(sopClassUid), DataEncoding.ExplicitLittleEndian);
        DataSetWriter.WriteElement(meta, Tags.MediaStorageSopInstanceUid, Vr.UI, Encoding.ASCII.GetBytes(sopInstanceUid), DataEncoding.ExplicitLittleEndian);
        DataSetWriter.WriteElement(meta, Tags.TransferSyntaxUid, Vr.UI, Encoding.ASCII.GetBytes(transferSyntaxUid), DataEncoding.ExplicitLittleEndian);
        DataSetWriter.WriteElement(meta, Tags.ImplementationClassUid, Vr.UI, Encoding.ASCII.GetBytes(ImplementationClassUid), DataEncoding.ExplicitLittleEndian);

        var header = new ArrayBufferWriter<byte>(PreambleLength + 16 + meta.WrittenCount);
        header.GetSpan(PreambleLength)[..PreambleLength].Clear();
        header.Advance(PreambleLength);
        header.Write("DICM"u8);
        var count = new byte[4];
        BitConverter.TryWriteBytes(count, (uint)meta.WrittenCount);
        DataSetWriter.WriteElement(header, Tags.FileMetaGroupLength, Vr.UL, count, DataEncoding.ExplicitLittleEndian);
        header.Write(meta.WrittenSpan);
        return header.WrittenSpan.ToArray();
    }

    private static async ValueTask<Part10File> OpenAfterPreambleAsync(Stream file, byte[] head, int start, int length, CancellationToken cancellationToken)
    {
        AttributeSet meta;
        int consumed;
        while (!TryReadFileMeta(head.AsSpan(start, length - start), length < head.Length, out meta, out consumed))
        {
            if (length >= MaxFileMetaLength)
                throw new MdmException(MdmErrorKind.Refused, string.Create(CultureInfo.InvariantCulture, $"The DICOM file header is longer than {MaxFileMetaLength} bytes (limit MaxFileMetaLength)."));
            Array.Resize(ref head, Math.Min(head.Length * 2, MaxFileMetaLength + PreambleLength + 4));
            length = await FillAsync(file, head, length, cancellationToken);
        }

        var rest = head.AsMemory(start + consumed, length - start - consumed);
        var uid = meta.GetText(Tags.TransferSyntaxUid);
        var syntax = uid.Length == 0
            ? Recognise(rest.Span)
            : TransferSyntax.Find(uid) ?? throw new MdmException(MdmErrorKind.Unsupported, "The DICOM file is written in a transfer syntax that is not supported.");
        Stream dataSet = new PrefixedStream(rest, file);
        if (syntax.IsDeflated)
            dataSet = new DeflateStream(dataSet, CompressionMode.Decompress);
        return new Part10File(meta, syntax, dataSet);
    }

    /// <summary>Reads group 0002 element by element, whatever (0002,0000) claims: it is wrong or absent in too many files.</summary>
    private static bool TryReadFileMeta(ReadOnlySpan<byte> data, bool isFinal, out AttributeSet meta, out int consumed)
    {
        meta = new AttributeSet();
        consumed = 0;
        while (true)
        {
            var rest = data[consumed..];
            if (rest.Length < 8)
                return isFinal;
            if (rest[0] != 2 || rest[1] != 0)
                return true;
            var tag = new Tag(2, (ushort)(rest[2] | (rest[3] << 8)));
            var vr = VrFacts.FromBytes(rest[4], rest[5]);
            if (!vr.IsKnown())
                throw new MdmException(MdmErrorKind.Corrupt, $"The DICOM file header has an unknown value representation at {tag}.");
            var headerLength = vr.HasLongLength() ? 12 : 8;
            if (rest.Length < headerLength)
                return isFinal ? throw CutShort() : false;
            var valueLength = vr.HasLongLength() ? BitConverter.ToUInt32(rest[8..12]) : BitConverter.ToUInt16(rest[6..8]);
            if (valueLength > MaxFileMetaLength)
                throw new MdmException(MdmErrorKind.Refused, $"The DICOM file header declares a value at {tag} longer than the limit MaxFileMetaLength.");
            if (rest.Length - headerLength < valueLength)
                return isFinal ? throw CutShort() : false;
            meta.Set(new DicomAttribute(tag, vr, rest.Slice(headerLength, (int)valueLength).ToArray()));
            consumed += headerLength + (int)valueLength;
        }
    }

    /// <summary>Explicit VR shows two known letters after the first tag; big endian shows group 0008 as 00 08.</summary>
    private static TransferSyntax Recognise(ReadOnlySpan<byte> start)
    {
        if (start.Length < 8)
            throw NotDicom();
        var big = start[0] == 0 && start[1] != 0;
        var isExplicit = VrFacts.FromBytes(start[4], start[5]).IsKnown();
        var group = big ? (start[0] << 8) | start[1] : start[0] | (start[1] << 8);
        // A data set of an image starts in group 0008; anything else that low is no DICOM.
        if (group is < 4 or > 0x28 || (big && !isExplicit))
            throw NotDicom();
        if (!isExplicit)
        {
            var length = BitConverter.ToUInt32(start[4..8]);
            return length is <= 0xFFFF or DataSetParser.UndefinedLength ? TransferSyntax.ImplicitLittleEndian : throw NotDicom();
        }

        return big ? TransferSyntax.ExplicitBigEndian : TransferSyntax.ExplicitLittleEndian;
    }

    private static async ValueTask<int> FillAsync(Stream file, byte[] buffer, int length, CancellationToken cancellationToken) =>
        length + await file.ReadAtLeastAsync(buffer.AsMemory(length), buffer.Length - length, throwOnEndOfStream: false, cancellationToken);

    private static MdmException NotDicom() => new(MdmErrorKind.Corrupt, "The content is not a DICOM file.");

    private static MdmException CutShort() => new(MdmErrorKind.Corrupt, "The DICOM file ends in the middle of its header.");
}
