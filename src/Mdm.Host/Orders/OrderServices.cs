using Mdm.Sql;

namespace Mdm.Host.Orders;

internal static class OrderServices
{
    /// <summary>Needs <see cref="TimeProvider"/>; gives <see cref="Bans"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="state">The host's state folder.</param>
    /// <param name="ledger">The store of the orders; a relative path is meant against the state folder.</param>
    public static IServiceCollection AddOrders(this IServiceCollection services, string state, string ledger) => services
        .AddSingleton(_ => OrderLedger.Open(SqlStoreAddress.Parse(ledger, state)))
        .AddSingleton<Bans>();

    /// <summary>Needs the above and <see cref="Members.ThisHost"/>.</summary>
    public static IServiceCollection AddDrains(this IServiceCollection services) => services.AddSingleton<Drains>();
}
