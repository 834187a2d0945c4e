using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Sql;

namespace Mdm.Host.Keys;

internal static class KeyServices
{
    private const string IdSecretFile = "secrets/keys";

    /// <summary>Needs <see cref="ICatalog"/>, <see cref="AdministratorGate"/> and the audit trail; gives <see cref="ContentKeys"/> and <see cref="KeyOutbox"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="state">The host's state folder.</param>
    /// <param name="ledger">The store of the ledger of keys; a relative path is meant against the state folder.</param>
    /// <param name="configured">The configured keystore; null for a host that keeps its keys itself.</param>
    public static IServiceCollection AddKeys(this IServiceCollection services, string state, string ledger, IKeyStore? configured)
    {
        services
            .AddSingleton(provider => KeyLedger.Open(SqlStoreAddress.Parse(ledger, state), provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(provider => ContentKeys.Open(
                SecretFile.Open(Path.Combine(state, IdSecretFile), "The secret of key ids"),
                provider.GetRequiredService<KeyLedger>(), provider.GetRequiredService<IKeyStore>(), provider.GetRequiredService<ICatalog>()))
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
