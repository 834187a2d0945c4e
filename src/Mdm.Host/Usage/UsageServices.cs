using Mdm.Sql;

namespace Mdm.Host.Usage;

internal static class UsageServices
{
    /// <param name="services">The host's services.</param>
    /// <param name="state">The host's state folder.</param>
    /// <param name="ledger">The store; a relative path is meant against the state folder.</param>
    public static IServiceCollection AddUsage(this IServiceCollection services, string state, string ledger) => services
        .AddSingleton(_ => UsageStore.Open(SqlStoreAddress.Parse(ledger, state)))
        .AddSingleton<UsageBook>()
        .AddHostedService(provider => provider.GetRequiredService<UsageBook>());
}
