using Mdm.Host.Plugins;

namespace Mdm.Host.Staging;

/// <summary>The configured archives and de-identifiers by name, leased for the life of the host.</summary>
internal sealed class ConfiguredArchives(InstanceSet instances) : IArchiveSource, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lease<IStorageBackend>> _archives = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Lease<IDeidentifier>> _deidentifiers = new(StringComparer.Ordinal);

    public IStorageBackend? FindArchive(string name) => Find(_archives, OfferKind.Archive, name, instances.Archive);

    public IDeidentifier? FindDeidentifier(string name) => Find(_deidentifiers, OfferKind.Deidentifier, name, instances.Deidentifier);

    public async ValueTask DisposeAsync()
    {
        foreach (var archive in _archives.Values)
            await archive.DisposeAsync();
        foreach (var deidentifier in _deidentifiers.Values)
            await deidentifier.DisposeAsync();
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
}
