using System.Buffers;
using System.Globalization;
using Mdm.Abstractions;

namespace Mdm.Dicom.DataSet;

/// <summary>
/// A data set read from a stream, token by token, in constant memory. A value that nobody reads is skipped. Not thread-safe.
/// </summary>
internal sealed class DataSetReader : IDisposable
{
    // 64 KiB: a header fits many times, and larger values go past this buffer.
    private const int BufferLength = 64 * 1024;

    private readonly Stream _source;
    private readonly DataSetParser _parser;
    private readonly DataSetLimits _limits;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private int _start;
    private int _end;
    private bool _sourceEnded;

    /// <param name="source">Positioned at the first element, already inflated; stays the caller's.</param>
    /// <param name="encoding">Of element headers.</param>
    /// <param name="limits">What the data set may ask of us.</param>
    public DataSetReader(Stream source, DataEncoding encoding, DataSetLimits? limits = null)
    {
        _source = source;
        _limits = limits ?? DataSetLimits.Default;
        _parser = new DataSetParser(encoding, _limits);
    }

    /// <summary>Bytes of the data set before the next token or the rest of the current value.</summary>
    public long Position => _parser.Position;

    /// <summary>Bytes of the current value not read yet.</summary>
    public uint ValueRemaining => _parser.ValueRemaining;

    /// <summary>The next token; <see cref="TokenKind.End"/> at the end, again and again.</summary>
    /// <exception cref="MdmException">Corrupt or Refused, see <see cref="DataSetParser.Read"/>.</exception>
    public async ValueTask<DataSetToken> ReadAsync(CancellationToken cancellationToken)
    {
        if (_parser.ValueRemaining != 0)
            await SkipValueAsync(cancellationToken);
        while (true)
        {
            if (_parser.Read(_buffer.AsSpan(_start, _end - _start), _sourceEnded, out var token, out var consumed))
            {
                _start += consumed;
                return token;
            }

            await FillAsync(cancellationToken);
        }
    }

    /// <summary>The rest of the current value, in memory.</summary>
    /// <exception cref="MdmException">Refused: longer than <see cref="DataSetLimits.MaxValueInMemory"/>. Corrupt: cut short.</exception>
    public async ValueTask<byte[]> ReadValueAsync(CancellationToken cancellationToken)
    {
        var length = _parser.ValueRemaining;
        if (length > (uint)_limits.MaxValueInMemory)
            throw new MdmException(MdmErrorKind.Refused, string.Create(CultureInfo.InvariantCulture, $"A DICOM value of {length} bytes is too long to be read into memory (limit MaxValueInMemory, {_limits.MaxValueInMemory})."));
        // What is declared is allocated only as far as it arrives: 4 MiB at most, and most values are in the buffer already.
        var value = new byte[length];
        var read = 0;
        while (read < value.Length)
            read += await ReadValueAsync(value.AsMemory(read), cancellationToken);
        return value;
    }

    /// <summary>Some bytes of the current value; 0 at its end.</summary>
    public async ValueTask<int> ReadValueAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        var wanted = (int)Math.Min((uint)destination.Length, _parser.ValueRemaining);
        if (wanted == 0)
            return 0;
        int count;
        if (_end > _start)
        {
            count = Math.Min(wanted, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(destination.Span);
            _start += count;
        }
        else
        {
            count = await _source.ReadAsync(destination[..wanted], cancellationToken);
            if (count == 0)
                throw CutShort();
        }

        _parser.ValueConsumed(count);
        return count;
    }

    /// <summary>Copies the rest of the current value.</summary>
    public async ValueTask CopyValueAsync(Stream destination, CancellationToken cancellationToken)
    {
        while (_parser.ValueRemaining != 0)
        {
            var count = await BufferedValueAsync(cancellationToken);
            await destination.WriteAsync(_buffer.AsMemory(_start, count), cancellationToken);
            _start += count;
            _parser.ValueConsumed(count);
        }
    }

    /// <summary>Reads past the rest of the current value.</summary>
    public async ValueTask SkipValueAsync(CancellationToken cancellationToken)
    {
        while (_parser.ValueRemaining != 0)
        {
            var count = await BufferedValueAsync(cancellationToken);
            _start += count;
            _parser.ValueConsumed(count);
        }
    }

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length != 0)
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
    }

    private async ValueTask<int> BufferedValueAsync(CancellationToken cancellationToken)
    {
        if (_end == _start)
            await FillAsync(cancellationToken);
        if (_end == _start)
            throw CutShort();
        return (int)Math.Min((uint)(_end - _start), _parser.ValueRemaining);
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var read = await _source.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        _sourceEnded = read == 0;
    }

    private static MdmException CutShort() => new(MdmErrorKind.Corrupt, "The DICOM data set ends in the middle of a value.");
}
