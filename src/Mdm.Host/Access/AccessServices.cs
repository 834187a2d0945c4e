namespace Mdm.Host.Access;

internal static class AccessServices
{
    /// <summary>Needs <see cref="ICatalog"/>, <see cref="IdentityPolicy"/>, <see cref="CallerOf"/>, <see cref="IRemovalLedger"/>, <see cref="IRightsFollower"/>, <see cref="AuditTrail"/> and <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services) => services
        .AddSingleton<PathWalk>()
        .AddSingleton<Authorizer>()
        .AddSingleton<PlaceAuthorizer>()
        .AddSingleton<AdministratorGate>()
        .AddSingleton<NameSpace>();
}
