using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using Mdm.Abstractions;
using Mdm.Dicom.Confidentiality;
using Mdm.Dicom.DataSet;

namespace Mdm.Dicom.Archives;

/// <summary>Attributes for the metadata: what PS3.6 says of them, and their values out of an object's header.</summary>
internal static class AttributeReading
{
    /// <summary>Longer values say more than anybody searches for.</summary>
    private const int LongestValue = 64 * 1024;

    // A keyword with one of these tells of an illness, a treatment or a question put to the images.
    private static readonly string[] MedicalWords =
        ["Diagnos", "Description", "Reason", "Alert", "Allerg", "History", "Pregnan", "Smoking", "Contrast", "Medication", "Comments", "BodyPart", "Anatomic", "Requested"];

    /// <summary>Null for what PS3.6 does not know, for sequences, and for binary values.</summary>
    public static AttributeDefinition? Define(string keyword) =>
        DicomDictionary.FindKeyword(keyword) is { } entry && IsReadable(entry.Vr)
            ? new AttributeDefinition(keyword, entry.Vr.Name(), entry.Multiplicity != "1", GroupOf(entry))
            : null;

    /// <summary>Reads until everything wanted has been seen or passed, or the bytes end.</summary>
    public static async ValueTask<ImmutableArray<ArchiveAttribute>> ReadAsync(ReadOnlyMemory<byte> beginning, IReadOnlyCollection<string> keywords, CancellationToken cancellationToken)
    {
        var wanted = keywords.Select(DicomDictionary.FindKeyword).OfType<DictionaryEntry>().Where(entry => IsReadable(entry.Vr)).DistinctBy(entry => entry.Tag).ToDictionary(entry => entry.Tag);
        if (wanted.Count == 0)
            return [];
        var last = wanted.Keys.Max(tag => tag.Value);
        var found = new AttributeSet();
        try
        {
            using var bytes = new MemoryStream(beginning.ToArray(), writable: false);
            await using var file = await Part10.OpenAsync(bytes, cancellationToken);
            using var reader = new DataSetReader(file.DataSet, file.TransferSyntax.Encoding);
            while (await reader.ReadAsync(cancellationToken) is { Kind: not TokenKind.End } token)
            {
                if (token is { Depth: 0, Kind: TokenKind.Element or TokenKind.SequenceStart or TokenKind.FragmentsStart } && token.Tag.Value > last)
                    break;
                if (token.Kind is not (TokenKind.Element or TokenKind.Fragment))
                    continue;
                if (token.Depth > 0 || token.Length > LongestValue || (token.Tag != Tags.SpecificCharacterSet && !wanted.ContainsKey(token.Tag)))
                    await reader.SkipValueAsync(cancellationToken);
                else
                    found.Set(new DicomAttribute(token.Tag, token.Vr, LittleEndian(await reader.ReadValueAsync(cancellationToken), token)));
            }
        }
        catch (MdmException cut) when (cut.Kind is MdmErrorKind.Corrupt or MdmErrorKind.Refused)
        {
            // The beginning ends before the header does: what was read holds.
        }
        return [.. wanted.Values.Where(entry => found.Contains(entry.Tag)).Select(entry => new ArchiveAttribute(entry.Keyword, entry.Vr.Name(), [.. ValuesOf(found, entry)]))];
    }

    private static byte[] LittleEndian(byte[] value, in DataSetToken token)
    {
        var unit = token.Vr.UnitLength();
        for (var at = 0; token.Encoding == DataEncoding.ExplicitBigEndian && unit > 1 && at + unit <= value.Length; at += unit)
            value.AsSpan(at, unit).Reverse();
        return value;
    }

    private static IEnumerable<string> ValuesOf(AttributeSet found, DictionaryEntry entry)
    {
        if (!entry.Vr.IsText())
            return Numbers(found[entry.Tag]!.Value, entry.Vr);
        return Listing.Values(found, entry);
    }

    private static List<string> Numbers(ReadOnlyMemory<byte> value, Vr vr)
    {
        var numbers = new List<string>();
        var unit = vr.UnitLength();
        for (var rest = value.Span; rest.Length >= unit; rest = rest[unit..])
        {
            numbers.Add(vr switch
            {
                Vr.US => BinaryPrimitives.ReadUInt16LittleEndian(rest).ToString(CultureInfo.InvariantCulture),
                Vr.SS => BinaryPrimitives.ReadInt16LittleEndian(rest).ToString(CultureInfo.InvariantCulture),
                Vr.UL => BinaryPrimitives.ReadUInt32LittleEndian(rest).ToString(CultureInfo.InvariantCulture),
                Vr.SL => BinaryPrimitives.ReadInt32LittleEndian(rest).ToString(CultureInfo.InvariantCulture),
                Vr.SV => BinaryPrimitives.ReadInt64LittleEndian(rest).ToString(CultureInfo.InvariantCulture),
                Vr.UV => BinaryPrimitives.ReadUInt64LittleEndian(rest).ToString(CultureInfo.InvariantCulture),
                Vr.FL => BinaryPrimitives.ReadSingleLittleEndian(rest).ToString("R", CultureInfo.InvariantCulture),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(rest).ToString("R", CultureInfo.InvariantCulture),
            });
        }
        return numbers;
    }

    private static bool IsReadable(Vr vr) => vr.IsText() || vr is Vr.US or Vr.SS or Vr.UL or Vr.SL or Vr.SV or Vr.UV or Vr.FL or Vr.FD;

    /// <summary>What PS3.15 table E.1-1 takes from an object may say who the patient is; the rest of a header does not.</summary>
    private static string GroupOf(DictionaryEntry entry)
    {
        var isIdentifying = ConfidentialityTable.Instance.Rows.ContainsKey(entry.Tag.Value);
        if (entry.Vr == Vr.UI)
            return "identifier";
        if (entry.Tag.Group != 0x0010 && Array.Exists(MedicalWords, word => entry.Keyword.Contains(word, StringComparison.Ordinal)))
            return "medical";
        if (isIdentifying && entry.Tag.Group != 0x0010 && entry.Vr is Vr.SH or Vr.LO && (entry.Keyword.EndsWith("ID", StringComparison.Ordinal) || entry.Keyword.EndsWith("Number", StringComparison.Ordinal)))
            return "identifier";
        return isIdentifying || entry.Tag.Group == 0x0010 || entry.Vr == Vr.PN ? "patient" : "image";
    }
}
