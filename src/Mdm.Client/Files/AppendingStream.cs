namespace Mdm.Client.Files;

/// <summary>Writes to the end of a file that is not in place yet. Disposing leaves the file to its owner.</summary>
internal sealed class AppendingStream(PlainFile file) : WriteOnlyStream
{
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        file.Append(buffer.Span);
        return ValueTask.CompletedTask;
    }
}
