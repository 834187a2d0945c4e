using Mdm.Host.Access;

namespace Mdm.Host.Transfer;

internal static class TransferServices
{
    /// <summary>Needs <see cref="TransferOptions"/>, <see cref="CallerOf"/>, <see cref="AuditTrail"/>, the authorizer, staging and <see cref="ConnectOther"/>.</summary>
    public static IServiceCollection AddTransfer(this IServiceCollection services) => services
        .AddSingleton(provider => TransferSecret.Open(provider.GetRequiredService<TransferOptions>().SecretFile!))
        .AddSingleton<TicketBook>()
        .AddSingleton<TokenMint>()
        .AddSingleton<AddressCaller>()
        .AddSingleton<TransferGate>()
        .AddSingleton<RemoteSites>()
        .AddSingleton<TransferDoor>();

    public static IEndpointRouteBuilder MapTransfer(this IEndpointRouteBuilder routes)
    {
        routes.Map(TicketBook.Root + "{ticket}/{**name}", (HttpContext context, TransferDoor door, AuditTrail audit) => door.HandleAsync(context, audit));
        return routes;
    }
}
