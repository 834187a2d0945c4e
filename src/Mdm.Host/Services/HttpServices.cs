using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Plugins;

namespace Mdm.Host.Services;

/// <summary>HTTP of the plugins' own, behind the door: who is calling is known before a plugin sees the request, and what it throws reaches the caller as a status and a sentence.</summary>
internal sealed class HttpServices(HostConfiguration configuration, InstanceSet instances, CallerOf callerOf, AuditTrail audit, ILogger<HttpServices> log)
{
    /// <summary>Where services stand whose configuration names no path.</summary>
    public const string DefaultPrefix = "/services/";

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (name, service) in configuration.Options.Services)
        {
            if (!instances.Has(OfferKind.GridHttpService, name))
                continue;
            var path = service.Path?.ToString() ?? DefaultPrefix + name;
            routes.Map(path + "/{**rest}", context => HandleAsync(context, name, path));
        }
    }

    private async Task HandleAsync(HttpContext context, string name, string path)
    {
        var connection = callerOf(context);
        if (connection.Identity is not { } caller)
        {
            if (!connection.IsBanned)
                audit.Stranger($"service {name}", connection.RefusalReason);
            await RefuseAsync(context, connection.IsBanned ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized, connection.RefusalReason ?? "No client certificate was shown; make a proxy and try again.");
            return;
        }
        await using var lease = instances.GridHttpService(name);
        context.Request.PathBase = context.Request.PathBase.Add(path);
        context.Request.Path = context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal, out var rest) ? rest : PathString.Empty;
#pragma warning disable CA1031 // A plugin may throw anything; nobody but the log hears more of it.
        try
        {
            await lease.Value.HandleAsync(context, caller);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left.
        }
        catch (MdmException refusal) when (!context.Response.HasStarted)
        {
            if (refusal is { IsTransient: true, RetryAfter: { } pause })
                context.Response.Headers.RetryAfter = Math.Ceiling(pause.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
            await RefuseAsync(context, StatusOf(refusal.Kind), refusal.Message);
        }
        catch (Exception fault)
        {
            Log.ServiceThrew(log, name, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
            if (context.Response.HasStarted)
                context.Abort();
            else
                await RefuseAsync(context, StatusCodes.Status500InternalServerError, $"The service {name} failed; its host's log says where.");
        }
#pragma warning restore CA1031
    }

    private static int StatusOf(MdmErrorKind kind) => kind switch
    {
        MdmErrorKind.NotFound => StatusCodes.Status404NotFound,
        MdmErrorKind.AccessDenied => StatusCodes.Status403Forbidden,
        MdmErrorKind.InvalidName => StatusCodes.Status400BadRequest,
        MdmErrorKind.Busy or MdmErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        MdmErrorKind.Unsupported => StatusCodes.Status501NotImplemented,
        _ => StatusCodes.Status409Conflict,
    };

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(reason + "\n", context.RequestAborted);
    }
}
