using System.Buffers;
using System.IO.Compression;
using System.Text;
using Mdm.Abstractions;

namespace Mdm.Dicom.DataSet;

/// <summary>What the canonical form needs to know beside the data set itself.</summary>
/// <param name="TransferSyntax">Of the data set as it comes.</param>
/// <param name="SopClassUid">As announced (command, file header); stands in for (0008,0016) when the data set has none.</param>
/// <param name="SopInstanceUid">As announced; stands in for (0008,0018) when the data set has none.</param>
internal sealed record CanonicalSource(TransferSyntax TransferSyntax, string SopClassUid, string SopInstanceUid)
{
    /// <summary>When true, a data set that names another instance than <see cref="SopInstanceUid"/> is Corrupt.</summary>
    public bool MustMatch { get; init; }
}

/// <summary>
/// A data set as canonical Part 10: the one byte sequence that stands for an object, whoever delivered it.
/// The rules are in docs/conformance.md, "Canonical Part 10"; tests/Interop/canonical_part10.py implements them a second time.
/// </summary>
/// <remarks>
/// Reads forward, in constant memory. Bytes of large values go from the source into the caller's buffer directly.
/// Not thread-safe. Disposing closes the source.
/// </remarks>
internal sealed class CanonicalPart10 : ReadOnlyByteStream
{
    // Several hundred elements fit; larger values go past it.
    private const int InputLength = 64 * 1024;

    /// <summary>What may stand before the first element above (0008,0018): until then the file header cannot be written.</summary>
    public const int MaxHeadLength = 64 * 1024;

    // Below this, filling the buffer costs less than a read of its own.
    private const int SmallestPass = 4096;

    // PS3.5 §9.1: a UID has at most 64 characters; some devices pad more than once.
    private const int MaxUidLength = 80;

    private readonly Stream _source;
    private readonly CanonicalSource _description;
    private readonly DataSetParser _parser;
    private readonly ArrayBufferWriter<byte> _output = new(InputLength);
    private byte[] _input = ArrayPool<byte>.Shared.Rent(InputLength);
    private int _start;
    private int _end;
    private bool _sourceEnded;
    private int _given;
    private bool _headerWritten;
    private bool _ended;
    private bool _needsInput;
    private bool _padding;
    private bool _dropping;
    private byte _paddingByte;
    private Range? _sopClassUid;
    private Range? _sopInstanceUid;

    /// <param name="dataSet">The data set as its transfer syntax says, not inflated; closed with this stream.</param>
    /// <param name="description">What it is.</param>
    /// <param name="limits">What it may ask of us.</param>
    public CanonicalPart10(Stream dataSet, CanonicalSource description, DataSetLimits? limits = null)
        : this(description, description.TransferSyntax.IsDeflated ? new DeflateStream(dataSet, CompressionMode.Decompress) : dataSet, limits)
    {
    }

    private CanonicalPart10(CanonicalSource description, Stream dataSet, DataSetLimits? limits)
    {
        _source = dataSet;
        _description = description;
        _parser = new DataSetParser(description.TransferSyntax.Encoding, limits ?? DataSetLimits.Default);
    }

    /// <summary>The canonical form of a DICOM file.</summary>
    /// <exception cref="MdmException">Corrupt, Refused or Unsupported, see <see cref="Part10.OpenAsync"/>.</exception>
    public static async ValueTask<CanonicalPart10> FromFileAsync(Stream file, DataSetLimits? limits, CancellationToken cancellationToken)
    {
        var opened = await Part10.OpenAsync(file, cancellationToken);
        var description = new CanonicalSource(
            opened.TransferSyntax,
            opened.FileMeta.GetText(Tags.MediaStorageSopClassUid),
            opened.FileMeta.GetText(Tags.MediaStorageSopInstanceUid));
        return new CanonicalPart10(description, opened.DataSet, limits);
    }

    /// <summary>True once the last byte was given out: the object was complete and well-formed.</summary>
    public bool IsComplete => _ended && _given == _output.WrittenCount;

