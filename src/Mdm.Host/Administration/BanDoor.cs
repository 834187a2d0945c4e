using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Orders;

namespace Mdm.Host.Administration;

/// <summary>Who is banned: shown, ordered and lifted.</summary>
internal sealed class BanDoor(Bans bans, IdentityPolicy identity, AdministratorGate gate, AuditTrail audit, TimeProvider time)
{
    private const string Shape = "{\"whom\": a subject or attribute, \"reason\": text, \"until\": time}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/bans", ListAsync);
        routes.MapPost("/admin/bans", PlaceAsync);
        // The name is in the body: a subject is full of slashes.
        routes.MapPost("/admin/bans/lift", LiftAsync);
    }

    private Task ListAsync(HttpContext context) => gate.GuardOperatorAsync(context, async caller =>
    {
        audit.Administered(caller, "list bans");
        OrderJson.BeginLines(context);
        foreach (var ban in bans.All)
            await OrderJson.WriteLineAsync(context, BanLine.Of(ban));
    });

    private Task PlaceAsync(HttpContext context) => gate.GuardOperatorAsync(context, async caller =>
    {
        var order = await OrderJson.ReadAsync<BanOrder>(context, Shape);
        var whom = WhomOf(order);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        if (order.Until is { } end && end <= now)
            throw new MdmException(MdmErrorKind.InvalidName, "The ban would have ended already; give a time to come.");
        var ban = new Ban(whom, OrderText.Check(order.Reason), caller.Subject.ToString(), now, order.Until);
        DemandMayBan(context, caller, whom);
        audit.Administered(caller, $"ban {whom}{(order.Until is { } until ? $" until {until.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}" : string.Empty)}: {ban.Reason}");
        await bans.PlaceAsync(ban, context.RequestAborted);
        await OrderJson.WriteAsync(context, BanLine.Of(ban));
    });

    private Task LiftAsync(HttpContext context) => gate.GuardOperatorAsync(context, async caller =>
    {
        var whom = WhomOf(await OrderJson.ReadAsync<BanOrder>(context, "{\"whom\": a subject or attribute}"));
        audit.Administered(caller, $"lift the ban of {whom}");
        await bans.LiftAsync(whom, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    });

    // Who operates must not shut out those above him, and nobody himself: then only the local socket would be left.
    private void DemandMayBan(HttpContext context, GridIdentity caller, CallerRule whom)
    {
        if (context.Features.Get<LocalCaller>() is not null)
            return;
        if (!identity.MayAdminister(caller) && identity.IsAdministrator(whom.ToString()))
            throw new MdmException(MdmErrorKind.AccessDenied, $"{whom} is among the Administrators; only they may ban it, or whoever comes by the local socket.");
        if (Bans.Means(whom, caller))
            throw new MdmException(MdmErrorKind.Refused, "That would ban yourself. If it is meant so, order it by the local socket.");
    }

    private static CallerRule WhomOf(BanOrder order)
    {
        try
        {
            return CallerRule.Parse(order.Whom ?? string.Empty);
        }
        catch (FormatException fault)
        {
            throw new MdmException(MdmErrorKind.InvalidName, $"Whom to ban is not understood: {fault.Message}.");
        }
    }

    private sealed record BanOrder(string? Whom, string? Reason, DateTimeOffset? Until)
    {
        public BanOrder()
            : this(null, null, null)
        {
        }
    }

    private sealed record BanLine(string Whom, string Reason, string By, DateTimeOffset Since, DateTimeOffset? Until)
    {
        public static BanLine Of(Ban ban) => new(ban.Whom.ToString(), ban.Reason, ban.By, ban.Since, ban.Until);
    }
}
