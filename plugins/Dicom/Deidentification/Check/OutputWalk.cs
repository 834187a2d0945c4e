using System.Buffers;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Engine;

namespace Mdm.Plugins.Dicom.Deidentification.Check;

/// <summary>Sees what stands in the bytes that were written.</summary>
internal interface IOutputVisitor
{
    /// <summary>A start or an end; elements and fragments come by the other methods.</summary>
    void Structure(in DataSetToken token);

    /// <summary>An element or a fragment with its whole value.</summary>
    void Element(in DataSetToken token, ReadOnlySpan<byte> value);

    /// <summary>A binary value too long to be held begins; its bytes follow.</summary>
    void LongElement(in DataSetToken token);

    void LongValue(ReadOnlySpan<byte> bytes);
}

/// <summary>
/// Reads a written file again, from its bytes as they go out and nothing else. Pixels are counted, not looked at. Not thread-safe.
/// </summary>
internal sealed class OutputWalk(DataEncoding encoding, DeidentificationLimits limits, IOutputVisitor visitor)
{
    private const int LongestElementHeader = 12;

    private readonly DataSetParser _parser = new(encoding, new DataSetLimits { MaxNesting = limits.MaxNesting });
    private readonly ArrayBufferWriter<byte> _value = new();
    private readonly byte[] _start = new byte[LongestElementHeader];
    private int _started;
    private DataSetToken _token;
    private Passing _passing;
    private bool _inPixels;

    private enum Passing : byte
    {
        Held,
        Long,
        Pixels,
    }

    /// <summary>Takes bytes of the data set, in order.</summary>
    public void Push(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            if (_parser.ValueRemaining > 0)
            {
                if (bytes.IsEmpty)
                    return;
                var count = (int)Math.Min((uint)bytes.Length, _parser.ValueRemaining);
                TakeValue(bytes[..count]);
                bytes = bytes[count..];
                continue;
            }

            if (!ReadToken(ref bytes))
                return;
        }
    }

    /// <summary>No more bytes come.</summary>
    /// <exception cref="MdmException">Corrupt: the data set does not end here.</exception>
    public void Complete()
    {
        if (_parser.ValueRemaining > 0 || !_parser.Read(_start.AsSpan(0, _started), isFinal: true, out var token, out _) || token.Kind != TokenKind.End)
            throw new MdmException(MdmErrorKind.Corrupt, "The de-identified object ends in the middle of a value.");
    }

    private bool ReadToken(ref ReadOnlySpan<byte> bytes)
    {
        int consumed;
        if (_started == 0)
        {
            if (_parser.Read(bytes, isFinal: false, out _token, out consumed))
            {
                bytes = bytes[consumed..];
                Begin();
                return true;
            }

            bytes.CopyTo(_start);
            _started = bytes.Length;
            bytes = [];
            return false;
        }

        // The header of an element lies across two writes.
        var held = _started;
        var more = Math.Min(bytes.Length, LongestElementHeader - held);
        bytes[..more].CopyTo(_start.AsSpan(held));
        if (!_parser.Read(_start.AsSpan(0, held + more), isFinal: false, out _token, out consumed))
        {
            _started = held + more;
            bytes = bytes[more..];
            return false;
        }

        _started = 0;
        if (consumed >= held)
        {
            bytes = bytes[(consumed - held)..];
        }
        else
        {
            _start.AsSpan(consumed, held - consumed).CopyTo(_start);
            _started = held - consumed;
        }

        Begin();
        return true;
    }

    private void Begin()
    {
        switch (_token.Kind)
        {
            case TokenKind.Element or TokenKind.Fragment:
                _passing = _inPixels || (_token is { Kind: TokenKind.Element, Depth: 0 } && _token.Tag.IsPixels()) ? Passing.Pixels
                    : !_token.Vr.IsText() && _token.Length > (uint)limits.LongestHeldBinary ? Passing.Long
                    : Passing.Held;
                if (_passing == Passing.Long)
                    visitor.LongElement(_token);
                if (_token.Length == 0 && _passing == Passing.Held)
                    visitor.Element(_token, []);
                break;
            case TokenKind.FragmentsStart when _token.Depth == 0 && _token.Tag.IsPixels():
                _inPixels = true;
                break;
            case TokenKind.FragmentsEnd when _inPixels:
                _inPixels = false;
                break;
            default:
                visitor.Structure(_token);
                break;
        }
    }

    private void TakeValue(ReadOnlySpan<byte> bytes)
    {
        _parser.ValueConsumed(bytes.Length);
        switch (_passing)
        {
            case Passing.Pixels:
                break;
            case Passing.Long:
                visitor.LongValue(bytes);
                break;
            case Passing.Held when _parser.ValueRemaining == 0 && _value.WrittenCount == 0:
                visitor.Element(_token, bytes);
                break;
            default:
                _value.Write(bytes);
                if (_parser.ValueRemaining > 0)
                    break;
                visitor.Element(_token, _value.WrittenSpan);
                _value.Clear();
                break;
        }
    }
}
