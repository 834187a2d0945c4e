namespace Mdm.Host.Staging;

internal static class StagingServices
{
    /// <summary>Needs <see cref="StagingOptions"/>, <see cref="IArchiveSource"/>, <see cref="IDisclosureRules"/>, <see cref="IQuarantineLedger"/>, <see cref="ICatalog"/>, <see cref="Keys.ContentKeys"/>, <see cref="TimeProvider"/> and the authorizer.</summary>
    public static IServiceCollection AddStaging(this IServiceCollection services) => services.AddSingleton<Quarantine>().AddSingleton<StagingArea>();
}
