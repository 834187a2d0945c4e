using Mdm.Host.Plugins;

namespace Mdm.Host.Staging;

/// <summary>The configured archives and de-identifiers by name, leased as long as they are configured.</summary>
internal sealed class ConfiguredArchives(InstanceSet instances, TimeProvider time) : IArchiveSource, IAsyncDisposable
{
    /// <summary>How long an instance that was replaced is kept for whoever found it in the last moment and asks it something that takes no time.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lease<IStorageBackend>> _archives = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Lease<IDeidentifier>> _deidentifiers = new(StringComparer.Ordinal);
    private readonly HashSet<Departure> _leaving = [];

    public IStorageBackend? FindArchive(string name) => Find(_archives, OfferKind.Archive, name, instances.Archive);

    public IDeidentifier? FindDeidentifier(string name) => Find(_deidentifiers, OfferKind.Deidentifier, name, instances.Deidentifier);

    public InUse<IStorageBackend>? UseArchive(string name) => Use(OfferKind.Archive, name, instances.Archive);

    public InUse<IDeidentifier>? UseDeidentifier(string name) => Use(OfferKind.Deidentifier, name, instances.Deidentifier);

    /// <summary>Other instances are configured: they are found from now on, and the old ones are let go when nobody uses them any more.</summary>
    public void Renew()
    {
        lock (_gate)
        {
            foreach (var lease in _archives.Values.Cast<IAsyncDisposable>().Concat(_deidentifiers.Values))
                _leaving.Add(new Departure(lease, time, Leave));
            _archives.Clear();
            _deidentifiers.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Renew();
        List<Departure> leaving;
        lock (_gate)
            leaving = [.. _leaving];
        foreach (var departure in leaving)
            await departure.LeaveAsync();
    }

    private void Leave(Departure departure)
    {
        lock (_gate)
            _leaving.Remove(departure);
    }

    private InUse<T>? Use<T>(OfferKind kind, string name, Func<string, Lease<T>> take)
        where T : class
    {
        if (!instances.Has(kind, name))
            return null;
        try
        {
            var lease = take(name);
            return new InUse<T>(lease.Value, lease);
        }
        catch (MdmException gone) when (gone.Kind == MdmErrorKind.Unsupported && !instances.Has(kind, name))
        {
            // Removed in this moment.
            return null;
        }
    }

    private T? Find<T>(Dictionary<string, Lease<T>> leases, OfferKind kind, string name, Func<string, Lease<T>> take)
        where T : class
    {
        lock (_gate)
        {
            if (leases.TryGetValue(name, out var lease))
                return lease.Value;
            if (!instances.Has(kind, name))
                return null;
            return (leases[name] = take(name)).Value;
        }
    }

    /// <summary>A lease that ends after a while, or at the end.</summary>
    private sealed class Departure
    {
        private readonly ITimer _timer;
        private readonly Action<Departure> _left;
        private IAsyncDisposable? _lease;

        public Departure(IAsyncDisposable lease, TimeProvider time, Action<Departure> left)
        {
            (_lease, _left) = (lease, left);
            _timer = time.CreateTimer(_ => _ = LeaveAsync().AsTask(), null, Grace, Timeout.InfiniteTimeSpan);
        }

        public async ValueTask LeaveAsync()
        {
            if (Interlocked.Exchange(ref _lease, null) is not { } lease)
                return;
            await _timer.DisposeAsync();
            await lease.DisposeAsync();
            _left(this);
        }
    }
}
