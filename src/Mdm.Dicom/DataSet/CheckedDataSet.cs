using Mdm.Abstractions;

namespace Mdm.Dicom.DataSet;

/// <summary>
/// A data set as it comes, followed while it passes: reading fails where it is malformed, too long, or ends too early. An archive would keep half an object without a word.
/// </summary>
internal sealed class CheckedDataSet(Stream source, DataEncoding encoding, DataSetLimits limits) : ReadOnlyByteStream
{
    private readonly DataSetParser _parser = new(encoding, limits);
    private byte[] _begun = [];

    /// <exception cref="MdmException">Corrupt: malformed or cut short. Refused: over a limit.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        int count;
        try
        {
            count = await source.ReadAsync(buffer, cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw new MdmException(MdmErrorKind.Corrupt, "The deflated DICOM data set does not inflate.", exception);
        }

        Follow(buffer.Span[..count], isFinal: count == 0);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            source.Dispose();
        base.Dispose(disposing);
    }

    private void Follow(ReadOnlySpan<byte> bytes, bool isFinal)
    {
        if (_begun.Length > 0)
            bytes = (byte[])[.. _begun, .. bytes];
        while (true)
        {
            if (_parser.ValueRemaining > 0)
            {
                if (bytes.IsEmpty)
                    break;
                var count = (int)Math.Min((uint)bytes.Length, _parser.ValueRemaining);
                _parser.ValueConsumed(count);
                bytes = bytes[count..];
            }
            else if (_parser.Read(bytes, isFinal, out var token, out var consumed))
            {
                if (token.Kind == TokenKind.End)
                    return;
                bytes = bytes[consumed..];
            }
            else
            {
                break;
            }
        }

        if (isFinal)
            throw new MdmException(MdmErrorKind.Corrupt, "The DICOM data set ends in the middle of a value.");
        // At most a header that was cut in two.
        _begun = bytes.ToArray();
    }
}
