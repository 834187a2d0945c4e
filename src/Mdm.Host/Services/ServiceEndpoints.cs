using Mdm.Host.Configuration;
using Mdm.Host.Orders;
using Mdm.Host.Plugins;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mdm.Host.Services;

internal static class ServiceEndpoints
{
    /// <summary>Needs <see cref="Access.CallerOf"/> and the instances.</summary>
    public static IServiceCollection AddServices(this IServiceCollection services) => services
        .AddSingleton<HttpServices>()
        .AddSingleton<AnnouncedServices>()
        .AddSingleton<WellKnown>();

    /// <summary>Needs the instances.</summary>
    /// <param name="services">To add to.</param>
    /// <param name="accept">TLS with the host's certificate; null where there is none.</param>
    public static IServiceCollection AddServicePorts(this IServiceCollection services, TlsAcceptor? accept) => services
        .AddSingleton<UrgentData>()
        .AddSingleton(s => new ServicePorts(
            s.GetRequiredService<HostConfiguration>(), s.GetRequiredService<InstanceSet>(), accept, s.GetRequiredService<UrgentData>(), s.GetRequiredService<AuditTrail>(),
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<ServicePorts>>(), s.GetService<Bans>()));

    /// <summary>Opens the ports of protocols of the plugins' own.</summary>
    public static void ListenForServices(this KestrelServerOptions kestrel) => kestrel.ApplicationServices.GetRequiredService<ServicePorts>().Listen(kestrel);

    public static IEndpointRouteBuilder MapServices(this IEndpointRouteBuilder routes)
    {
        routes.ServiceProvider.GetRequiredService<HttpServices>().Map(routes);
        routes.ServiceProvider.GetRequiredService<WellKnown>().Map(routes);
        return routes;
    }
}
