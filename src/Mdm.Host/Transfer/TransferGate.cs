using Mdm.Host.Access;
using Mdm.Host.Orders;

namespace Mdm.Host.Transfer;

/// <summary>Nobody is known to be calling: 401.</summary>
/// <param name="shown">Why the certificate does not count; null when none was shown.</param>
internal sealed class UnknownCallerException(string? shown) : Exception(shown ?? "No client certificate was shown, and no bearer token. Make a proxy and try again.")
{
    public string? Shown => shown;
}

/// <summary>Decides whether a request may have what its address names: the ticket is ours and the caller's, and the right still stands.</summary>
internal sealed class TransferGate(TicketBook tickets, TokenMint tokens, Authorizer authorizer, CallerOf callerOf, AuditTrail audit, Bans? bans = null)
{
    private const string Scheme = "Bearer ";

    /// <summary>The ticket and the file, asked for anew in the catalogue.</summary>
    /// <exception cref="UnknownCallerException">No certificate and no token.</exception>
    /// <exception cref="MdmException">AccessDenied, NotFound; what the catalogue says.</exception>
    public async ValueTask<(TransferTicket Ticket, AuthorizedFile File)> PassAsync(HttpContext context, TokenActivities activity)
    {
        var (ticketText, name) = AddressOf(context);
        var caller = context.Request.Headers.Authorization.ToString() is var header && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? Accept(context, header[Scheme.Length..].Trim(), ticketText, activity)
            : Connected(context);
        var ticket = Redeem(ticketText, name, caller);
        return (ticket, await authorizer.ReadAgainAsync(caller, ticket.File, context.RequestAborted));
    }

    /// <summary>A token for the ticket's file; only who shows a certificate gets one, so no token begets another.</summary>
    /// <exception cref="UnknownCallerException">No certificate.</exception>
    /// <exception cref="MdmException">As <see cref="PassAsync"/>; AccessDenied when nothing asked for is offered.</exception>
    public async ValueTask<string> IssueTokenAsync(HttpContext context, MacaroonRequest request, DateTimeOffset latest)
    {
        var (ticketText, name) = AddressOf(context);
        var caller = Connected(context);
        var ticket = Redeem(ticketText, name, caller);
        var file = await authorizer.ReadAgainAsync(caller, ticket.File, context.RequestAborted);
        // An address to read from is no address to write to, whatever a token says.
        var activities = request.Activities & (TokenActivities.List | TokenActivities.Download);
        if (activities == TokenActivities.None)
        {
            audit.Refused(caller, AuditAction.Token, "no activity that is offered");
            throw new MdmException(MdmErrorKind.AccessDenied, "A transfer address can be downloaded and listed; none of the activities asked for is offered.");
        }
        audit.TokenGiven(caller, file.Entry, activities.ToString());
        var until = request.Before < latest ? request.Before.Value : latest;
        return tokens.Issue(new BearerToken(caller, ticketText, activities, ticket.Until < until ? ticket.Until : until));
    }

    private static (string Ticket, string Name) AddressOf(HttpContext context) =>
        (context.GetRouteValue("ticket") as string ?? string.Empty, context.GetRouteValue("name") as string ?? string.Empty);

    private GridIdentity Connected(HttpContext context)
    {
        var caller = callerOf(context);
        return caller.Identity ?? throw (caller.IsBanned ? Bans.Refusal() : new UnknownCallerException(caller.RefusalReason));
    }

    private GridIdentity Accept(HttpContext context, string token, string ticket, TokenActivities activity)
    {
        GridIdentity caller;
        try
        {
            caller = tokens.Accept(token, ticket, activity);
        }
        catch (MdmException)
        {
            audit.Refused(null, AuditAction.Transfer, "bearer token not accepted");
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

    private TransferTicket Redeem(string ticket, string name, GridIdentity caller)
    {
        try
        {
            return tickets.Redeem(ticket, name, caller);
        }
        catch (MdmException refusal)
        {
            audit.Refused(caller, AuditAction.Transfer, refusal.Kind == MdmErrorKind.NotFound ? "ticket expired" : "ticket of somebody else or of no host");
            throw;
        }
    }
}
