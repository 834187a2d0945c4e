using Mdm.Host.Access;
using Mdm.Host.Transfer;

namespace Mdm.Host.Uploads;

/// <summary>What a request on an upload address may do.</summary>
internal sealed record PassedUpload(UploadTicket Ticket, UploadRow File, AuthorizedPlace Place);

/// <summary>Decides whether a request may bring what its address is for: the ticket is ours and the caller's, the put is his and open, and the right to write there still stands.</summary>
internal sealed class UploadGate(UploadTicketBook tickets, TokenMint tokens, UploadBook book, PlaceAuthorizer places, AddressCaller callers, TransferOptions options, AuditTrail audit)
{
    private const TokenActivities Offered = TokenActivities.List | TokenActivities.Upload | TokenActivities.Manage;

    /// <exception cref="UnknownCallerException">No certificate and no token.</exception>
    /// <exception cref="MdmException">AccessDenied, NotFound; what the catalogue says.</exception>
    public async ValueTask<PassedUpload> PassAsync(HttpContext context, TokenActivities activity)
    {
        var (ticketText, name) = AddressCaller.AddressOf(context);
        var caller = callers.Of(context, ticketText, activity, AuditAction.Receive);
        return await PassAsync(context, ticketText, name, caller);
    }

    /// <summary>A token for the ticket's file; only who shows a certificate gets one, so no token begets another.</summary>
    /// <exception cref="UnknownCallerException">No certificate.</exception>
    /// <exception cref="MdmException">As <see cref="PassAsync(HttpContext, TokenActivities)"/>; AccessDenied when nothing asked for is offered.</exception>
    public async ValueTask<string> IssueTokenAsync(HttpContext context, MacaroonRequest request, DateTimeOffset latest)
    {
        var (ticketText, name) = AddressCaller.AddressOf(context);
        var caller = callers.Connected(context);
        var passed = await PassAsync(context, ticketText, name, caller);
        // An address to write to is no address to read from, whatever a token says.
        var activities = request.Activities & Offered;
        if (activities == TokenActivities.None)
        {
            audit.Refused(caller, AuditAction.Token, "no activity that is offered");
            throw new MdmException(MdmErrorKind.AccessDenied, "An upload address can be uploaded to, listed and managed; none of the activities asked for is offered.");
        }
        audit.TokenGiven(caller, passed.Place.Parent, passed.Place.Path, activities.ToString());
        var until = request.Before < latest ? request.Before.Value : latest;
        return tokens.Issue(new BearerToken(caller, ticketText, activities, passed.Ticket.Until < until ? passed.Ticket.Until : until));
    }

    private async ValueTask<PassedUpload> PassAsync(HttpContext context, string ticketText, string name, GridIdentity caller)
    {
        var ticket = Redeem(ticketText, name, caller);
        var view = await book.FindAsync(caller, ticket.Token, context.RequestAborted);
        var file = view?.Files.FirstOrDefault(one => one.Position == ticket.Position);
        if (file is not { State: UploadState.Awaited or UploadState.Coming or UploadState.Arrived })
            throw new MdmException(MdmErrorKind.NotFound, "The put that this address was made for takes no bytes any more: it is done, called off, or its time is over. Ask for the put again.");
        // Any host that shares the store takes the bytes; from then on it is the one that has them.
        return new PassedUpload(ticket, file with { Base = options.BaseAddress! }, await places.WriteAsync(caller, file.Asked!, AuditAction.Receive, context.RequestAborted));
    }

    private UploadTicket Redeem(string ticket, string name, GridIdentity caller) => callers.Redeem(caller, AuditAction.Receive, () => tickets.Redeem(ticket, options.BaseAddress!, name, caller));
}
