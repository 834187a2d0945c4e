using System.Text;

namespace Mdm.Gsi.Server;

/// <summary>
/// Turns <c>POST httpg://host/path</c> into <c>POST https://host/path</c>, in place, in the plaintext of one connection. ARC writes the first; HTTP servers
/// know only the second. It follows the framing of HTTP/1.1 (RFC 9112 §6), so that a body which looks like a request line is left alone;
/// each byte is seen once. If it loses the thread it changes nothing more than a letter of a request target.
/// </summary>
internal sealed class HttpgRequestLine
{
    /// <summary>Longest method that is followed; longer ones are none.</summary>
    public const int MaxMethodLength = 32;

    private const int MaxHeaderLength = 256;
    private static ReadOnlySpan<byte> Scheme => "httpg"u8;

    private readonly byte[] _line = new byte[MaxHeaderLength];
    private State _state = State.Method;
    private int _length;
    private long _body;
    private bool _chunked;

    private enum State
    {
        Method,
        Target,
        RestOfRequestLine,
        Header,
        Body,
        ChunkSize,
        ChunkData,
        ChunkEnd,
        Trailer,
    }

    public void Patch(Span<byte> plaintext)
    {
        while (!plaintext.IsEmpty)
        {
            if (_state is State.Body or State.ChunkData)
            {
                var skipped = (int)Math.Min(_body, plaintext.Length);
                plaintext = plaintext[skipped..];
                _body -= skipped;
                if (_body == 0)
                    _state = _state == State.Body ? State.Method : State.ChunkEnd;
                continue;
            }
            if (_state == State.Target && _length == Scheme.Length - 1 && plaintext[0] == Scheme[^1])
                plaintext[0] = (byte)'s';
            Step(plaintext[0]);
            plaintext = plaintext[1..];
        }
    }

    private void Step(byte next)
    {
        switch (_state)
        {
            case State.Method:
                // Empty lines may stand before a request (RFC 9112 §2.2).
                if (next is (byte)'\r' or (byte)'\n')
                    _length = 0;
                else if (next == ' ')
                    Enter(State.Target);
                else if (++_length > MaxMethodLength)
                    Enter(State.RestOfRequestLine);
                break;
            case State.Target:
                if (next == '\n')
                    EnterHeaders();
                else if (_length < Scheme.Length - 1 && next == Scheme[_length])
                    _length++;
                else
                    Enter(State.RestOfRequestLine);
                break;
            case State.RestOfRequestLine:
                if (next == '\n')
                    EnterHeaders();
                break;
            default:
                StepLine(next);
                break;
        }
    }

    private void StepLine(byte next)
    {
        if (next != '\n')
        {
            // What does not fit cannot be a header that matters here.
            if (_length < _line.Length)
                _line[_length] = next;
            _length++;
            return;
        }
        var line = _line.AsSpan(0, Math.Min(_length, _line.Length));
        if (line.EndsWith("\r"u8))
            line = line[..^1];
        _length = 0;
        switch (_state)
        {
            case State.Header when line.IsEmpty:
                _state = _chunked ? State.ChunkSize : _body > 0 ? State.Body : State.Method;
                break;
            case State.Header:
                ReadHeader(line);
                break;
            case State.ChunkSize:
                _body = ReadChunkSize(line);
                _state = _body > 0 ? State.ChunkData : State.Trailer;
                break;
            case State.ChunkEnd:
                _state = State.ChunkSize;
                break;
            default:
                if (line.IsEmpty)
                    _state = State.Method;
                break;
        }
    }

    private void ReadHeader(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
            return;
        var name = line[..colon];
        var value = line[(colon + 1)..].Trim(" \t"u8);
        if (Ascii.EqualsIgnoreCase(name, "content-length"u8))
            _body = long.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var length) ? length : 0;
        else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
            _chunked |= value.Length >= 7 && Ascii.EqualsIgnoreCase(value[^7..], "chunked"u8);
    }

    private static long ReadChunkSize(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOfAny((byte)';', (byte)' ');
        return long.TryParse(end < 0 ? line : line[..end], System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var size) && size > 0 ? size : 0;
    }

    private void Enter(State state)
    {
        _state = state;
        _length = 0;
    }

    private void EnterHeaders()
    {
        Enter(State.Header);
        _body = 0;
        _chunked = false;
    }
}

/// <summary>A stream whose reads pass through <see cref="HttpgRequestLine"/>.</summary>
internal sealed class HttpgStream(Stream inner) : Stream
{
    private readonly HttpgRequestLine _requestLine = new();

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        _requestLine.Patch(buffer.Span[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => inner.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
