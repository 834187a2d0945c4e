using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Diagnostics;
using Mdm.Host.Orders;
using Mdm.Host.Staging;

namespace Mdm.Host.Administration;

/// <summary>What archives do and how they are; one of them, or the host itself, is drained: nothing new is begun, what is under way ends.</summary>
internal sealed class ArchiveDoor(StagingArea staging, Drains drains, InstanceWatch health, ConfiguredNames archives, AdministratorGate gate, AuditTrail audit, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/archives", ListAsync);
        routes.MapPost("/admin/archives/{name}/drain", (HttpContext context, string name) => DrainAsync(context, Known(name)));
        routes.MapPost("/admin/archives/{name}/undrain", (HttpContext context, string name) => UndrainAsync(context, name));
        routes.MapGet("/admin/host", HostAsync);
        routes.MapPost("/admin/host/drain", context => DrainAsync(context, () => null));
        routes.MapPost("/admin/host/undrain", context => UndrainAsync(context, null));
    }

    private Task ListAsync(HttpContext context) => gate.GuardOperatorAsync(context, async caller =>
    {
        audit.Administered(caller, "look at archives");
        var loads = staging.Loads.ToDictionary(load => load.Archive, StringComparer.Ordinal);
        OrderJson.BeginLines(context);
        foreach (var name in archives.Now)
        {
            var load = loads.GetValueOrDefault(name) ?? new ArchiveLoad(name);
            await OrderJson.WriteLineAsync(context, new ArchiveLine(load, drains.Of(name) is { } drain ? DrainLine.Of(drain) : null, health.Of($"Archives:{name}")));
        }
    });

    private Task HostAsync(HttpContext context) => gate.GuardOperatorAsync(context, async caller =>
    {
        audit.Administered(caller, "look at the host");
        await OrderJson.WriteAsync(context, new HostState(drains.OfHost is { } drain ? DrainLine.Of(drain) : null, drains.OfArchives.Select(DrainLine.Of)));
    });

    private Task DrainAsync(HttpContext context, Func<string?> archive) => gate.GuardOperatorAsync(context, async caller =>
    {
        var order = await OrderJson.ReadAsync<DrainOrder>(context, "{\"reason\": text}");
        var reason = OrderText.Check(order.Reason);
        var drain = new Drain(archive(), reason, caller.Subject.ToString(), DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds()));
        audit.Administered(caller, $"drain {Named(drain.Archive)}: {reason}");
        await drains.PlaceAsync(drain, context.RequestAborted);
        await OrderJson.WriteAsync(context, DrainLine.Of(drain));
    });

    // Also one that is not configured any more: its drain would lie in wait for its return.
    private Task UndrainAsync(HttpContext context, string? archive) => gate.GuardOperatorAsync(context, async caller =>
    {
        audit.Administered(caller, $"end the drain of {Named(archive is null || drains.Of(archive) is null ? null : archive)}");
        await drains.LiftAsync(archive, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    });

    private Func<string?> Known(string name) => () => archives.Now.Contains(name, StringComparer.Ordinal)
        ? name
        : throw new MdmException(MdmErrorKind.NotFound, $"There is no archive of that name. {NearNames.Sentence(name, archives.Now)}");

    private static string Named(string? archive) => archive is null ? "the host" : $"archive {archive}";

    private sealed record DrainOrder(string? Reason)
    {
        public DrainOrder()
            : this((string?)null)
        {
        }
    }

    private sealed record DrainLine(string? Archive, string Reason, string By, DateTimeOffset Since)
    {
        public static DrainLine Of(Drain drain) => new(drain.Archive, drain.Reason, drain.By, drain.Since);
    }

    private sealed record HostState(DrainLine? Drained, IEnumerable<DrainLine> Archives);

    private sealed record ArchiveLine(
        string Archive, int Retrievals, int MaxRetrievals, int Objects, int Queued, CircuitStatus Circuit, int Failures, double ClosedForSeconds, string? LastFailure, DateTimeOffset? LastFailedAt,
        DateTimeOffset? LastDeliveredAt, long Delivered, long Bytes, double? MedianSeconds, double? NinetyFifthSeconds, DrainLine? Drained, InstanceState? Probe)
    {
        public ArchiveLine(ArchiveLoad load, DrainLine? drained, InstanceState? probe)
            : this(load.Archive, load.Retrievals, load.MaxRetrievals, load.Objects, load.Queued, load.Circuit, load.Failures, Math.Round(load.ClosedFor.TotalSeconds, 1), load.LastFailure, load.LastFailedAt,
                load.LastDeliveredAt, load.Delivered, load.Bytes, load.Median, load.NinetyFifth, drained, probe)
        {
        }
    }
}
