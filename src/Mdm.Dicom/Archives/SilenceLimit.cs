namespace Mdm.Dicom.Archives;

/// <summary>How long a peer may be silent in the middle of what it sends. One read at a time.</summary>
internal sealed class SilenceLimit(TimeProvider time) : IDisposable
{
    private CancellationTokenSource _source = new(Timeout.InfiniteTimeSpan, time);

    /// <summary>For the next read.</summary>
    public CancellationToken Begin()
    {
        if (_source.IsCancellationRequested)
        {
            _source.Dispose();
            _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        }

        return _source.Token;
    }

    /// <summary>Waits for a read that was given the token, which is cancelled when nothing comes in time or the caller gives up.</summary>
    // In a stream of data the bytes are mostly there already: no timer, no registration.
    public ValueTask<int> WaitAsync(ValueTask<int> reading, TimeSpan limit, CancellationToken cancellationToken) => reading.IsCompleted ? reading : ComeAsync(reading, limit, cancellationToken);

    public void Dispose() => _source.Dispose();

    private async ValueTask<int> ComeAsync(ValueTask<int> reading, TimeSpan limit, CancellationToken cancellationToken)
    {
        _source.CancelAfter(limit);
        var registration = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
        try
        {
            return await reading;
        }
        finally
        {
            await registration.DisposeAsync();
            _source.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }
}
