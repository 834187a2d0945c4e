using System.Buffers.Binary;
using System.Globalization;
using Mdm.Abstractions;

namespace Mdm.Dicom.DataSet;

internal enum TokenKind : byte
{
    /// <summary>An element with a value of <see cref="DataSetToken.Length"/> bytes, which follows.</summary>
    Element,
    SequenceStart,
    ItemStart,
    ItemEnd,
    SequenceEnd,
    FragmentsStart,

    /// <summary>A fragment (the first is the basic offset table) of <see cref="DataSetToken.Length"/> bytes, which follow.</summary>
    Fragment,
    FragmentsEnd,
    End,
}

/// <summary>One step through a data set.</summary>
/// <param name="Kind">What was read.</param>
/// <param name="Tag">Of the element; of the sequence for starts and ends; the item tag for items and fragments.</param>
/// <param name="Vr">As written; by the dictionary in implicit VR (<see cref="DicomDictionary.ImplicitVr"/>).</param>
/// <param name="Length">Bytes of the value that follows; 0 for everything but elements and fragments.</param>
/// <param name="Depth">0 for the elements of the data set itself, +1 within each sequence item.</param>
/// <param name="Encoding">Of the header: within a UN of undefined length it is implicit, whatever the transfer syntax.</param>
internal readonly record struct DataSetToken(TokenKind Kind, Tag Tag, Vr Vr, uint Length, int Depth, DataEncoding Encoding);

/// <summary>
/// PS3.5 §7: reads a data set step by step from bytes that somebody else fetches. No I/O, no recursion, no allocation per element;
/// values are never touched, only counted. Not thread-safe.
/// </summary>
/// <remarks>
/// UN of undefined length is a sequence in implicit little endian (§6.2.2 note 4). UN of defined length is a value, also when it
/// looks like a sequence. Delimiters within containers of defined length are taken when they stand exactly at the end.
/// A command (PS3.7 §6.3.1) is a data set too, of group 0000.
/// </remarks>
internal sealed class DataSetParser(DataEncoding encoding, DataSetLimits limits, bool isCommand = false)
{
    public const uint UndefinedLength = 0xFFFF_FFFF;
    private const int ShortHeader = 8;
    private const int LongHeader = 12;

    private readonly Frame[] _frames = new Frame[2 * limits.MaxNesting + 1];
    private int _frameCount;
    private int _elements;
    private uint _valueRemaining;
    private bool _ended;

    /// <summary>Bytes read so far, values included.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes of the current value not yet reported by <see cref="ValueConsumed"/>.</summary>
    public uint ValueRemaining => _valueRemaining;

    /// <summary>Items around the next token.</summary>
    public int Depth { get; private set; }

