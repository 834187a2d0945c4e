namespace Mdm.Host.Staging;

/// <summary>Who wants a file kept, under which name, until when.</summary>
/// <param name="Key">The holder's own name for the pin (request and file); pinning again under it changes its time.</param>
/// <param name="Subject">Whose share it counts against.</param>
/// <param name="Until">Until when; cut to the longest pin.</param>
internal sealed record PinOrder(string Key, DistinguishedName Subject, DateTimeOffset Until);

/// <summary>A file is kept while one of its leases runs. Ends at its time or when disposed, whichever is first; disposing twice is harmless.</summary>
internal sealed class PinLease : IDisposable
{
    private readonly Action<PinLease> _release;

    internal PinLease(FileId file, PinOrder order, Action<PinLease> release) =>
        (File, Order, _release) = (file, order, release);

    public FileId File { get; }

    /// <summary>As granted: <see cref="PinOrder.Until"/> is the time that holds.</summary>
    public PinOrder Order { get; }

    public DateTimeOffset Until => Order.Until;

    public void Dispose() => _release(this);
}
