using Mdm.Host.Orders;

namespace Mdm.Host.Access;

/// <summary>Stands behind the door: who is banned has no identity from there on, and what he had open is cut off.</summary>
/// <param name="ofDoor">Who is calling, as his certificate says.</param>
/// <param name="bans">Who may not.</param>
/// <param name="audit">Has a line for each call of theirs.</param>
internal sealed class BarredCallers(CallerOf ofDoor, Bans bans, AuditTrail audit)
{
    /// <summary>Who is calling, for all that serves him.</summary>
    public ConnectionCaller Of(HttpContext context)
    {
        var caller = ofDoor(context);
        return caller.Identity is { } identity && bans.Find(identity) is not null ? new ConnectionCaller(null, Bans.Sentence) { IsBanned = true } : caller;
    }

    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        if (ofDoor(context).Identity is not { } caller)
        {
            await next(context);
            return;
        }
        using var call = bans.TryEnter(caller, context.Abort);
        if (call is null)
            audit.Barred(caller, "a call");
        await next(context);
    }
}
