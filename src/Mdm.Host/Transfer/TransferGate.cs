using Mdm.Host.Access;

namespace Mdm.Host.Transfer;

/// <summary>Decides whether a request may have what its address names: the ticket is ours and the caller's, and the right still stands.</summary>
internal sealed class TransferGate(TicketBook tickets, TokenMint tokens, Authorizer authorizer, AddressCaller callers, AuditTrail audit)
{
    /// <summary>The ticket and the file, asked for anew in the catalogue.</summary>
    /// <exception cref="UnknownCallerException">No certificate and no token.</exception>
    /// <exception cref="MdmException">AccessDenied, NotFound; what the catalogue says.</exception>
    public async ValueTask<(TransferTicket Ticket, AuthorizedFile File)> PassAsync(HttpContext context, TokenActivities activity)
    {
        var (ticketText, name) = AddressCaller.AddressOf(context);
        var caller = callers.Of(context, ticketText, activity, AuditAction.Transfer);
        var ticket = Redeem(ticketText, name, caller);
        return (ticket, await authorizer.ReadAgainAsync(caller, ticket.File, context.RequestAborted));
    }

    /// <summary>A token for the ticket's file; only who shows a certificate gets one, so no token begets another.</summary>
    /// <exception cref="UnknownCallerException">No certificate.</exception>
    /// <exception cref="MdmException">As <see cref="PassAsync"/>; AccessDenied when nothing asked for is offered.</exception>
    public async ValueTask<string> IssueTokenAsync(HttpContext context, MacaroonRequest request, DateTimeOffset latest)
    {
        var (ticketText, name) = AddressCaller.AddressOf(context);
        var caller = callers.Connected(context);
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

    private TransferTicket Redeem(string ticket, string name, GridIdentity caller) => callers.Redeem(caller, AuditAction.Transfer, () => tickets.Redeem(ticket, name, caller));
}
