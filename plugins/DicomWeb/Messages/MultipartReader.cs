// RFC 2046 §5.1 and RFC 2387, as PS3.18 §8.6 uses them. Nested multiparts and transfer encodings other than binary are left out: DICOMweb has neither.
using System.Globalization;
using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.DicomWeb.Messages;

/// <summary>One part of a multipart body.</summary>
/// <param name="Length">As its header says; null when it does not.</param>
/// <param name="Content">Its bytes; readable until the next part is asked for.</param>
internal sealed record MultipartPart(long? Length, Stream Content);

/// <summary>
/// Reads a multipart body part by part, in constant memory. Where a part says its length its bytes go from the source into the caller's buffer directly, and the delimiter must follow; else the delimiter is
/// searched for. Not thread-safe.
/// </summary>
internal sealed class MultipartReader
{
    /// <summary>RFC 2046 §5.1.1.</summary>
    public const int MaxBoundaryLength = 70;

    /// <summary>Bytes before the first delimiter; nobody writes any.</summary>
    public const int MaxPreambleLength = 4 * 1024;

    /// <summary>Bytes of the header lines of one part. Real ones have some 150.</summary>
    public const int MaxPartHeaderLength = 16 * 1024;

    /// <summary>Parts of one body. The largest series have some ten thousand instances.</summary>
    public const int MaxParts = 1_000_000;

    // Padding that a gateway may put between a delimiter and the end of its line.
    private const int MaxDelimiterPadding = 128;

    private const int BufferLength = 64 * 1024;

    // Below this, filling the buffer costs less than a read of its own.
    private const int SmallestPass = 4096;

    private readonly Stream _body;
    private readonly byte[] _delimiter;
    private readonly long _maxPartLength;
    private readonly bool _endsByClosing;
    private readonly byte[] _buffer = new byte[BufferLength];
    private int _start;
    private int _end;
    private bool _bodyEnded;
    private int _parts;
    private bool _closed;
    private Part? _current;

    /// <summary>Bytes from the start of the buffer that are known to belong to the part.</summary>
    private int _safe;

    /// <summary>True when a delimiter stands right behind the safe bytes.</summary>
    private bool _delimiterFollows;

    /// <param name="body">Stays the caller's.</param>
    /// <param name="boundary">As <see cref="BoundaryOf"/> found it.</param>
    /// <param name="maxPartLength">Bytes of the longest part.</param>
    /// <param name="endsByClosing">Nothing but the end of the connection ends the body: when it comes too early the archive is gone, and nothing is malformed.</param>
    public MultipartReader(Stream body, string boundary, long maxPartLength, bool endsByClosing = false)
    {
        (_body, _maxPartLength, _endsByClosing) = (body, maxPartLength, endsByClosing);
        _delimiter = [.. "\r\n--"u8, .. Encoding.ASCII.GetBytes(boundary)];
        // The first delimiter needs no line end before it: with one, it looks as the others do.
        "\r\n"u8.CopyTo(_buffer);
        _end = 2;
    }

    /// <summary>True when the connection ended in the middle.</summary>
    public bool WasCut => _bodyEnded && _endsByClosing && !_closed;

    /// <summary>The boundary that a Content-Type names.</summary>
    /// <exception cref="MdmException">Corrupt: none, or none that RFC 2046 allows.</exception>
    public static string BoundaryOf(string? boundary)
    {
        var text = boundary?.Trim() ?? "";
        if (text.Length >= 2 && text[0] == '"' && text[^1] == '"')
            text = text[1..^1].Replace("\\", "", StringComparison.Ordinal);
        return text.Length is > 0 and <= MaxBoundaryLength && text[^1] != ' ' && text.All(IsBoundaryCharacter)
            ? text
            : throw new MdmException(MdmErrorKind.Corrupt, $"The archive's multipart answer names no boundary of 1 to {MaxBoundaryLength} characters (limit MaxBoundaryLength).");
    }

