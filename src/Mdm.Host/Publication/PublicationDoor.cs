using System.Text.Json;
using System.Text.Json.Serialization;
using Mdm.Host.Access;

namespace Mdm.Host.Publication;

/// <summary>Orders over HTTP, for administrators: a run is ordered with POST and watched line by line; who leaves does not stop it.</summary>
internal sealed class PublicationDoor(PublicationBook book, PublicationRunner runner, PublicationLedger ledger, CallerOf callerOf, AuditTrail audit)
{
    /// <summary>Longest body of an order, in bytes.</summary>
    public const int MaxBody = 4096;

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = 4,
    };

    public Task OrderAsync(HttpContext context, string name) => GuardAsync(context, async caller =>
    {
        var order = await ReadAsync(context);
        var run = runner.Begin(name, order);
        // A study's name is a patient's examination and has no place in the trail.
        audit.Administered(caller, $"publish {name}{(order.Study is null ? "" : ", one study")}{(order.Restore ? ", restore" : "")}{(order.AcceptLoss ? ", accept loss" : "")}");
        context.Response.ContentType = "application/x-ndjson";
        context.Response.Headers.CacheControl = "no-store";
        await foreach (var progress in run.WatchAsync(context.RequestAborted))
        {
            await context.Response.WriteAsync(JsonSerializer.Serialize(progress, Json) + "\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    });

    public Task ListAsync(HttpContext context) => GuardAsync(context, async caller =>
    {
        var all = new List<PublicationState>();
        foreach (var plan in book.Plans)
        {
            var run = runner.Latest(plan.Name)?.Progress;
            var last = run is { Outcome: not null } ? run : await ledger.LastRunAsync(plan.Name, context.RequestAborted) is { } kept ? JsonSerializer.Deserialize<PublicationProgress>(kept, Json) : null;
            all.Add(new PublicationState(plan.Name, plan.Options.Archive, plan.Options.Root.ToString(), plan.Options.Content, run is { Outcome: null } ? run : null, last));
        }
        audit.Administered(caller, "list publications");
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(all, Json, context.RequestAborted);
    });

    private async Task GuardAsync(HttpContext context, Func<GridIdentity, Task> answer)
    {
        var connection = callerOf(context);
        if (connection.Identity is not { } caller)
        {
            audit.Refused(null, AuditAction.Administer, connection.RefusalReason ?? "no certificate");
            await RefuseAsync(context, StatusCodes.Status401Unauthorized, connection.RefusalReason ?? "No client certificate was shown; make a proxy and try again.");
            return;
        }
        if (!book.Identity.MayAdminister(caller))
        {
            audit.Refused(caller, AuditAction.Administer, "not an administrator");
            await RefuseAsync(context, StatusCodes.Status403Forbidden, $"{caller} is not among the Administrators of this host's configuration.");
            return;
        }
        try
        {
            await answer(caller);
        }
        catch (MdmException refusal) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, StatusOf(refusal), refusal.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody watches any more; the run goes on.
        }
    }

    private static async Task<PublicationOrder> ReadAsync(HttpContext context)
    {
        var body = new byte[MaxBody + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (length > MaxBody)
            throw new MdmException(MdmErrorKind.InvalidName, $"An order has at most {MaxBody} bytes.");
        if (length == 0)
            return new PublicationOrder();
        try
        {
            return JsonSerializer.Deserialize<PublicationOrder>(body.AsSpan(0, length), Json) ?? new PublicationOrder();
        }
        catch (JsonException)
        {
            throw new MdmException(MdmErrorKind.InvalidName, "An order is a JSON object with \"study\" (text), \"restore\" and \"acceptLoss\" (true or false), each optional, and nothing else.");
        }
    }

    private static int StatusOf(MdmException refusal) => refusal.Kind switch
    {
        MdmErrorKind.NotFound => StatusCodes.Status404NotFound,
        MdmErrorKind.InvalidName => StatusCodes.Status400BadRequest,
        MdmErrorKind.Busy or MdmErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status409Conflict,
    };

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(reason + "\n", context.RequestAborted);
    }

    /// <summary>A publication and how it stands.</summary>
    private sealed record PublicationState(string Name, string Archive, string Root, string Content, PublicationProgress? Running, PublicationProgress? LastRun);
}
