using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Keys;
using Mdm.Host.Members;
using Mdm.Host.Staging;
using Mdm.Sql;

namespace Mdm.Host.Metadata;

internal static class MetadataServices
{
    private const string SecretName = "metadata";

    /// <summary>Needs <see cref="ICatalog"/>, <see cref="IArchiveSource"/> and <see cref="KeyOutbox"/>; gives <see cref="MetadataRows"/>, <see cref="IRightsFollower"/> and, where metadata is configured, <see cref="IContentDescriber"/>.</summary>
    /// <exception cref="ConfigurationFaultException">A publication's metadata is not sound; all faults at once.</exception>
    public static IServiceCollection AddMetadata(this IServiceCollection services, HostConfiguration configuration, IMetadataStore? store)
    {
        var state = configuration.PathOf(configuration.Options.State.Directory);
        services
            .AddSingleton(MetadataPlans.Of(configuration.Options))
            .AddSingleton(provider => StoreTrouble.Told(
                () => MetadataLedger.Open(SqlStoreAddress.Parse(configuration.Options.State.MetadataLedger, state), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<Membership>()), "The ledger of metadata rows"))
            .AddSingleton(provider => new MetadataRows(
                store, provider.GetRequiredService<MetadataPlans>(), provider.GetRequiredService<IArchiveSource>(), provider.GetRequiredService<MetadataLedger>(),
                provider.GetService<MetadataFollower>(), provider.GetRequiredService<ICatalog>(),
                SecretFile.Open(configuration.SecretPath(SecretName), "The secret of metadata rows"),
                provider.GetRequiredService<ILogger<MetadataRows>>()));
        services
            .AddSingleton(provider => new SearchAdmission(provider.GetRequiredService<MetadataPlans>(), store))
            .AddSingleton(provider => new RowReconciler(
                provider.GetRequiredService<MetadataPlans>(), store, provider.GetRequiredService<ICatalog>(), provider.GetRequiredService<MetadataLedger>(), provider.GetService<MetadataFollower>()));
        if (store is null)
            return services.AddSingleton<IRightsFollower>(provider => provider.GetRequiredService<KeyOutbox>());
        // What was leased from a plugin is not the container's to dispose.
        return services
            .AddSingleton(store)
            .AddSingleton<MetadataFollower>()
            .AddHostedService(provider => provider.GetRequiredService<MetadataFollower>())
            .AddSingleton<IRightsFollower>(provider => new RightsFollowers([provider.GetRequiredService<KeyOutbox>(), provider.GetRequiredService<MetadataFollower>()]))
            .AddSingleton<StagedRows>()
            .AddSingleton<IContentDescriber>(provider => provider.GetRequiredService<StagedRows>())
            .AddHostedService(provider => provider.GetRequiredService<StagedRows>());
    }
}
