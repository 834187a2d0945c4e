namespace Mdm.Host.Access;

internal static class AccessServices
{
    /// <summary>Needs <see cref="Orders.Bans"/> and <see cref="AuditTrail"/>; gives <see cref="CallerOf"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="ofDoor">Who is calling, as his certificate says.</param>
    public static IServiceCollection AddCallers(this IServiceCollection services, CallerOf ofDoor) => services
        .AddSingleton(provider => new BarredCallers(ofDoor, provider.GetRequiredService<Orders.Bans>(), provider.GetRequiredService<AuditTrail>()))
        .AddSingleton<CallerOf>(provider => provider.GetRequiredService<BarredCallers>().Of);

    /// <summary>Needs <see cref="ICatalog"/>, <see cref="IdentityPolicy"/>, <see cref="CallerOf"/>, <see cref="IRemovalLedger"/>, <see cref="IRightsFollower"/>, <see cref="AuditTrail"/> and <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services) => services
        .AddSingleton<PathWalk>()
        .AddSingleton<Authorizer>()
        .AddSingleton<PlaceAuthorizer>()
        .AddSingleton<AdministratorGate>()
        .AddSingleton<NameSpace>();
}
