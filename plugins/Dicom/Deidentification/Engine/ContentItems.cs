using Mdm.Dicom.Confidentiality;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>Reads what a content item says of itself before it is decided what becomes of it.</summary>
internal static class ContentItems
{
    private static readonly Tag LongCodeValue = new(0x0008_0119);
    private static readonly Tag UrnCodeValue = new(0x0008_0120);

    /// <summary>True for the sequences whose items are content items: they are held as a whole.</summary>
    public static bool IsTree(Tag sequence) =>
        ConfidentialityTable.Instance.Rows.TryGetValue(sequence.Value, out var row) && row.Cleaning.HasFlag(ProfileOption.StructuredContent);

    /// <summary>PS3.3 §8.1: a code's value in one of three elements.</summary>
    public static bool IsCodeValue(Tag tag) => tag == MoreTags.CodeValue || tag == LongCodeValue || tag == UrnCodeValue;

    /// <param name="held">Holds the item to its end.</param>
    /// <param name="start">Its start.</param>
    /// <param name="characterSet">Of the item.</param>
    public static ContentItem Find(HeldTokens held, int start, CharacterSet characterSet)
    {
        string? code = null, scheme = null, type = null;
        var depth = 1;
        var inName = false;
        for (var i = start + 1; i < held.Count && depth > 0; i++)
        {
            var one = held[i];
            switch (one.Token.Kind)
            {
                case TokenKind.SequenceStart:
                    inName = inName || (depth == 1 && one.Token.Tag == MoreTags.ConceptNameCodes);
                    break;
                case TokenKind.SequenceEnd:
                    inName = inName && depth > 1;
                    break;
                case TokenKind.ItemStart:
                    depth++;
                    break;
                case TokenKind.ItemEnd:
                    depth--;
                    break;
                case TokenKind.Element when depth == 1 && one.Token.Tag == MoreTags.ValueType:
                    type = characterSet.Decode(held.ValueOf(one), Vr.CS);
                    break;
                case TokenKind.Element when depth == 2 && inName:
                    if (IsCodeValue(one.Token.Tag))
                        code ??= characterSet.Decode(held.ValueOf(one), Vr.SH);
                    else if (one.Token.Tag == MoreTags.CodingSchemeDesignator)
                        scheme ??= characterSet.Decode(held.ValueOf(one), Vr.SH);
                    break;
            }
        }

        return new ContentItem(code, scheme, type);
    }
}
