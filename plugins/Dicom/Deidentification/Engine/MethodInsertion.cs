using System.Buffers;
using System.Text;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>Puts the elements of <see cref="MethodRecord"/> where they belong among the others. Not thread-safe.</summary>
internal sealed class MethodInsertion(MethodRecord record, IBufferWriter<byte> output)
{
    private readonly Tag[] _own = record.IsKnownClean
        ? [MoreTags.PatientIdentityRemoved, MoreTags.DeidentificationMethod, MoreTags.DeidentificationMethodCodes, MoreTags.BurnedInAnnotation, MoreTags.LongitudinalTemporalInformationModified]
        : [MoreTags.PatientIdentityRemoved, MoreTags.DeidentificationMethod, MoreTags.DeidentificationMethodCodes, MoreTags.LongitudinalTemporalInformationModified];
    private readonly HashSet<string> _codes = new(StringComparer.Ordinal);
    private int _next;

    /// <summary>Writes what belongs before an element of the data set itself.</summary>
    public void Before(Tag tag, DataEncoding encoding)
    {
        while (_next < _own.Length && _own[_next] < tag)
        {
            var own = _own[_next++];
            if (own == MoreTags.DeidentificationMethodCodes)
                WriteCodes(encoding);
            else
                Write(own, "", encoding);
        }

        if (_next < _own.Length && _own[_next] == tag)
            _next++;
    }

    /// <summary>True when the element is one of ours: written with what an earlier run had put there.</summary>
    public bool TakesOver(in DataSetToken token, ReadOnlySpan<byte> value)
    {
        if (Array.IndexOf(_own, token.Tag) < 0)
            return false;
        // A sequence that comes as a value has nothing that could be added to.
        if (token.Tag == MoreTags.DeidentificationMethodCodes)
            WriteCodes(token.Encoding);
        else
            Write(token.Tag, Encoding.Latin1.GetString(value), token.Encoding);
        return true;
    }

    /// <summary>Notes what an earlier run has said.</summary>
    public void Note(string code) => _codes.Add(code);

    /// <summary>Adds our codes to the sequence of an earlier run.</summary>
    public void BeforeEndOf(in DataSetToken sequence)
    {
        if (sequence.Tag == MoreTags.DeidentificationMethodCodes)
            record.WriteCodes(output, _codes, sequence.Encoding);
    }

    private void WriteCodes(DataEncoding encoding)
    {
        var sequence = new DataSetToken(TokenKind.SequenceStart, MoreTags.DeidentificationMethodCodes, Vr.SQ, 0, 0, encoding);
        DataSetWriter.Write(output, sequence);
        record.WriteCodes(output, _codes, encoding);
        DataSetWriter.Write(output, sequence with { Kind = TokenKind.SequenceEnd });
    }

    private void Write(Tag tag, string earlier, DataEncoding encoding)
    {
        var (vr, text) = tag.Value switch
        {
            0x0012_0062 => (Vr.CS, "YES"),
            0x0028_0301 => (Vr.CS, "NO"),
            0x0012_0063 => (Vr.LO, MethodRecord.MethodAfter(earlier)),
            _ => (Vr.CS, record.DatesAfter(earlier)),
        };
        var bytes = Encoding.Latin1.GetBytes(text);
        DataSetWriter.WriteElement(output, tag, vr, bytes, encoding);
    }
}
