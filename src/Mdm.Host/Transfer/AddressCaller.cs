using Mdm.Host.Access;
using Mdm.Host.Orders;

namespace Mdm.Host.Transfer;

/// <summary>Nobody is known to be calling: 401.</summary>
/// <param name="shown">Why the certificate does not count; null when none was shown.</param>
internal sealed class UnknownCallerException(string? shown) : Exception(shown ?? "No client certificate was shown, and no bearer token. Make a proxy and try again.")
{
    public string? Shown => shown;
}

/// <summary>Who calls on an address that has a ticket in it: whoever the connection's certificate says, or the one for whom a token of that ticket was made.</summary>
internal sealed class AddressCaller(TokenMint tokens, CallerOf callerOf, AuditTrail audit, Bans? bans = null)
{
    private const string Scheme = "Bearer ";

    /// <summary>The ticket in a request's address, and the name after it.</summary>
    public static (string Ticket, string Name) AddressOf(HttpContext context) =>
        (context.GetRouteValue("ticket") as string ?? string.Empty, context.GetRouteValue("name") as string ?? string.Empty);

    /// <summary>By token where one was sent, by certificate otherwise.</summary>
    /// <exception cref="UnknownCallerException">No certificate and no token.</exception>
    /// <exception cref="MdmException">AccessDenied.</exception>
    public GridIdentity Of(HttpContext context, string ticket, TokenActivities activity, AuditAction action) =>
        context.Request.Headers.Authorization.ToString() is var header && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? Accept(context, header[Scheme.Length..].Trim(), ticket, activity, action)
            : Connected(context);

    /// <summary>By certificate, whatever else was sent.</summary>
    /// <exception cref="UnknownCallerException">No certificate.</exception>
    /// <exception cref="MdmException">AccessDenied.</exception>
    public GridIdentity Connected(HttpContext context)
    {
        var caller = callerOf(context);
        return caller.Identity ?? throw (caller.IsBanned ? Bans.Refusal() : new UnknownCallerException(caller.RefusalReason));
    }

    /// <summary>Opens a ticket, and notes who was refused.</summary>
    /// <exception cref="MdmException">AccessDenied, NotFound.</exception>
    public T Redeem<T>(GridIdentity caller, AuditAction action, Func<T> redeem)
    {
        try
        {
            return redeem();
        }
        catch (MdmException refusal)
        {
            audit.Refused(caller, action, refusal.Kind == MdmErrorKind.NotFound ? "ticket expired" : "ticket of somebody else or of no host");
            throw;
        }
    }

    private GridIdentity Accept(HttpContext context, string token, string ticket, TokenActivities activity, AuditAction action)
    {
        GridIdentity caller;
        try
        {
            caller = tokens.Accept(token, ticket, activity);
        }
        catch (MdmException)
        {
            audit.Refused(null, action, "bearer token not accepted");
            throw;
        }
        // Whose token it is, the door could not know.
        if (bans is null)
            return caller;
        if (bans.TryEnter(caller, context.Abort) is not { } call)
        {
            audit.Barred(caller, "bearer token");
            throw Bans.Refusal();
        }
        context.Response.RegisterForDispose(call);
        return caller;
    }
}
