using Mdm.Abstractions;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga;

/// <summary>The stores that instances of this plugin have open: a metadata store and a service over the same rows share one, since a file has one owner.</summary>
internal sealed class OpenStores
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (AmgaStore Store, int Users)> _open = new(StringComparer.Ordinal);

    /// <summary>The store at an address; each taking is given back once.</summary>
    /// <exception cref="SqlStoreException">The store cannot be opened.</exception>
    /// <exception cref="MdmException">Refused: another instance has it open with other options.</exception>
    public AmgaStore Take(SqlStoreAddress address, AmgaOptions options, TimeProvider time, string owner)
    {
        lock (_gate)
        {
            var key = address.ToString();
            var (store, users) = _open.TryGetValue(key, out var known) ? known : (AmgaStore.Open(address, options, time, owner), 0);
            if (store.Options.DifferenceTo(options) is { } difference)
                throw new MdmException(MdmErrorKind.Refused, $"{owner} shares its store with another instance, and has another {difference}; write the same in both.");
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