    /// <summary>Reports that so many bytes of the current value were read or skipped.</summary>
    public void ValueConsumed(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, _valueRemaining);
        _valueRemaining -= (uint)count;
        Position += count;
    }

    /// <summary>Reads the next token.</summary>
    /// <param name="input">The bytes at <see cref="Position"/>.</param>
    /// <param name="isFinal">No bytes will follow <paramref name="input"/>.</param>
    /// <param name="token">What was read.</param>
    /// <param name="consumed">Bytes of <paramref name="input"/> that belong to it (0 at the end of a container of defined length).</param>
    /// <returns>False when more input is needed.</returns>
    /// <exception cref="MdmException">Corrupt or Refused: malformed, truncated, or over a limit.</exception>
    public bool Read(ReadOnlySpan<byte> input, bool isFinal, out DataSetToken token, out int consumed)
    {
        if (_valueRemaining != 0)
            throw new InvalidOperationException("The value before was not consumed.");
        consumed = 0;
        if (_ended)
        {
            token = new DataSetToken(TokenKind.End, default, Vr.None, 0, 0, encoding);
            return true;
        }

        if (_frameCount > 0 && _frames[_frameCount - 1].End == Position)
        {
            token = Pop();
            return true;
        }

        if (input.Length < ShortHeader)
        {
            token = default;
            if (!isFinal)
                return false;
            if (!input.IsEmpty || _frameCount != 0)
                throw Corrupt("ends in the middle of an element or sequence");
            _ended = true;
            token = new DataSetToken(TokenKind.End, default, Vr.None, 0, 0, encoding);
            return true;
        }

        var current = _frameCount > 0 ? _frames[_frameCount - 1].Encoding : encoding;
        var tag = current == DataEncoding.ExplicitBigEndian
            ? new Tag(BinaryPrimitives.ReadUInt16BigEndian(input), BinaryPrimitives.ReadUInt16BigEndian(input[2..]))
            : new Tag(BinaryPrimitives.ReadUInt16LittleEndian(input), BinaryPrimitives.ReadUInt16LittleEndian(input[2..]));
        if (tag.Group == 0xFFFE)
            return ReadDelimiter(input, tag, current, out token, out consumed);
        if (_frameCount > 0 && _frames[_frameCount - 1].Kind != FrameKind.Item)
            throw Corrupt($"has {tag} where an item of a sequence must stand");

        Vr vr;
        uint length;
        if (current == DataEncoding.ImplicitLittleEndian)
        {
            vr = DicomDictionary.ImplicitVr(tag);
            length = BinaryPrimitives.ReadUInt32LittleEndian(input[4..]);
            consumed = ShortHeader;
        }
        else
        {
            vr = VrFacts.FromBytes(input[4], input[5]);
            if (!vr.IsKnown())
                throw Corrupt($"has an unknown value representation at {tag}");
            if (vr.HasLongLength())
            {
                if (input.Length < LongHeader)
                {
                    token = default;
                    return isFinal ? throw Corrupt("ends in the middle of an element") : false;
                }

                length = current == DataEncoding.ExplicitBigEndian
                    ? BinaryPrimitives.ReadUInt32BigEndian(input[8..])
                    : BinaryPrimitives.ReadUInt32LittleEndian(input[8..]);
                consumed = LongHeader;
            }
            else
            {
                length = current == DataEncoding.ExplicitBigEndian
                    ? BinaryPrimitives.ReadUInt16BigEndian(input[6..])
                    : BinaryPrimitives.ReadUInt16LittleEndian(input[6..]);
                consumed = ShortHeader;
            }
        }

        // Command and file meta elements do not belong into a data set (PS3.7 §6.3.1, PS3.10 §7.1): a reader of the result would take them for its header.
        // In a command it is borne: DCMTK appends its list of failed instances to the command itself.
        if (!isCommand && tag.Group is (0 or 2))
            throw Corrupt($"has {tag}, which cannot stand there");
        Count();
        Position += consumed;
        token = Open(tag, vr, length, current);
        return true;
    }

    private DataSetToken Open(Tag tag, Vr vr, uint length, DataEncoding current)
    {
        var depth = Depth;
        if (vr == Vr.SQ || (length == UndefinedLength && tag != Tags.PixelData && (vr == Vr.UN || vr == Vr.None)))
        {
            var inner = vr == Vr.UN ? DataEncoding.ImplicitLittleEndian : current;
            Push(FrameKind.Sequence, tag, vr, length, inner);
            return new DataSetToken(TokenKind.SequenceStart, tag, vr, 0, depth, current);
        }

        if (length == UndefinedLength)
        {
            // A.4: only OB and OW come in fragments.
            if (vr is not (Vr.OB or Vr.OW) && tag != Tags.PixelData)
                throw Corrupt($"has an undefined length at {tag} of {vr.Name()}");
            Push(FrameKind.Fragments, tag, vr, length, current);
            return new DataSetToken(TokenKind.FragmentsStart, tag, vr, 0, depth, current);
        }

        CheckFits(length, tag);
        _valueRemaining = length;
        return new DataSetToken(TokenKind.Element, tag, vr, length, depth, current);
    }

    private bool ReadDelimiter(ReadOnlySpan<byte> input, Tag tag, DataEncoding current, out DataSetToken token, out int consumed)
    {
        var length = current == DataEncoding.ExplicitBigEndian
            ? BinaryPrimitives.ReadUInt32BigEndian(input[4..])
            : BinaryPrimitives.ReadUInt32LittleEndian(input[4..]);
        consumed = ShortHeader;
        if (_frameCount == 0)
            throw Corrupt($"has {tag} outside of any sequence");
        var frame = _frames[_frameCount - 1];
        if (tag == Tags.Item && frame.Kind == FrameKind.Sequence)
        {
            Count();
            Position += consumed;
            Push(FrameKind.Item, Tags.Item, Vr.None, length, current);
            token = new DataSetToken(TokenKind.ItemStart, Tags.Item, Vr.None, 0, Depth, current);
            Depth++;
            return true;
        }

        if (tag == Tags.Item && frame.Kind == FrameKind.Fragments)
        {
            if (length == UndefinedLength)
                throw Corrupt("has a fragment of undefined length");
            Count();
            Position += consumed;
            CheckFits(length, tag);
            _valueRemaining = length;
            token = new DataSetToken(TokenKind.Fragment, Tags.Item, frame.Vr, length, Depth, current);
            return true;
        }

        var ends = frame.Kind == FrameKind.Item ? Tags.ItemDelimitation : Tags.SequenceDelimitation;
        if (tag != ends || length != 0)
            throw Corrupt($"has {tag} where it cannot stand");
        Position += consumed;
        if (frame.End >= 0 && frame.End != Position)
            throw Corrupt($"has {tag} before the declared end");
        token = Pop();
        return true;
    }

    private void Push(FrameKind kind, Tag tag, Vr vr, uint length, DataEncoding inner)
    {
        if (_frameCount == _frames.Length)
            throw new MdmException(MdmErrorKind.Refused, string.Create(CultureInfo.InvariantCulture, $"The DICOM data set nests sequences deeper than {limits.MaxNesting} (limit MaxNesting)."));
        if (length != UndefinedLength)
            CheckFits(length, tag);
        _frames[_frameCount++] = new Frame(kind, tag, vr, length == UndefinedLength ? -1 : Position + length, inner);
    }

    private DataSetToken Pop()
    {
        var frame = _frames[--_frameCount];
        if (frame.Kind == FrameKind.Item)
            Depth--;
        var outer = _frameCount > 0 ? _frames[_frameCount - 1].Encoding : encoding;
        return frame.Kind switch
        {
            FrameKind.Item => new DataSetToken(TokenKind.ItemEnd, Tags.Item, Vr.None, 0, Depth, frame.Encoding),
            FrameKind.Sequence => new DataSetToken(TokenKind.SequenceEnd, frame.Tag, frame.Vr, 0, Depth, frame.Encoding),
            _ => new DataSetToken(TokenKind.FragmentsEnd, frame.Tag, frame.Vr, 0, Depth, outer),
        };
    }

    private void Count()
    {
        if (++_elements > limits.MaxElements)
            throw new MdmException(MdmErrorKind.Refused, string.Create(CultureInfo.InvariantCulture, $"The DICOM data set has more than {limits.MaxElements} elements (limit MaxElements)."));
    }

    private void CheckFits(uint length, Tag tag)
    {
        for (var i = _frameCount - 1; i >= 0; i--)
        {
            if (_frames[i].End < 0)
                continue;
            if (Position + length > _frames[i].End)
                throw Corrupt($"has {tag} reaching beyond the end of its sequence");
            break;
        }

        if (Position + length > limits.MaxLength)
            throw new MdmException(MdmErrorKind.Refused, string.Create(CultureInfo.InvariantCulture, $"The DICOM data set is longer than {limits.MaxLength} bytes (limit MaxLength)."));
    }

    private MdmException Corrupt(string what) =>
        new(MdmErrorKind.Corrupt, string.Create(CultureInfo.InvariantCulture, $"The DICOM data set {what} (at byte {Position})."));

    private enum FrameKind : byte
    {
        Sequence,
        Item,
        Fragments,
    }

    private readonly record struct Frame(FrameKind Kind, Tag Tag, Vr Vr, long End, DataEncoding Encoding);
}
