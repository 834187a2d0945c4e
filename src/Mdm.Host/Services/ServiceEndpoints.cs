namespace Mdm.Host.Services;

internal static class ServiceEndpoints
{
    /// <summary>Needs <see cref="Access.CallerOf"/> and the instances.</summary>
    public static IServiceCollection AddServices(this IServiceCollection services) => services
        .AddSingleton<HttpServices>()
        .AddSingleton<AnnouncedServices>()
        .AddSingleton<WellKnown>();

    public static IEndpointRouteBuilder MapServices(this IEndpointRouteBuilder routes)
    {
        routes.ServiceProvider.GetRequiredService<HttpServices>().Map(routes);
        routes.ServiceProvider.GetRequiredService<WellKnown>().Map(routes);
        return routes;
    }
}