    /// <summary>The next part; what is left of the one before is read past. Null after the last.</summary>
    /// <exception cref="MdmException">Corrupt: malformed or cut short. Refused: over a limit. Unavailable: the connection ended.</exception>
    public async ValueTask<MultipartPart?> NextAsync(CancellationToken cancellationToken)
    {
        if (_closed)
            return null;
        await SkipAsync(cancellationToken);
        Consume(_delimiter.Length);
        if (await IsCloseAsync(cancellationToken))
        {
            _closed = true;
            return null;
        }

        if (++_parts > MaxParts)
            throw new MdmException(MdmErrorKind.Refused, $"The archive's multipart answer has more than {MaxParts} parts (limit MaxParts).");
        var length = await ReadHeaderAsync(cancellationToken);
        if (length > _maxPartLength)
            throw TooLong();
        _current = new Part(length);
        return new MultipartPart(length, new PartStream(this, _current));
    }

    private static bool IsBoundaryCharacter(char letter) => char.IsAsciiLetterOrDigit(letter) || " '()+_,-./:=?".Contains(letter, StringComparison.Ordinal);

    private async ValueTask SkipAsync(CancellationToken cancellationToken)
    {
        // Before the first part there is a preamble, which is skipped as a part would be.
        var part = _current ?? new Part(null);
        _current = part;
        var skipped = 0L;
        while (!part.HasEnded)
        {
            var count = await BufferedAsync(part, cancellationToken);
            skipped += count;
            if (_parts == 0 && skipped > MaxPreambleLength)
                throw new MdmException(MdmErrorKind.Refused, $"The archive's multipart answer has no delimiter within {MaxPreambleLength} bytes (limit MaxPreambleLength).");
            Take(part, count);
        }
    }

    /// <summary>After a delimiter: true when it was the last. Otherwise the line is read up to its end, which is left: it may begin the empty line that ends a header.</summary>
    private async ValueTask<bool> IsCloseAsync(CancellationToken cancellationToken)
    {
        await RequireAsync(2, cancellationToken);
        if (_buffer[_start] == '-' && _buffer[_start + 1] == '-')
            return true;
        for (var padding = 0; _buffer[_start] is (byte)' ' or (byte)'\t'; padding++)
        {
            if (padding == MaxDelimiterPadding)
                throw Malformed("a delimiter line that does not end (limit MaxDelimiterPadding)");
            Consume(1);
            await RequireAsync(2, cancellationToken);
        }

        return _buffer[_start] == '\r' && _buffer[_start + 1] == '\n' ? false : throw Malformed("a delimiter line that is not one");
    }

