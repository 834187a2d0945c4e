using System.Text.Json;
using System.Text.Json.Serialization;
using Mdm.Host.Access;

namespace Mdm.Host.Publication;

/// <summary>Orders over HTTP, for administrators: a run is ordered with POST and watched line by line; who leaves does not stop it.</summary>
internal sealed class PublicationDoor(PublicationBook book, PublicationRunner runner, PublicationLedger ledger, AdministratorGate gate, AuditTrail audit)
{
    /// <summary>Longest body of an order, in bytes.</summary>
    public const int MaxBody = 4096;

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = 4,
    };

    public Task OrderAsync(HttpContext context, string name) => gate.GuardOperatorAsync(context, async caller =>
    {
        var order = await ReadAsync(context);
        if (order.Restore && !gate.IsAdministrator(context, caller))
            throw new MdmException(MdmErrorKind.AccessDenied, "Only Administrators may publish again what users removed: it gives rights that were taken away.");
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

    public Task ListAsync(HttpContext context) => gate.GuardOperatorAsync(context, async caller =>
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

    private static async Task<PublicationOrder> ReadAsync(HttpContext context)
    {
        var body = await AdministratorGate.ReadBodyAsync(context, MaxBody);
        if (body.Length == 0)
            return new PublicationOrder();
        try
        {
            return JsonSerializer.Deserialize<PublicationOrder>(body, Json) ?? new PublicationOrder();
        }
        catch (JsonException)
        {
            throw new MdmException(MdmErrorKind.InvalidName, "An order is a JSON object with \"study\" (text), \"restore\" and \"acceptLoss\" (true or false), each optional, and nothing else.");
        }
    }

    /// <summary>A publication and how it stands.</summary>
    private sealed record PublicationState(string Name, string Archive, string Root, string Content, PublicationProgress? Running, PublicationProgress? LastRun);
}
