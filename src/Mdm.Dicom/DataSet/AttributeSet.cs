using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Mdm.Abstractions;

namespace Mdm.Dicom.DataSet;

/// <summary>One attribute held in memory: value bytes without interpretation, or the items of a sequence.</summary>
internal sealed record DicomAttribute(Tag Tag, Vr Vr, ReadOnlyMemory<byte> Value, IReadOnlyList<AttributeSet>? Items = null);

/// <summary>
/// A small data set held in memory as a whole: a command, a query, an answer, a file header. Binary values are little endian.
/// Objects with pixels never come here. Not thread-safe while it is built.
/// </summary>
internal sealed class AttributeSet
{
    private readonly SortedDictionary<Tag, DicomAttribute> _attributes = [];

    public IEnumerable<DicomAttribute> Attributes => _attributes.Values;

    public int Count => _attributes.Count;

    public DicomAttribute? this[Tag tag] => _attributes.GetValueOrDefault(tag);

    public bool Contains(Tag tag) => _attributes.ContainsKey(tag);

    public bool Remove(Tag tag) => _attributes.Remove(tag);

    public AttributeSet Set(DicomAttribute attribute)
    {
        _attributes[attribute.Tag] = attribute;
        return this;
    }

    /// <summary>Sets text, encoded by the set's own character set, with the VR that PS3.6 gives the tag.</summary>
    public AttributeSet Set(Tag tag, string value)
    {
        var vr = DicomDictionary.ImplicitVr(tag);
        var bytes = vr.FollowsCharacterSet() ? CharacterSet.Encode(value) : Encoding.Latin1.GetBytes(value);
        return Set(new DicomAttribute(tag, vr, bytes));
    }

    public AttributeSet Set(Tag tag, ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return Set(new DicomAttribute(tag, Vr.US, bytes));
    }

    public AttributeSet Set(Tag tag, uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Set(new DicomAttribute(tag, Vr.UL, bytes));
    }

    public AttributeSet Set(Tag tag, IReadOnlyList<AttributeSet> items) => Set(new DicomAttribute(tag, Vr.SQ, default, items));

    /// <summary>The text of an attribute without padding, all values with their backslashes; empty when absent or empty.</summary>
    public string GetText(Tag tag)
    {
        if (!_attributes.TryGetValue(tag, out var attribute) || attribute.Value.IsEmpty)
            return "";
        // A UN here is text that some peer relabelled; PS3.6 says what it was.
        var vr = attribute.Vr == Vr.UN ? DicomDictionary.ImplicitVr(tag) : attribute.Vr;
        var text = vr.FollowsCharacterSet() ? CharacterSet.Decode(attribute.Value.Span, vr) : Encoding.Latin1.GetString(attribute.Value.Span);
        // Real devices pad UIDs with spaces and text with NULs: both go.
        return vr is Vr.ST or Vr.LT or Vr.UT ? text.TrimEnd(' ', '\0') : text.Trim(' ', '\0');
    }

    /// <summary>The values of a text attribute, each without padding; none when absent or empty.</summary>
    public IReadOnlyList<string> GetValues(Tag tag)
    {
        var text = GetText(tag);
        return text.Length == 0 ? [] : [.. text.Split('\\').Select(value => value.Trim(' ', '\0'))];
    }

    /// <summary>The first value of an unsigned 16-bit attribute.</summary>
    public ushort? GetUInt16(Tag tag) =>
        _attributes.TryGetValue(tag, out var attribute) && attribute.Value.Length >= 2
            ? BinaryPrimitives.ReadUInt16LittleEndian(attribute.Value.Span)
            : null;

