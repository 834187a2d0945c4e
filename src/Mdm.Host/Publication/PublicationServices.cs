using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Members;
using Mdm.Host.Staging;
using Mdm.Sql;

namespace Mdm.Host.Publication;

internal static class PublicationServices
{
    private const string IdSecretName = "publications";

    /// <summary>
    /// Needs <see cref="HostConfiguration"/>, <see cref="ICatalog"/>, <see cref="IArchiveSource"/>, <see cref="StagingArea"/>, <see cref="AuditTrail"/>, <see cref="CallerOf"/> and the authorizer; gives
    /// <see cref="IdentityPolicy"/>, <see cref="IDisclosureRules"/> and <see cref="IRemovalLedger"/>.
    /// </summary>
    /// <exception cref="ConfigurationFaultException">A publication is not sound; all faults at once.</exception>
    public static IServiceCollection AddPublication(this IServiceCollection services, HostConfiguration configuration)
    {
        var book = PublicationBook.Of(configuration.Options);
        var state = configuration.PathOf(configuration.Options.State.Directory);
        return services
            .AddSingleton(book)
            .AddSingleton(book.Identity)
            .AddSingleton<IDisclosureRules>(book)
            .AddSingleton(_ => PublishedIds.Open(configuration.SecretPath(IdSecretName)))
            .AddSingleton(provider => PublicationLedger.Open(
                SqlStoreAddress.Parse(configuration.Options.State.PublicationLedger, state), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<Membership>()))
            .AddSingleton<IQuarantineLedger>(provider => provider.GetRequiredService<PublicationLedger>())
            .AddSingleton<IRemovalLedger>(provider => provider.GetRequiredService<PublicationLedger>())
            .AddSingleton<PublicationTree>()
            .AddSingleton<EntryNaming>()
            .AddSingleton<EntryRemoval>()
            .AddSingleton<EntryRegistrar>()
            .AddSingleton<Withdrawal>()
            .AddSingleton<QuarantineDoor>()
            .AddSingleton<Vanishing>()
            .AddSingleton<ListingLimits>()
            .AddSingleton<PublicationScan>()
            .AddSingleton<PublicationRunner>()
            .AddSingleton<PublicationDoor>()
            .AddHostedService<PublicationSchedule>()
            .AddHostedService<Measuring>()
            .AddHostedService<QuarantineWatch>();
    }

    public static IEndpointRouteBuilder MapPublication(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/admin/publications/{name}/runs", (HttpContext context, string name, PublicationDoor door) => door.OrderAsync(context, name));
        routes.MapPost("/admin/withdrawals", (HttpContext context, Withdrawal withdrawal) => withdrawal.WithdrawAsync(context));
        // The patient is in the body: an address is written into logs on its way.
        routes.MapPost("/admin/withdrawals/lift", (HttpContext context, Withdrawal withdrawal) => withdrawal.LiftAsync(context));
        routes.MapGet("/admin/quarantine", (HttpContext context, QuarantineDoor door) => door.ListAsync(context));
        routes.MapPost("/admin/quarantine/end", (HttpContext context, QuarantineDoor door) => door.EndAsync(context));
        routes.MapGet("/admin/publications", (HttpContext context, PublicationDoor door) => door.ListAsync(context));
        return routes;
    }
}
