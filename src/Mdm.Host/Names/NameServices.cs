using Mdm.Host.Access;

namespace Mdm.Host.Names;

internal static class NameServices
{
    /// <summary>Needs <see cref="NameSpace"/>, <see cref="Metadata.SearchAdmission"/>, <see cref="CallerOf"/> and <see cref="AuditTrail"/>.</summary>
    public static IServiceCollection AddNames(this IServiceCollection services) => services.AddSingleton<NameGate>().AddSingleton<NameDoor>();

    public static IEndpointRouteBuilder MapNames(this IEndpointRouteBuilder routes)
    {
        routes.ServiceProvider.GetRequiredService<NameDoor>().Map(routes);
        return routes;
    }
}
