namespace Mdm.Host.Access;

/// <summary>Lets administrators' and operators' orders over HTTP through, and nobody else's; what an order throws reaches its sender as a status and a sentence.</summary>
internal sealed class AdministratorGate(IdentityPolicy identity, CallerOf callerOf, AuditTrail audit)
{
    /// <summary>For administrators, and whoever comes by the local socket.</summary>
    public Task GuardAsync(HttpContext context, Func<GridIdentity, Task> answer) =>
        GuardAsync(context, identity.MayAdminister, "not an administrator", "the Administrators", answer);

    /// <summary>For operators, too.</summary>
    public Task GuardOperatorAsync(HttpContext context, Func<GridIdentity, Task> answer) =>
        GuardAsync(context, identity.MayOperate, "neither an operator nor an administrator", "the Operators or Administrators", answer);

    /// <summary>True for an administrator and for whoever comes by the local socket: for what of an order only they may say.</summary>
    public bool IsAdministrator(HttpContext context, GridIdentity caller) => context.Features.Get<LocalCaller>() is not null || identity.MayAdminister(caller);

    private async Task GuardAsync(HttpContext context, Func<GridIdentity, bool> may, string whyNot, string whoMay, Func<GridIdentity, Task> answer)
    {
        var local = context.Features.Get<LocalCaller>();
        var connection = local is null ? callerOf(context) : new ConnectionCaller(local.Identity, null);
        if (connection.Identity is not { } caller)
        {
            if (!connection.IsBanned)
                audit.Stranger("administration", connection.RefusalReason);
            await RefuseAsync(context, connection.IsBanned ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized, connection.RefusalReason ?? "No client certificate was shown; make a proxy and try again.");
            return;
        }
        if (local is null && !may(caller))
        {
            audit.Refused(caller, AuditAction.Administer, whyNot);
            await RefuseAsync(context, StatusCodes.Status403Forbidden, $"{caller} is not among {whoMay} of this host's configuration.");
            return;
        }
        try
        {
            await answer(caller);
        }
        catch (MdmException refusal) when (!context.Response.HasStarted)
        {
            audit.Refused(caller, AuditAction.Administer, refusal);
            await RefuseAsync(context, StatusOf(refusal), refusal.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody watches any more; what was ordered goes on.
        }
    }

    /// <summary>Reads an order's body, a small JSON object.</summary>
    /// <exception cref="MdmException">InvalidName: too long.</exception>
    public static async Task<byte[]> ReadBodyAsync(HttpContext context, int longest)
    {
        var body = new byte[longest + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        return length <= longest ? body[..length] : throw new MdmException(MdmErrorKind.InvalidName, $"An order has at most {longest} bytes.");
    }

    private static int StatusOf(MdmException refusal) => refusal.Kind switch
    {
        MdmErrorKind.NotFound => StatusCodes.Status404NotFound,
        MdmErrorKind.InvalidName => StatusCodes.Status400BadRequest,
        MdmErrorKind.AccessDenied => StatusCodes.Status403Forbidden,
        MdmErrorKind.Busy or MdmErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status409Conflict,
    };

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(reason + "\n", context.RequestAborted);
    }
}
