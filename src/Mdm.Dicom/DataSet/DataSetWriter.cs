using System.Buffers;
using System.Buffers.Binary;
using Mdm.Abstractions;

namespace Mdm.Dicom.DataSet;

/// <summary>
/// Writes headers in the one way this product writes them: sequences and items of undefined length, values of even length (PS3.5 §7.1).
/// Values are the caller's: after the header of an element or fragment it writes the bytes and, if their number is odd, <see cref="Padding"/>.
/// </summary>
internal static class DataSetWriter
{
    private const int LongestHeader = 12;

    /// <summary>Writes the bytes that <paramref name="token"/> stands for. Its length may be odd; the written one is even.</summary>
    /// <exception cref="MdmException">Corrupt: an odd length that no even one can follow.</exception>
    public static void Write(IBufferWriter<byte> output, in DataSetToken token)
    {
        switch (token.Kind)
        {
            case TokenKind.Element:
                WriteElementHeader(output, token.Tag, token.Vr, EvenLength(token), token.Encoding);
                break;
            case TokenKind.SequenceStart:
            case TokenKind.FragmentsStart:
                WriteElementHeader(output, token.Tag, token.Vr, DataSetParser.UndefinedLength, token.Encoding);
                break;
            case TokenKind.ItemStart:
                WriteDelimiter(output, Tags.Item, DataSetParser.UndefinedLength, token.Encoding);
                break;
            case TokenKind.ItemEnd:
                WriteDelimiter(output, Tags.ItemDelimitation, 0, token.Encoding);
                break;
            case TokenKind.Fragment:
                WriteDelimiter(output, Tags.Item, EvenLength(token), token.Encoding);
                break;
            case TokenKind.SequenceEnd:
            case TokenKind.FragmentsEnd:
                WriteDelimiter(output, Tags.SequenceDelimitation, 0, token.Encoding);
                break;
        }
    }

    /// <summary>The byte that makes an odd value even.</summary>
    public static byte Padding(in DataSetToken token) => token.Kind == TokenKind.Fragment ? (byte)0 : token.Vr.PaddingByte();

    /// <summary>A whole element: header, value, padding.</summary>
    public static void WriteElement(IBufferWriter<byte> output, Tag tag, Vr vr, ReadOnlySpan<byte> value, DataEncoding encoding)
    {
        var token = new DataSetToken(TokenKind.Element, tag, vr, (uint)value.Length, 0, encoding);
        Write(output, token);
        output.Write(value);
        if ((value.Length & 1) != 0)
            output.Write([vr.PaddingByte()]);
    }

    private static uint EvenLength(in DataSetToken token)
    {
        var even = token.Length + (token.Length & 1);
        var longest = token.Kind == TokenKind.Fragment || token.Encoding == DataEncoding.ImplicitLittleEndian || token.Vr.HasLongLength()
            ? DataSetParser.UndefinedLength - 1
            : ushort.MaxValue - 1u;
        return even <= longest && even >= token.Length
            ? even
            : throw new MdmException(MdmErrorKind.Corrupt, $"The DICOM data set has a value at {token.Tag} of an odd length that cannot be padded.");
    }

    private static void WriteElementHeader(IBufferWriter<byte> output, Tag tag, Vr vr, uint length, DataEncoding encoding)
    {
        var span = output.GetSpan(LongestHeader);
        WriteTag(span, tag, encoding);
        if (encoding == DataEncoding.ImplicitLittleEndian)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(span[4..], length);
            output.Advance(8);
            return;
        }

        span[4] = (byte)((ushort)vr >> 8);
        span[5] = (byte)vr;
        var big = encoding == DataEncoding.ExplicitBigEndian;
        if (vr.HasLongLength())
        {
            span[6] = 0;
            span[7] = 0;
            if (big)
                BinaryPrimitives.WriteUInt32BigEndian(span[8..], length);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(span[8..], length);
            output.Advance(12);
            return;
        }

        if (big)
            BinaryPrimitives.WriteUInt16BigEndian(span[6..], checked((ushort)length));
        else
            BinaryPrimitives.WriteUInt16LittleEndian(span[6..], checked((ushort)length));
        output.Advance(8);
    }

    private static void WriteDelimiter(IBufferWriter<byte> output, Tag tag, uint length, DataEncoding encoding)
    {
        var span = output.GetSpan(8);
        WriteTag(span, tag, encoding);
        if (encoding == DataEncoding.ExplicitBigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(span[4..], length);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(span[4..], length);
        output.Advance(8);
    }

    private static void WriteTag(Span<byte> span, Tag tag, DataEncoding encoding)
    {
        if (encoding == DataEncoding.ExplicitBigEndian)
        {
            BinaryPrimitives.WriteUInt16BigEndian(span, tag.Group);
            BinaryPrimitives.WriteUInt16BigEndian(span[2..], tag.Element);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(span, tag.Group);
            BinaryPrimitives.WriteUInt16LittleEndian(span[2..], tag.Element);
        }
    }
}
