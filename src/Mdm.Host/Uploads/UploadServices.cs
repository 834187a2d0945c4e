using Mdm.Formats.Names;
using Mdm.Host.Access;
using Mdm.Sql;

namespace Mdm.Host.Uploads;

internal static class UploadServices
{
    /// <summary>Needs <see cref="UploadsOptions"/>, access, members, publication, staging and transfer; comes after publication, since it notes removals before it does.</summary>
    /// <param name="services">Where it is added.</param>
    /// <param name="options">The configuration.</param>
    /// <param name="stateDirectory">What a relative store path is meant against.</param>
    /// <param name="scanned">Told of removals of what did not come by puts.</param>
    public static IServiceCollection AddUploads(this IServiceCollection services, HostOptions options, string stateDirectory, Func<IServiceProvider, IRemovalLedger> scanned) => services
        .AddSingleton(options.Uploads)
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<PutPlaces>(provider, options))
        .AddSingleton(_ => UploadStore.Open(SqlStoreAddress.Parse(options.Uploads.Store, stateDirectory)))
        .AddSingleton<IRemovalLedger>(provider => ActivatorUtilities.CreateInstance<UploadRemovals>(provider, scanned(provider)))
        .AddSingleton<PutArchives>()
        .AddSingleton<SpaceChoice>()
        .AddSingleton<SpaceBook>()
        .AddSingleton<UploadTicketBook>()
        .AddSingleton<ComingNow>()
        .AddSingleton<SpooledBodies>()
        .AddSingleton<ComingBytes>()
        .AddSingleton<ObjectEraser>()
        .AddSingleton<UploadBook>()
        .AddSingleton<UserRemoval>()
        .AddSingleton<IUserRemoval>(provider => provider.GetRequiredService<UserRemoval>())
        .AddSingleton<FileEntering>()
        .AddSingleton<UploadGate>()
        .AddSingleton<UploadDoor>()
        .AddSingleton<Registration>()
        .AddSingleton<RegistrationDoor>()
        .AddSingleton<UploadKeeper>()
        .AddHostedService(provider => provider.GetRequiredService<UploadKeeper>());

    public static IEndpointRouteBuilder MapUploads(this IEndpointRouteBuilder routes)
    {
        routes.Map(UploadTicketBook.Root + "{ticket}/{**name}", (HttpContext context, UploadDoor door) => door.HandleAsync(context));
        routes.MapPost(RegistrationWire.Path, (HttpContext context, RegistrationDoor door) => door.HandleAsync(context));
        return routes;
    }
}
