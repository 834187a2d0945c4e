using System.Buffers;
using Mdm.Abstractions;

namespace Mdm.Formats.Sealed;

/// <summary>
/// Deciphers a sealed file while it arrives. Nothing of a segment is given out before all of it is authenticated; the end is given out only where the file ended.
/// What it gave out before it refused is authentic, but is not the file. For one reader at a time.
/// </summary>
public sealed class DecipheringStream : Stream
{
    private readonly Stream _source;
    private readonly SegmentCipher _cipher;
    private readonly bool _leaveOpen;

    // Only what comes after a segment of full length tells whether it is the last: one byte is read ahead.
    private readonly byte[] _ahead = new byte[1];
    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(SealedFormat.SegmentLength);
    private bool _isAheadDue;
    private bool _isLastKnown;
    private int _filled;
    private int _used;
    private long _number;
    private ReadOnlyMemory<byte> _plain;
    private bool _isOver;
    private MdmException? _refusal;

    /// <summary>Deciphers what follows a header.</summary>
    /// <param name="source">The sealed file from its first segment on.</param>
    /// <param name="header">Its header.</param>
    /// <param name="key">The content key that the header names; it is not kept.</param>
    /// <param name="leaveOpen">True when the source is not to be closed.</param>
    public DecipheringStream(Stream source, SealedHeader header, ContentKey key, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        (_source, _leaveOpen) = (source, leaveOpen);
        _cipher = new SegmentCipher(key, header);
    }

    /// <summary>The file's header.</summary>
    public SealedHeader Header => _cipher.Header;

    /// <inheritdoc/>
    public override bool CanRead => _buffer is not null;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads the header, asks for its key, and deciphers what follows.</summary>
    /// <param name="source">The sealed file from its beginning; closed in the end, also when this fails.</param>
    /// <param name="keys">Gives the key of an id, which is disposed here.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: this is no sealed file; or why there is no key.</exception>
    public static async ValueTask<DecipheringStream> OpenAsync(Stream source, Func<KeyId, CancellationToken, ValueTask<ContentKey>> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(keys);
        try
        {
            var bytes = new byte[SealedFormat.HeaderLength];
            var length = await source.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            var header = SealedHeader.Parse(bytes.AsSpan(0, length));
            using var key = await keys(header.KeyId, cancellationToken).ConfigureAwait(false);
            return new DecipheringStream(source, header, key);
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: the next segment is not authentic; nothing of it, and nothing more, is given out.</exception>
    public override int Read(Span<byte> buffer) => buffer.IsEmpty || !Advance() ? 0 : Give(buffer);

    /// <inheritdoc/>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: the next segment is not authentic; nothing of it, and nothing more, is given out.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.IsEmpty || !await AdvanceAsync(cancellationToken).ConfigureAwait(false) ? 0 : Give(buffer.Span);

    /// <summary>Writes all that is left, a segment at a time, without copying it in between.</summary>
    public override void CopyTo(Stream destination, int bufferSize)
    {
        ArgumentNullException.ThrowIfNull(destination);
        for (; Advance(); _plain = default)
            destination.Write(_plain.Span);
    }

    /// <inheritdoc cref="CopyTo"/>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        for (; await AdvanceAsync(cancellationToken).ConfigureAwait(false); _plain = default)
            await destination.WriteAsync(_plain, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _buffer is { } buffer)
        {
            (_buffer, _plain) = (null, default);
            SealedReader.GiveBack(buffer, _used);
            _cipher.Dispose();
            if (!_leaveOpen)
                _source.Dispose();
        }
        base.Dispose(disposing);
    }

    private int Give(Span<byte> buffer)
    {
        var part = _plain[..Math.Min(_plain.Length, buffer.Length)];
        part.Span.CopyTo(buffer);
        _plain = _plain[part.Length..];
        return part.Length;
    }

    // True when there is plaintext to give out; false at the authentic end. Where it is interrupted, the next call goes on.
    private bool Advance()
    {
        while (_plain.IsEmpty)
        {
            if (!MayGoOn())
                return false;
            while (!_isLastKnown)
                Take(_source.Read(Wanted().Span));
            Decipher();
        }
        return true;
    }

    private async ValueTask<bool> AdvanceAsync(CancellationToken cancellationToken)
    {
        while (_plain.IsEmpty)
        {
            if (!MayGoOn())
                return false;
            while (!_isLastKnown)
                Take(await _source.ReadAsync(Wanted(), cancellationToken).ConfigureAwait(false));
            Decipher();
        }
        return true;
    }

    private bool MayGoOn()
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        if (_refusal is not null)
            throw _refusal;
        if (_isOver)
            return false;
        // The byte that was read ahead begins the next segment; until the plaintext was given out there was no room for it.
        if (_isAheadDue)
            (_buffer[0], _filled, _isAheadDue) = (_ahead[0], 1, false);
        return true;
    }

    private int Capacity => SealedFormat.SealedCapacity((uint)_number);

    private Memory<byte> Wanted() => _filled < Capacity ? _buffer.AsMemory(_filled, Capacity - _filled) : _ahead;

    private void Take(int read)
    {
        var isFull = _filled == Capacity;
        if (!isFull)
            _filled += read;
        _isOver = read == 0;
        _isLastKnown = isFull || _isOver;
    }

    private void Decipher()
    {
        var (number, length) = (_number, _filled);
        _used = Math.Max(_used, length);
        try
        {
            if (number >= SealedFormat.MaxSegments)
                throw new MdmException(MdmErrorKind.Corrupt, $"The sealed file has more than {SealedFormat.MaxSegments} segments.");
            var plain = _buffer.AsMemory(0, Math.Max(0, length - SealedFormat.TagLength));
            _cipher.Open((uint)number, _isOver, _buffer.AsSpan(0, length), plain.Span);
            _plain = plain;
        }
        catch (MdmException refusal)
        {
            _refusal = refusal;
            throw;
        }
        (_number, _filled, _isLastKnown, _isAheadDue) = (number + 1, 0, false, true);
    }
}
