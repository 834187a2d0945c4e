using Mdm.Host.Access;
using Mdm.Host.Diagnostics;
using Mdm.Host.Orders;

namespace Mdm.Host.Administration;

internal static class AdministrationServices
{
    /// <summary>Orders that every process with a door takes. Needs <see cref="Bans"/>, <see cref="AdministratorGate"/> and the audit trail.</summary>
    public static IServiceCollection AddAdministration(this IServiceCollection services) => services.AddSingleton<BanDoor>();

    /// <summary>Orders that a storage host takes besides. Needs requests, staging, drains and publications.</summary>
    public static IServiceCollection AddStorageAdministration(this IServiceCollection services) => services
        .AddSingleton<ConfiguredNames>()
        .AddSingleton<RequestDoor>()
        .AddSingleton<PoolDoor>()
        .AddSingleton<ArchiveDoor>()
        .AddSingleton<UsageDoor>()
        .AddSingleton<RowsDoor>()
        .AddSingleton<ConfigurationReload>()
        .AddSingleton<ReloadDoor>()
        .AddHostedService(services => services.GetRequiredService<ReloadDoor>())
        .AddHostedService<HostMetrics>();

    public static IEndpointRouteBuilder MapAdministration(this IEndpointRouteBuilder routes)
    {
        routes.ServiceProvider.GetRequiredService<BanDoor>().Map(routes);
        return routes;
    }

    public static IEndpointRouteBuilder MapStorageAdministration(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var drains = services.GetRequiredService<Drains>();
        services.GetRequiredService<Readiness>().Require("drained", () => drains.OfHost?.Reason);
        services.GetRequiredService<RequestDoor>().Map(routes);
        services.GetRequiredService<PoolDoor>().Map(routes);
        services.GetRequiredService<ArchiveDoor>().Map(routes);
        services.GetRequiredService<UsageDoor>().Map(routes);
        services.GetRequiredService<RowsDoor>().Map(routes);
        services.GetRequiredService<ReloadDoor>().Map(routes);
        return routes;
    }
}
