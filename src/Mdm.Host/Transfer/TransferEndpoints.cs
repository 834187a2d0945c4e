namespace Mdm.Host.Transfer;

/// <summary>Who is at the other end of a request's connection.</summary>
/// <param name="Identity">Who; null when no acceptable certificate was shown.</param>
/// <param name="RefusalReason">Why there is no identity, for the caller.</param>
internal readonly record struct ConnectionCaller(GridIdentity? Identity, string? RefusalReason);

/// <summary>Reads the connection's caller off a request.</summary>
internal delegate ConnectionCaller CallerOf(HttpContext context);

internal static class TransferEndpoints
{
    /// <summary>Needs <see cref="TransferOptions"/>, <see cref="CallerOf"/> and staging.</summary>
    public static IServiceCollection AddTransfer(this IServiceCollection services) => services.AddSingleton<TicketBook>();

    public static IEndpointRouteBuilder MapTransfer(this IEndpointRouteBuilder routes) => routes;
}
