using System.IO.Pipelines;

namespace Mdm.Host.Transfer;

/// <summary>Copies a staged file into a response: large reads straight into the memory that the connection sends from.</summary>
internal sealed class FileSender(Staging.StagedReader reader, PipeWriter response)
{
    /// <summary>256 KiB: few enough calls, and a slow client holds no more than this and the connection's own buffer.</summary>
    private const int PieceSize = 256 * 1024;

    /// <summary>Bytes of the file handed to the connection.</summary>
    public long Sent { get; private set; }

    /// <summary>Sends a part; false when the client left.</summary>
    /// <exception cref="IOException">The file ended early.</exception>
    public async ValueTask<bool> SendAsync(ByteRange range, CancellationToken cancellationToken)
    {
        for (long done = 0; done < range.Length;)
        {
            var size = (int)Math.Min(PieceSize, range.Length - done);
            var count = reader.Read(range.Offset + done, response.GetMemory(size).Span[..size]);
            if (count == 0)
                throw new EndOfStreamException("A staged file is shorter than its name says.");
            response.Advance(count);
            done += count;
            Sent += count;
            if ((await response.FlushAsync(cancellationToken)) is { IsCompleted: true } or { IsCanceled: true })
                return done == range.Length;
        }
        return true;
    }

    /// <summary>Sends text between parts.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken) => await response.WriteAsync(text, cancellationToken);
}
