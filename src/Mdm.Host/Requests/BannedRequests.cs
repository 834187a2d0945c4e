using Mdm.Host.Orders;

namespace Mdm.Host.Requests;

/// <summary>Ends what banned callers have open, as soon as they are banned.</summary>
internal sealed class BannedRequests(RequestBook book, Bans? bans = null) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        bans?.Placed += EndThem;
        // Who was banned while the host was away has what he had open ended here: his pins hold room.
        EndThem();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        bans?.Placed -= EndThem;
        return Task.CompletedTask;
    }

    private void EndThem() => book.EndOf(owner => bans?.Find(owner) is not null, new FileFault(FaultCause.Error, MdmErrorKind.AccessDenied, Bans.Sentence));
}
