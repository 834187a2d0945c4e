using System.Buffers;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Check;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>
/// One object from its first byte to its last: holds the header up to the patient and the image's description, then goes on in pieces, copies pixels and long binary
/// values through, and checks what it wrote. Used once.
/// </summary>
internal sealed class ObjectPass(DeidentificationPlan plan, Part10File original, Stream output, bool isChecked) : IDisposable
{
    // Enough that a whole header mostly goes out in one write.
    private const int OutputLength = 64 * 1024;
    private const int CopyLength = 128 * 1024;

    private readonly DataSetReader _reader = new(original.DataSet, original.TransferSyntax.Encoding, new DataSetLimits { MaxNesting = plan.Limits.MaxNesting, MaxLength = plan.Limits.MaxObjectLength });
    private readonly HeldTokens _held = new(plan.Limits);
    private readonly ArrayBufferWriter<byte> _output = new(OutputLength);
    private ObjectTransformer? _transformer;
    private ResidualCheck? _check;
    private PixelVerdict? _verdict;
    private byte[] _copy = [];
    private int _contentTrees;

    /// <summary>What the object was about; there when the pass is over.</summary>
    public ObjectFacts? Facts { get; private set; }

    /// <exception cref="MdmException">Refused: cannot be de-identified, or did not pass the check. Corrupt.</exception>
    public async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var token = await _reader.ReadAsync(cancellationToken);
            if (_transformer is null && (token.Kind == TokenKind.End || (token.Depth == 0 && token.Tag.Group > ObjectFacts.LastGroup && IsStart(token))))
                Begin();
            switch (token.Kind)
            {
                case TokenKind.End:
                    Release();
                    _transformer!.End(original.TransferSyntax.Encoding);
                    await FlushAsync(cancellationToken);
                    _check?.Complete();
                    return;
                case TokenKind.Element when token.Depth == 0 && token.Tag.IsPixels():
                    await PassPixelsAsync(token, cancellationToken);
                    break;
                case TokenKind.FragmentsStart when token.Depth == 0 && token.Tag.IsPixels():
                    await PassFragmentsAsync(token, cancellationToken);
                    break;
                case TokenKind.Element when MayPass(token):
                    await PassLongValueAsync(token, cancellationToken);
                    break;
                case TokenKind.Element or TokenKind.Fragment:
                    await HoldAsync(token, cancellationToken);
                    break;
                default:
                    CountTrees(token);
                    _held.Add(token);
                    break;
            }

