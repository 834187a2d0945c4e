using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Members;
using Mdm.Sql;

namespace Mdm.Host.Keys;

internal static class KeyServices
{
    private const string IdSecretName = "keys";
    private const string IdSecret = "The secret of key ids";

    /// <summary>Needs <see cref="ICatalog"/>, <see cref="AdministratorGate"/> and the audit trail; gives <see cref="ContentKeys"/> and <see cref="KeyOutbox"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="state">The host's state folder.</param>
    /// <param name="ledger">The store of the ledger of keys; a relative path is meant against the state folder.</param>
    /// <param name="configured">The configured keystore; null for a host that keeps its keys itself.</param>
    /// <param name="secrets">The folder of the secrets that hosts share; in the state folder unless given.</param>
    public static IServiceCollection AddKeys(this IServiceCollection services, string state, string ledger, IKeyStore? configured, string? secrets = null)
    {
        var secret = Path.Combine(secrets ?? Path.Combine(state, "secrets"), IdSecretName);
        services
            .AddSingleton(provider => KeyLedger.Open(SqlStoreAddress.Parse(ledger, state), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<Membership>()))
            .AddSingleton(provider => ContentKeys.Open(
                SecretFile.Open(secret, IdSecret),
                provider.GetRequiredService<KeyLedger>(), provider.GetRequiredService<IKeyStore>(), provider.GetRequiredService<ICatalog>(), provider.GetRequiredService<Membership>().IsShared))
            .AddHostedService<RotationWatch>()
            .AddSingleton<KeyOutbox>()
            .AddHostedService(provider => provider.GetRequiredService<KeyOutbox>())
            .AddSingleton<KeyReconciler>()
            .AddSingleton<KeysDoor>();
        // What was leased from a plugin is not the container's to dispose.
        return configured is null ? services.AddSingleton<IKeyStore, LocalKeyStore>() : services.AddSingleton(configured);
    }

    public static IEndpointRouteBuilder MapKeys(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/admin/keys/reconciliations", (HttpContext context, KeysDoor door) => door.ReconcileAsync(context));
        routes.MapPost("/admin/keys/rotations", (HttpContext context, KeysDoor door) => door.RotateAsync(context));
        return routes;
    }
}
