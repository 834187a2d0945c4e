using Mdm.Host.Access;

namespace Mdm.Host.Transfer;

internal static class TransferEndpoints
{
    /// <summary>Needs <see cref="TransferOptions"/>, <see cref="CallerOf"/> and staging.</summary>
    public static IServiceCollection AddTransfer(this IServiceCollection services) => services.AddSingleton<TicketBook>();

    public static IEndpointRouteBuilder MapTransfer(this IEndpointRouteBuilder routes) => routes;
}
