using System.Globalization;
using Mdm.Host.Access;
using Mdm.Host.Usage;

namespace Mdm.Host.Administration;

/// <summary>Who used how much.</summary>
internal sealed class UsageDoor(UsageBook usage, AdministratorGate gate, AuditTrail audit, TimeProvider time)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/admin/usage", ShowAsync);

    private Task ShowAsync(HttpContext context) => gate.GuardOperatorAsync(context, async caller =>
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var since = DayOf(context, "since") ?? today;
        var until = DayOf(context, "until") ?? today;
        var by = OrderJson.Query(context, "by") switch
        {
            null or "vo" => UsageBy.Vo,
            "user" => UsageBy.User,
            "archive" => UsageBy.Archive,
            "day" => UsageBy.Day,
            _ => throw new MdmException(MdmErrorKind.InvalidName, "by is vo, user, archive or day."),
        };
        audit.Administered(caller, "look at usage");
        OrderJson.BeginLines(context);
        foreach (var sum in await usage.SumAsync(since, until, by, context.RequestAborted))
            await OrderJson.WriteLineAsync(context, new UsageLine(sum.Name, sum.Counts.Requests, sum.Counts.Fetched, sum.Counts.Staged, sum.Counts.Deliveries, sum.Counts.Delivered, sum.Counts.Puts, sum.Counts.Put));
    });

    private static DateOnly? DayOf(HttpContext context, string name) => OrderJson.Query(context, name) is not { } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : throw new MdmException(MdmErrorKind.InvalidName, $"{name} is a day, as 2026-11-26 (UTC).");

    private sealed record UsageLine(string Name, long Requests, long FilesFetched, long BytesStaged, long Deliveries, long BytesDelivered, long FilesPut, long BytesPut);
}