    /// <summary>The number in an IS attribute.</summary>
    public int? GetInteger(Tag tag) =>
        int.TryParse(GetText(tag), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The character set this set declares (its parent's is not looked at: answers to queries have none).</summary>
    public CharacterSet CharacterSet =>
        _attributes.TryGetValue(Tags.SpecificCharacterSet, out var declared)
            ? CharacterSet.Parse(Encoding.ASCII.GetString(declared.Value.Span))
            : CharacterSet.Default;

    /// <summary>The encoded set, sequences of undefined length, elements in ascending order.</summary>
    public byte[] ToArray(DataEncoding encoding)
    {
        var output = new ArrayBufferWriter<byte>(256);
        Write(output, encoding);
        return output.WrittenSpan.ToArray();
    }

    public void Write(IBufferWriter<byte> output, DataEncoding encoding)
    {
        foreach (var attribute in _attributes.Values)
        {
            if (attribute.Items is null)
            {
                var value = encoding == DataEncoding.ExplicitBigEndian ? Swapped(attribute) : attribute.Value.Span;
                DataSetWriter.WriteElement(output, attribute.Tag, attribute.Vr, value, encoding);
                continue;
            }

            DataSetWriter.Write(output, new DataSetToken(TokenKind.SequenceStart, attribute.Tag, Vr.SQ, 0, 0, encoding));
            foreach (var item in attribute.Items)
            {
                DataSetWriter.Write(output, new DataSetToken(TokenKind.ItemStart, Tags.Item, Vr.None, 0, 0, encoding));
                item.Write(output, encoding);
                DataSetWriter.Write(output, new DataSetToken(TokenKind.ItemEnd, Tags.Item, Vr.None, 0, 0, encoding));
            }

            DataSetWriter.Write(output, new DataSetToken(TokenKind.SequenceEnd, attribute.Tag, Vr.SQ, 0, 0, encoding));
        }
    }

    /// <summary>Reads a whole set from memory.</summary>
    /// <exception cref="MdmException">Corrupt or Refused, see <see cref="DataSetParser.Read"/>.</exception>
    public static AttributeSet Parse(ReadOnlySpan<byte> data, DataEncoding encoding, DataSetLimits? limits = null) =>
        Parse(data, encoding, limits, isCommand: false);

    /// <summary>Reads a command (PS3.7 §6.3.1): implicit little endian, group 0000 only.</summary>
    /// <exception cref="MdmException">Corrupt or Refused, see <see cref="DataSetParser.Read"/>.</exception>
    public static AttributeSet ParseCommand(ReadOnlySpan<byte> data) =>
        Parse(data, DataEncoding.ImplicitLittleEndian, null, isCommand: true);

    private static AttributeSet Parse(ReadOnlySpan<byte> data, DataEncoding encoding, DataSetLimits? limits, bool isCommand)
    {
        limits ??= DataSetLimits.Default;
        if (data.Length > limits.MaxSetInMemory)
            throw new MdmException(MdmErrorKind.Refused, string.Create(CultureInfo.InvariantCulture, $"A DICOM data set of {data.Length} bytes is too long to be held in memory (limit MaxSetInMemory)."));
        var parser = new DataSetParser(encoding, limits, isCommand);
        var root = new AttributeSet();
        var open = new Stack<(AttributeSet Set, List<AttributeSet> Items)>();
        var set = root;
        var items = new List<AttributeSet>();
        while (true)
        {
            // All bytes are here, so false (more input needed) cannot come back.
            parser.Read(data[(int)parser.Position..], isFinal: true, out var token, out _);
            switch (token.Kind)
            {
                case TokenKind.End:
                    return root;
                case TokenKind.SequenceStart:
                    open.Push((set, items));
                    items = [];
                    break;
                case TokenKind.SequenceEnd:
                    var ended = items;
                    (set, items) = open.Pop();
                    set.Set(new DicomAttribute(token.Tag, Vr.SQ, default, ended));
                    break;
                case TokenKind.ItemStart:
                    set = new AttributeSet();
                    items.Add(set);
                    break;
                case TokenKind.Element:
                    var value = Value(data, parser, token);
                    if (!token.Tag.IsGroupLength)
                        set.Set(new DicomAttribute(token.Tag, token.Vr, value));
                    break;
                case TokenKind.Fragment:
                    Value(data, parser, token);
                    break;
            }
        }
    }

    private static byte[] Value(ReadOnlySpan<byte> data, DataSetParser parser, in DataSetToken token)
    {
        if (token.Length > data.Length - parser.Position)
            throw new MdmException(MdmErrorKind.Corrupt, $"The DICOM data set ends in the middle of the value of {token.Tag}.");
        var value = data.Slice((int)parser.Position, (int)token.Length).ToArray();
        parser.ValueConsumed(value.Length);
        if (token.Encoding == DataEncoding.ExplicitBigEndian)
            Swap(value, token.Vr);
        return value;
    }

    private static byte[] Swapped(DicomAttribute attribute)
    {
        var value = attribute.Value.ToArray();
        Swap(value, attribute.Vr);
        return value;
    }

    private static void Swap(Span<byte> value, Vr vr)
    {
        // An AT is two 16-bit numbers, not one of 32.
        var unit = vr == Vr.AT ? 2 : vr.UnitLength();
        for (var i = 0; unit > 1 && i + unit <= value.Length; i += unit)
            value.Slice(i, unit).Reverse();
    }
}
