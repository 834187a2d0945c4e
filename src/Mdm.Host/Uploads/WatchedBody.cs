namespace Mdm.Host.Uploads;

/// <summary>
/// A body as an archive reads it. From one read to the next the archive is at work, and has a limit for that; while a read goes on, it waits for whoever brings the bytes. Once the body is severed
/// it gives nothing any more: a call that was left behind must not read what comes next on the same connection.
/// </summary>
/// <param name="body">The bytes.</param>
/// <param name="work">Called with true when the archive is at work, with false when it waits.</param>
/// <param name="ended">Ends a read that goes on.</param>
internal sealed class WatchedBody(Stream body, Action<bool> work, CancellationToken ended) : ReadOnlyStream
{
    private readonly Lock _gate = new();
    private Task _reading = Task.CompletedTask;
    private bool _isSevered;

    public override long Position { get => body.Position; }

    /// <summary>Ends reading for good; who reads now is waited for.</summary>
    public Task SeverAsync()
    {
        lock (_gate)
        {
            _isSevered = true;
            return _reading;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_isSevered)
                throw new IOException("The bytes are wanted no more: the call took too long, or was called off.");
            if (!_reading.IsCompleted)
                throw new InvalidOperationException("One read at a time: the one before has not ended.");
            _reading = read.Task;
        }
        work(false);
        try
        {
            using var either = cancellationToken.CanBeCanceled && cancellationToken != ended ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ended) : null;
            return await body.ReadAsync(buffer, either?.Token ?? ended);
        }
        finally
        {
            work(true);
            read.SetResult();
        }
    }
}
