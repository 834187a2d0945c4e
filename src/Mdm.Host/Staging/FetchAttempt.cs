namespace Mdm.Host.Staging;

/// <summary>One try to get one file out of its archive.</summary>
internal sealed class FetchAttempt(StageJob job, PoolReservation reservation)
{
    private readonly TaskCompletionSource<PoolSlot> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StageJob Job => job;

    public ArchiveObjectId Object => job.Source.Object;

    public PoolReservation Reservation => reservation;

    public CancellationToken Token => job.Stop.Token;

    public Task<PoolSlot> Result => _done.Task;

    /// <summary>Handed to a retrieval; changed under the line's lock only.</summary>
    public bool IsTaken { get; set; }

    public void Succeed(PoolSlot slot) => _done.TrySetResult(slot);

    public void Fail(Exception failure) => _done.TrySetException(failure);
}
