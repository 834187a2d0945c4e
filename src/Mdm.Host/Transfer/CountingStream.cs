namespace Mdm.Host.Transfer;

/// <summary>Counts what is read through it, and ends a reading that stands still for too long.</summary>
internal sealed class CountingStream(Stream inner, TimeSpan? stall = null, TimeProvider? time = null) : ReadOnlyStream
{
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    public override long Position { get => Count; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = stall is { } limit ? await PatientlyAsync(buffer, limit, cancellationToken) : await inner.ReadAsync(buffer, cancellationToken);
        Interlocked.Add(ref _count, count);
        return count;
    }

    private async ValueTask<int> PatientlyAsync(Memory<byte> buffer, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var enough = new CancellationTokenSource(limit, time ?? TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
        try
        {
            return await inner.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new MdmException(MdmErrorKind.Unavailable, $"The other site has sent nothing for {limit} (Transfer:CopyStall).");
        }
    }
}
