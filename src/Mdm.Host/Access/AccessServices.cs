namespace Mdm.Host.Access;

internal static class AccessServices
{
    /// <summary>Needs <see cref="ICatalog"/>, <see cref="IdentityPolicy"/>, <see cref="CallerOf"/>, <see cref="IRemovalLedger"/>, <see cref="IRightsFollower"/> and <see cref="TimeProvider"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="auditDirectory">Where the audit trail is kept.</param>
    public static IServiceCollection AddAccess(this IServiceCollection services, string auditDirectory) => services
        .AddHttpContextAccessor()
        .AddSingleton(s => new AuditTrail(auditDirectory, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<IHttpContextAccessor>()))
        .AddSingleton<PathWalk>()
        .AddSingleton<Authorizer>()
        .AddSingleton<AdministratorGate>()
        .AddSingleton<NameSpace>();
}