    /// <exception cref="MdmException">Corrupt: malformed or cut short. Refused: over a limit.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        while (true)
        {
            if (_headerWritten && _given < _output.WrittenCount)
                return Give(buffer.Span);
            if (_ended)
                return 0;
            if (_headerWritten && !_dropping && _start == _end && Math.Min((uint)buffer.Length, _parser.ValueRemaining) >= SmallestPass)
                return await PassAsync(buffer, cancellationToken);
            Work();
            if (_needsInput && (!_headerWritten || _given == _output.WrittenCount))
                await FillAsync(cancellationToken);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            var input = Interlocked.Exchange(ref _input, []);
            if (input.Length != 0)
            {
                ArrayPool<byte>.Shared.Return(input, clearArray: true);
                _output.Clear();
                _source.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    /// <summary>Turns buffered input into output until one of them runs out.</summary>
    private void Work()
    {
        _needsInput = false;
        if (_headerWritten && _given == _output.WrittenCount)
        {
            _output.ResetWrittenCount();
            _given = 0;
        }

        while (!_ended && _output.WrittenCount < InputLength + MaxHeadLength)
        {
            if (_parser.ValueRemaining != 0)
            {
                var count = (int)Math.Min((uint)(_end - _start), _parser.ValueRemaining);
                if (count == 0)
                {
                    _needsInput = true;
                    // The value is larger than what may be held back: the header goes out with what is known.
                    if (!_headerWritten && _output.WrittenCount > MaxHeadLength)
                        WriteHeader();
                    return;
                }

                if (!_dropping)
                    _output.Write(_input.AsSpan(_start, count));
                _start += count;
                _parser.ValueConsumed(count);
                continue;
            }

            if (_padding)
            {
                _output.Write([_paddingByte]);
                _padding = false;
            }

            var available = _input.AsSpan(_start, _end - _start);
            if (!_parser.Read(available, _sourceEnded, out var token, out var consumed))
            {
                _needsInput = true;
                return;
            }

            _start += consumed;
            if (!_headerWritten && (token.Kind == TokenKind.End || (token.Depth == 0 && token.Tag > Tags.SopInstanceUid && !IsDropped(token) && token.Kind is TokenKind.Element or TokenKind.SequenceStart or TokenKind.FragmentsStart) || _output.WrittenCount > MaxHeadLength))
                WriteHeader();
            if (token.Kind == TokenKind.End)
            {
                _ended = true;
                return;
            }

            Emit(token);
            if (!_headerWritten && token is { Depth: 0, Kind: TokenKind.Element } && (token.Tag == Tags.SopClassUid || token.Tag == Tags.SopInstanceUid))
                Note(token);
        }
    }

    private void Emit(in DataSetToken token)
    {
        _dropping = IsDropped(token);
        if (_dropping)
            return;
        // PS3.5 §A.4: encapsulated pixel data are OB; some write OW, which archives correct on their way.
        DataSetWriter.Write(_output, token.Kind == TokenKind.FragmentsStart && token.Tag == Tags.PixelData ? token with { Vr = Vr.OB } : token);
        _padding = (token.Length & 1) != 0;
        _paddingByte = DataSetWriter.Padding(token);
    }

    // What is dropped must leave no trace: not even by ending the wait for the UIDs when it stands out of order before them.
    private static bool IsDropped(in DataSetToken token) =>
        token.Kind == TokenKind.Element && (token.Tag.IsGroupLength || (token.Depth == 0 && token.Tag == Tags.DataSetTrailingPadding));

    private void Note(in DataSetToken token)
    {
        if (token.Length > MaxUidLength)
            throw new MdmException(MdmErrorKind.Corrupt, $"The DICOM data set has a UID at {token.Tag} that is too long.");
        // Its bytes are about to be held back in the output, at this place.
        var place = new Range(_output.WrittenCount, _output.WrittenCount + (int)token.Length);
        if (token.Tag == Tags.SopClassUid)
            _sopClassUid ??= place;
        else
            _sopInstanceUid ??= place;
    }

    private string Uid(Range? place, string announced) =>
        place is { } range ? Encoding.ASCII.GetString(_output.WrittenSpan[range]).Trim(' ', '\0') : announced;

    private void WriteHeader()
    {
        var sopClassUid = Uid(_sopClassUid, _description.SopClassUid);
        var sopInstanceUid = Uid(_sopInstanceUid, _description.SopInstanceUid);
        if (_description.MustMatch && sopInstanceUid != _description.SopInstanceUid)
            throw new MdmException(MdmErrorKind.Corrupt, "The archive sent an object that names another instance than the one announced.");
        // A deflate stream is not unique: the canonical form of a deflated object is that of what it inflates to.
        var syntax = _description.TransferSyntax.IsDeflated ? TransferSyntax.ExplicitLittleEndianUid : _description.TransferSyntax.Uid;
        var held = _output.WrittenSpan.ToArray();
        _output.ResetWrittenCount();
        _output.Write(Part10.CanonicalHeader(sopClassUid, sopInstanceUid, syntax));
        _output.Write(held);
        _given = 0;
        _headerWritten = true;
    }

    private int Give(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _output.WrittenCount - _given);
        _output.WrittenSpan.Slice(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }

    private async ValueTask<int> PassAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var wanted = (int)Math.Min((uint)buffer.Length, _parser.ValueRemaining);
        var count = await ReadSourceAsync(buffer[..wanted], cancellationToken);
        if (count == 0)
            throw CutShort();
        _parser.ValueConsumed(count);
        return count;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_sourceEnded)
            throw CutShort();
        if (_start > 0)
        {
            _input.AsSpan(_start, _end - _start).CopyTo(_input);
            _end -= _start;
            _start = 0;
        }

        var count = await ReadSourceAsync(_input.AsMemory(_end), cancellationToken);
        _end += count;
        _sourceEnded = count == 0;
    }

    private async ValueTask<int> ReadSourceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _source.ReadAsync(buffer, cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw new MdmException(MdmErrorKind.Corrupt, "The deflated DICOM data set does not inflate.", exception);
        }
    }

    private static MdmException CutShort() =>
        new(MdmErrorKind.Corrupt, "The DICOM data set ends in the middle of a value.");
}
