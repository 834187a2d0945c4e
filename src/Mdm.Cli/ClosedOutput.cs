namespace Mdm.Cli;

/// <summary>The standard output of a process that was started without one: what prints nothing runs as ever, what prints ends with an error.</summary>
internal sealed class ClosedOutput : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The standard output, or this where it is closed.</summary>
    public static Stream OrStandard()
    {
        try
        {
            return Console.OpenStandardOutput();
        }
        catch (UnauthorizedAccessException)
        {
            // EBADF. The number may be given to another file soon, so it is not tried again.
            return new ClosedOutput();
        }
    }

    public override void Flush()
    {
        // There is nothing.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new IOException("The standard output is closed.");
}
