namespace Mdm.Formats.Tests.Amga;

/// <summary>A stream that gives its bytes in given pieces, as TCP may cut them.</summary>
internal sealed class Pieces(params byte[][] pieces) : Stream
{
    private int _piece;
    private int _taken;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_piece == pieces.Length)
            return 0;
        var given = Math.Min(count, pieces[_piece].Length - _taken);
        pieces[_piece].AsSpan(_taken, given).CopyTo(buffer.AsSpan(offset));
        _taken += given;
        if (_taken == pieces[_piece].Length)
            (_piece, _taken) = (_piece + 1, 0);
        return given;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
