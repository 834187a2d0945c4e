using Mdm.Host.Keys;
using Mdm.Host.Members;
using Mdm.Sql;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Doubles;

/// <summary>The content keys of a host, over its own keystore or over another one.</summary>
internal sealed class KeyBench : IAsyncDisposable
{
    public KeyBench(string folder, ICatalog catalog, TimeProvider time, Func<KeyLedger, IKeyStore>? store = null, Membership? members = null)
    {
        members ??= Membership.Alone("host");
        Directory.CreateDirectory(folder);
        Ledger = KeyLedger.Open(SqlStoreAddress.Parse(TestStores.At(folder, "keys"), folder), time, members);
        Store = store?.Invoke(Ledger) ?? new LocalKeyStore(Ledger);
        Keys = ContentKeys.Open(new byte[32], Ledger, Store, catalog, members.IsShared);
        Outbox = new KeyOutbox(Ledger, Keys, Store, catalog, members, NullLogger<KeyOutbox>.Instance);
        Reconciler = new KeyReconciler(Ledger, Keys, Store, catalog, Outbox);
        Outbox.StartAsync(CancellationToken.None);
    }

    public KeyLedger Ledger { get; }

    public IKeyStore Store { get; }

    public ContentKeys Keys { get; }

    public KeyOutbox Outbox { get; }

    public KeyReconciler Reconciler { get; }

    public async ValueTask DisposeAsync()
    {
        await Outbox.StopAsync(CancellationToken.None);
        Outbox.Dispose();
        await Ledger.DisposeAsync();
    }
}
