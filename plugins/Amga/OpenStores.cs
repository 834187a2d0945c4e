using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga;

/// <summary>The stores that instances of this plugin have open: a metadata store and a service over the same rows share one, since a file has one owner.</summary>
internal sealed class OpenStores
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (AmgaStore Store, int Users)> _open = new(StringComparer.Ordinal);

    /// <summary>The store at an address; each taking is given back once. Who comes first says by what limits and groups it is kept.</summary>
    /// <exception cref="SqlStoreException">The store cannot be opened.</exception>
    public AmgaStore Take(SqlStoreAddress address, AmgaOptions options, TimeProvider time, string owner)
    {
        lock (_gate)
        {
            var key = address.ToString();
            var (store, users) = _open.TryGetValue(key, out var known) ? known : (AmgaStore.Open(address, options, time, owner), 0);
            _open[key] = (store, users + 1);
            return store;
        }
    }

    public async ValueTask GiveBackAsync(SqlStoreAddress address)
    {
        AmgaStore store;
        lock (_gate)
        {
            var key = address.ToString();
            (store, var users) = _open[key];
            if (users > 1)
            {
                _open[key] = (store, users - 1);
                return;
            }
            _open.Remove(key);
        }
        await store.DisposeAsync().ConfigureAwait(false);
    }
}