            if (_transformer is not null && _contentTrees == 0 && (_held.ValueLength >= plan.Limits.PieceLength || _held.Count >= plan.Limits.PieceLength / 16))
            {
                Release();
                await FlushAsync(cancellationToken);
            }
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _held.Clear();
        _output.Clear();
        if (_copy.Length > 0)
            ArrayPool<byte>.Shared.Return(_copy, clearArray: true);
        _copy = [];
    }

    private static bool IsStart(in DataSetToken token) => token.Kind is TokenKind.Element or TokenKind.SequenceStart or TokenKind.FragmentsStart;

    private void CountTrees(in DataSetToken token)
    {
        if (token.Kind == TokenKind.SequenceStart && ContentItems.IsTree(token.Tag))
            _contentTrees++;
        else if (token.Kind == TokenKind.SequenceEnd && ContentItems.IsTree(token.Tag))
            _contentTrees--;
    }

    private void Begin()
    {
        Facts = ObjectFacts.Find(_held, original.FileMeta, original.TransferSyntax);
        _verdict = ObjectGate.CheckObject(plan, Facts);
        var syntax = original.TransferSyntax.IsDeflated ? TransferSyntax.ExplicitLittleEndianUid : original.TransferSyntax.Uid;
        var instance = plan.Profile.Options.RetainUids ? Facts.SopInstanceUid : plan.Pseudonyms.Uid(Facts.SopInstanceUid);
        var header = Part10.CanonicalHeader(Facts.SopClassUid, instance, syntax);
        _output.Write(header);
        if (isChecked)
        {
            _check = new ResidualCheck(plan, Facts.SopClassUid, original.TransferSyntax.Encoding, header);
            if (!plan.Profile.Options.RetainUids)
                _check.RemovedUids(Tags.MediaStorageSopInstanceUid, original.FileMeta[Tags.MediaStorageSopInstanceUid] is { } uid ? uid.Value.Span : []);
        }

        _transformer = new ObjectTransformer(plan, Facts, new MethodRecord(plan.Profile.Options, _verdict), _output, _check);
    }

    private async ValueTask HoldAsync(DataSetToken token, CancellationToken cancellationToken)
    {
        var room = _held.AddWithRoom(token);
        for (var read = 0; read < room.Length;)
            read += await _reader.ReadValueAsync(room[read..], cancellationToken);
        if (token.Kind == TokenKind.Element && UnknownSequence.MayBe(token, room.Span) && UnknownSequence.Read(_held[^1], room.Span, plan.Limits) is { } sequence)
            _held.ReplaceLast(sequence);
    }

    /// <summary>Binary, long, and beyond the part of the header that must be known as a whole. What is unknown may be a sequence, and is held for longer.</summary>
    private bool MayPass(in DataSetToken token) =>
        _transformer is not null && _contentTrees == 0 && !token.Vr.IsText() && token.Length > (uint)(token.Vr == Vr.UN ? plan.Limits.LongestHeldUnknown : plan.Limits.LongestHeldBinary);

    private async ValueTask PassLongValueAsync(DataSetToken token, CancellationToken cancellationToken)
    {
        Release();
        var isCopied = _transformer!.TakeHeaderOf(token);
        await FlushAsync(cancellationToken);
        if (isCopied)
            await CopyValueAsync(token, null, cancellationToken);
        else
            await _reader.SkipValueAsync(cancellationToken);
    }

    private async ValueTask PassPixelsAsync(DataSetToken token, CancellationToken cancellationToken)
    {
        Release();
        _transformer!.BeforePixels(token);
        DataSetWriter.Write(_output, token);
        await FlushAsync(cancellationToken);
        var cleaner = _verdict!.Decision == PixelDecision.Clean ? new PixelCleaner(PixelLayout.Of(Facts!.Pixels), _verdict.Blank, token.Length) : null;
        await CopyValueAsync(token, cleaner, cancellationToken);
    }

    private async ValueTask PassFragmentsAsync(DataSetToken token, CancellationToken cancellationToken)
    {
        Release();
        _transformer!.BeforePixels(token);
        // Only an object that lies about its transfer syntax comes here with regions to blank.
        if (_verdict!.Decision == PixelDecision.Clean)
            throw new MdmException(MdmErrorKind.Corrupt, "The pixels are compressed, but the transfer syntax says that they are not.");
        for (; token.Kind != TokenKind.FragmentsEnd; token = await _reader.ReadAsync(cancellationToken))
        {
            // PS3.5 §A.4: encapsulated pixel data are OB; some write OW.
            DataSetWriter.Write(_output, token.Kind == TokenKind.FragmentsStart ? token with { Vr = Vr.OB } : token);
            if (token.Length == 0)
                continue;
            await FlushAsync(cancellationToken);
            await CopyValueAsync(token, null, cancellationToken);
        }

        DataSetWriter.Write(_output, token);
    }

    private async ValueTask CopyValueAsync(DataSetToken token, PixelCleaner? cleaner, CancellationToken cancellationToken)
    {
        if (_copy.Length == 0)
            _copy = ArrayPool<byte>.Shared.Rent(CopyLength);
        for (int count; (count = await _reader.ReadValueAsync(_copy, cancellationToken)) > 0;)
        {
            cleaner?.Clean(_copy.AsSpan(0, count));
            _check?.Observe(_copy.AsSpan(0, count));
            await output.WriteAsync(_copy.AsMemory(0, count), cancellationToken);
        }

        if ((token.Length & 1) != 0)
            _output.Write([DataSetWriter.Padding(token)]);
    }

    private void Release()
    {
        _transformer!.Take(_held);
        _held.Clear();
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_output.WrittenCount == 0)
            return;
        _check?.Observe(_output.WrittenSpan);
        await output.WriteAsync(_output.WrittenMemory, cancellationToken);
        _output.ResetWrittenCount();
    }
}
