using System.Globalization;
using System.Text.Json;
using Mdm.Host.Access;
using Mdm.Host.Orders;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;

namespace Mdm.Host.Administration;

/// <summary>Everybody's requests, gets and puts: shown with the states that their files had, and called off.</summary>
internal sealed class RequestDoor(RequestBook book, UploadBook puts, AdministratorGate gate, AuditTrail audit, TimeProvider time)
{
    private const string States = "queued, inProgress, ready or released, of a put awaited, coming, arrived, entering or done, or aborted, expired, failed or timedOut";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/requests", ListAsync);
        routes.MapPost("/admin/requests/{token}/abort", (HttpContext context, string token) => AbortAsync(context, token));
    }

    private Task ListAsync(HttpContext context) => gate.GuardOperatorAsync(context, async caller =>
    {
        var text = OrderJson.Query(context, "state");
        var (state, stateOfPut) = (StateOf<FileState>(text), StateOf<UploadState>(text));
        if (text is not null && state is null && stateOfPut is null)
            throw new MdmException(MdmErrorKind.InvalidName, $"state is {States}.");
        var filter = FilterOf(context) with { State = state };
        audit.Administered(caller, "list requests");
        OrderJson.BeginLines(context);
        var shown = 0;
        // Both come the latest first.
        var left = new Queue<OverseenPut>(text is null || stateOfPut is not null ? await puts.OverseeAsync(filter, stateOfPut, context.RequestAborted) : []);
        if (text is null || state is not null)
        {
            await foreach (var request in book.OverseeAsync(filter, context.RequestAborted))
            {
                while (shown < filter.Limit && left.TryPeek(out var put) && put.Request.CreatedAt >= request.Header.CreatedAt)
                    await ShowAsync(RequestLine.Of(left.Dequeue()));
                if (shown == filter.Limit)
                    return;
                await ShowAsync(RequestLine.Of(request));
            }
        }
        while (shown < filter.Limit && left.TryDequeue(out var put))
            await ShowAsync(RequestLine.Of(put));

        Task ShowAsync(RequestLine line)
        {
            shown++;
            return OrderJson.WriteLineAsync(context, line);
        }
    });

    private Task AbortAsync(HttpContext context, string token) => gate.GuardOperatorAsync(context, async caller =>
    {
        var order = await OrderJson.ReadAsync<AbortOrder>(context, "{\"files\": positions from 0, all when left out, \"reason\": text}");
        var reason = OrderText.Check(order.Reason);
        audit.Administered(caller, $"abort {(order.Files is null ? "a request" : $"{order.Files.Count} files of a request")}: {reason}");
        var ended = await book.AbortAsync(token, order.Files, reason, context.RequestAborted) ?? await puts.AbortAsync(token, order.Files, reason)
            ?? throw new MdmException(MdmErrorKind.NotFound, "There is no open request of that token; 'mdm admin requests --open' shows those that are.");
        await OrderJson.WriteAsync(context, new AbortEnd(ended));
    });

    private RequestFilter FilterOf(HttpContext context)
    {
        var owner = OrderJson.Query(context, "owner");
        if (owner is not null && !DistinguishedName.TryParse(owner, out _))
            throw new MdmException(MdmErrorKind.InvalidName, "owner is a subject, as /DC=org/DC=example/CN=Name.");
        return new RequestFilter
        {
            Owner = owner is null ? null : DistinguishedName.Parse(owner),
            OnlyOpen = OrderJson.Query(context, "open") == "true",
            Token = OrderJson.Query(context, "token"),
            Before = time.GetUtcNow() - AgeOf(context, "olderThan"),
            Since = time.GetUtcNow() - AgeOf(context, "youngerThan"),
            Limit = OrderJson.Query(context, "limit") is not { } limit ? RequestFilter.MaxRequests
                : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most is > 0 and <= RequestFilter.MaxRequests ? most
                : throw new MdmException(MdmErrorKind.InvalidName, $"limit is 1 to {RequestFilter.MaxRequests}."),
        };
    }

    /// <summary>Null where there is no such state of that kind of request.</summary>
    private static T? StateOf<T>(string? text)
        where T : struct, Enum => text is not null && Enum.TryParse<T>(text, ignoreCase: true, out var known) && Enum.IsDefined(known) && !char.IsAsciiDigit(text[0]) ? known : null;

    private static TimeSpan? AgeOf(HttpContext context, string name)
    {
        if (OrderJson.Query(context, name) is not { } text)
            return null;
        return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var age) && age >= TimeSpan.Zero && age < TimeSpan.FromDays(36_500)
            ? age
            : throw new MdmException(MdmErrorKind.InvalidName, $"{name} is a time as hours:minutes:seconds or days.hours:minutes:seconds.");
    }

    private sealed record AbortOrder(IReadOnlyList<int>? Files, string? Reason)
    {
        public AbortOrder()
            : this(null, null)
        {
        }
    }

    private sealed record AbortEnd(int Files);

    private sealed record RequestLine(string Token, string Kind, string Owner, IEnumerable<string> Fqans, string? Description, DateTimeOffset Created, DateTimeOffset Deadline, DateTimeOffset? Ended, string? Host, Uri? Address, IEnumerable<FileLine> Files)
    {
        public static RequestLine Of(OverseenRequest request)
        {
            var owner = request.Header.Owner.Identity;
            return new RequestLine(request.Header.Token, NameOf(request.Header.Kind), owner.Subject.ToString(), owner.Fqans.IsDefault ? [] : owner.Fqans.Select(fqan => fqan.ToString()), request.Header.Description,
                request.Header.CreatedAt, request.Header.Deadline, request.EndedAt, request.Host, request.Address, request.Files.Select(FileLine.Of));
        }

        // Any host that shares the store answers for a put; the address is where the first file's bytes go.
        public static RequestLine Of(OverseenPut put) => new(put.Request.Token, "put", put.Request.Owner.ToString(), [], put.Request.Description,
            put.Request.CreatedAt, put.Request.Deadline, put.EndedAt, put.Files.FirstOrDefault()?.Row.Host, put.Files.FirstOrDefault()?.Row.Base, put.Files.Select(FileLine.Of));
    }

    private sealed record FileLine(int File, string Surl, string State, string? Fault, long? Length, DateTimeOffset? PinnedUntil, IEnumerable<StepLine> History)
    {
        public static FileLine Of(OverseenFile file) =>
            new(file.Row.Position, file.Row.Surl, NameOf(file.Row.State), file.Row.Fault?.Message, file.Row.Length, file.Row.PinnedUntil, file.Steps.Select(step => new StepLine(NameOf(step.State), step.At)));

        public static FileLine Of(OverseenUpload file) =>
            new(file.Row.Position, file.Row.Surl, NameOf(file.Row.State), file.Row.Fault?.Message, file.Row.Facts?.Length, null, file.Steps.Select(step => new StepLine(NameOf(step.State), step.At)));
    }

    private sealed record StepLine(string State, DateTimeOffset At);

    private static string NameOf(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
