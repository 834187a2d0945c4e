using Mdm.Host.Access;
using Mdm.Host.Orders;

namespace Mdm.Host.Administration;

internal static class AdministrationServices
{
    /// <summary>Orders that every process with a door takes. Needs <see cref="Bans"/>, <see cref="AdministratorGate"/> and the audit trail.</summary>
    public static IServiceCollection AddAdministration(this IServiceCollection services) => services.AddSingleton<BanDoor>();

    public static IEndpointRouteBuilder MapAdministration(this IEndpointRouteBuilder routes)
    {
        routes.ServiceProvider.GetRequiredService<BanDoor>().Map(routes);
        return routes;
    }
}