    /// <summary>Reads the header lines; what they say of the length.</summary>
    private async ValueTask<long?> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        int length;
        while ((length = _buffer.AsSpan(_start, Math.Min(_end - _start, MaxPartHeaderLength)).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (_end - _start >= MaxPartHeaderLength)
                throw new MdmException(MdmErrorKind.Refused, $"A part of the archive's multipart answer has more than {MaxPartHeaderLength} bytes of header (limit MaxPartHeaderLength).");
            await RequireAsync(_end - _start + 1, cancellationToken);
        }

        var lines = Encoding.Latin1.GetString(_buffer.AsSpan(_start, length)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Consume(length + 4);
        long? declared = null;
        foreach (var line in lines)
        {
            // A line that begins with a space continues the one before: none of those matters here.
            if (line[0] is ' ' or '\t')
                continue;
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
                throw Malformed("a header line without a name");
            if (!line.AsSpan(0, colon).Trim().Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                continue;
            if (!long.TryParse(line.AsSpan(colon + 1).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) || (declared is { } other && other != value))
                throw Malformed("a part whose length is no number");
            declared = value;
        }

        return declared;
    }

    private async ValueTask<int> ReadAsync(Part part, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (part != _current)
            throw new InvalidOperationException("The part was left when the next one was asked for.");
        if (destination.IsEmpty || part.HasEnded)
            return 0;
        if (_start == _end && part.Remaining is { } rest && Math.Min(rest, destination.Length) >= SmallestPass)
        {
            var passed = await _body.ReadAsync(destination[..(int)Math.Min(rest, destination.Length)], cancellationToken);
            _bodyEnded = passed == 0;
            if (_bodyEnded)
                throw CutShort();
            part.Count(passed);
            return passed;
        }

        var count = Math.Min(destination.Length, await BufferedAsync(part, cancellationToken));
        _buffer.AsSpan(_start, count).CopyTo(destination.Span);
        Take(part, count);
        return count;
    }

    private void Take(Part part, int count)
    {
        Consume(count);
        part.Count(count);
        if (part.Given > _maxPartLength)
            throw TooLong();
    }

    /// <summary>Bytes of the part that stand at the start of the buffer, at least one; 0 at its end, which is noted.</summary>
    private async ValueTask<int> BufferedAsync(Part part, CancellationToken cancellationToken)
    {
        if (part.Remaining is { } rest)
        {
            if (rest > 0)
            {
                await RequireAsync(1, cancellationToken);
                return (int)Math.Min(rest, _end - _start);
            }

            await RequireAsync(_delimiter.Length + 1, cancellationToken);
            if (!_buffer.AsSpan(_start).StartsWith(_delimiter) || !EndsDelimiter(_buffer[_start + _delimiter.Length]))
                throw Malformed("a part that is not as long as it says");
            part.End();
            return 0;
        }

        while (_safe == 0)
        {
            if (_delimiterFollows)
            {
                _delimiterFollows = false;
                part.End();
                return 0;
            }

            if (Search())
                continue;
            await RequireAsync(_end - _start + 1, cancellationToken);
        }

        return _safe;
    }

    /// <summary>Looks how much of the buffer belongs to the part. False when more input is needed to say.</summary>
    private bool Search()
    {
        var bytes = _buffer.AsSpan(_start, _end - _start);
        for (var from = 0; ;)
        {
            var at = bytes[from..].IndexOf(_delimiter);
            if (at < 0)
            {
                // The buffer's last bytes may be the first of a delimiter.
                _safe = Math.Max(0, bytes.Length - _delimiter.Length + 1);
                return _safe > 0;
            }

            at += from;
            if (at + _delimiter.Length == bytes.Length)
            {
                _safe = at;
                return at > 0;
            }

            if (EndsDelimiter(bytes[at + _delimiter.Length]))
            {
                (_safe, _delimiterFollows) = (at, true);
                return true;
            }

            from = at + 1;
        }
    }

    private static bool EndsDelimiter(byte next) => next is (byte)'-' or (byte)'\r' or (byte)' ' or (byte)'\t';

    private void Consume(int count)
    {
        _start += count;
        _safe = Math.Max(0, _safe - count);
    }

    private async ValueTask RequireAsync(int count, CancellationToken cancellationToken)
    {
        while (_end - _start < count)
        {
            if (_bodyEnded)
                throw CutShort();
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }

            var read = await _body.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _end += read;
            _bodyEnded = read == 0;
        }
    }

    private MdmException TooLong() =>
        new(MdmErrorKind.Refused, string.Create(CultureInfo.InvariantCulture, $"The archive sends an object of more than {_maxPartLength} bytes (limit MaxObjectLength)."));

    private static MdmException Malformed(string what) => new(MdmErrorKind.Corrupt, $"The archive's multipart answer has {what}.");

    private MdmException CutShort() => _endsByClosing
        ? new MdmException(MdmErrorKind.Unavailable, "The archive ended the connection before its answer ended.")
        : new MdmException(MdmErrorKind.Corrupt, "The archive's multipart answer ends before its last delimiter.");

    /// <summary>How far a part was read.</summary>
    private sealed class Part(long? length)
    {
        public long? Remaining { get; private set; } = length;

        public long Given { get; private set; }

        public bool HasEnded { get; private set; }

        public void Count(int bytes)
        {
            Given += bytes;
            Remaining -= bytes;
        }

        public void End() => HasEnded = true;
    }

    /// <summary>A part's bytes. Closing it closes nothing: the rest is read past when the next part is asked for.</summary>
    private sealed class PartStream(MultipartReader reader, Part part) : ReadOnlyByteStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => reader.ReadAsync(part, buffer, cancellationToken);
    }
}
