using Mdm.Client.Files;

namespace Mdm.Cli;

/// <summary>The standard output of a process that was started without one: what prints nothing runs as ever, what prints ends with an error.</summary>
internal sealed class ClosedOutput : WriteOnlyStream
{
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

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromException(new IOException("The standard output is closed."));
}
