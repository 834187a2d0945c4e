using System.Globalization;
using Mdm.Host.Access;
using Mdm.Host.Orders;
using Mdm.Host.Requests;

namespace Mdm.Host.Administration;

/// <summary>Everybody's requests: shown with the states that their files had, and called off.</summary>
internal sealed class RequestDoor(RequestBook book, AdministratorGate gate, AuditTrail audit, TimeProvider time)
{
    private const string States = "queued, inProgress, ready, released, aborted, expired, failed or timedOut";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/requests", ListAsync);
        routes.MapPost("/admin/requests/{token}/abort", (HttpContext context, string token) => AbortAsync(context, token));
    }

    private Task ListAsync(HttpContext context) => gate.GuardOperatorAsync(context, async caller =>
    {
        var filter = FilterOf(context);
        audit.Administered(caller, "list requests");
        OrderJson.BeginLines(context);
        await foreach (var request in book.OverseeAsync(filter, context.RequestAborted))
            await OrderJson.WriteLineAsync(context, RequestLine.Of(request));
    });

    private Task AbortAsync(HttpContext context, string token) => gate.GuardOperatorAsync(context, async caller =>
    {
        var order = await OrderJson.ReadAsync<AbortOrder>(context, "{\"files\": positions from 0, all when left out, \"reason\": text}");
        var reason = OrderText.Check(order.Reason);
        audit.Administered(caller, $"abort {(order.Files is null ? "a request" : $"{order.Files.Count} files of a request")}: {reason}");
        var ended = await book.AbortAsync(token, order.Files, reason, context.RequestAborted)
            ?? throw new MdmException(MdmErrorKind.NotFound, "There is no open request of that token at this host; 'mdm admin requests --open' shows those that are.");
        await OrderJson.WriteAsync(context, new AbortEnd(ended));
    });

    private RequestFilter FilterOf(HttpContext context)
    {
        var owner = OrderJson.Query(context, "owner");
        var state = OrderJson.Query(context, "state");
        if (owner is not null && !DistinguishedName.TryParse(owner, out _))
            throw new MdmException(MdmErrorKind.InvalidName, "owner is a subject, as /DC=org/DC=example/CN=Name.");
        if (state is not null && (!Enum.TryParse<FileState>(state, ignoreCase: true, out var known) || !Enum.IsDefined(known) || char.IsAsciiDigit(state[0])))
            throw new MdmException(MdmErrorKind.InvalidName, $"state is {States}.");
        return new RequestFilter
        {
            Owner = owner is null ? null : DistinguishedName.Parse(owner),
            State = state is null ? null : Enum.Parse<FileState>(state, ignoreCase: true),
            OnlyOpen = OrderJson.Query(context, "open") == "true",
            Token = OrderJson.Query(context, "token"),
            Before = time.GetUtcNow() - AgeOf(context, "olderThan"),
            Since = time.GetUtcNow() - AgeOf(context, "youngerThan"),
            Limit = OrderJson.Query(context, "limit") is not { } limit ? RequestFilter.MaxRequests
                : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most is > 0 and <= RequestFilter.MaxRequests ? most
                : throw new MdmException(MdmErrorKind.InvalidName, $"limit is 1 to {RequestFilter.MaxRequests}."),
        };
    }

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

    private sealed record RequestLine(string Token, RequestKind Kind, string Owner, IEnumerable<string> Fqans, string? Description, DateTimeOffset Created, DateTimeOffset Deadline, DateTimeOffset? Ended, IEnumerable<FileLine> Files)
    {
        public static RequestLine Of(OverseenRequest request)
        {
            var owner = request.Header.Owner.Identity;
            return new RequestLine(request.Header.Token, request.Header.Kind, owner.Subject.ToString(), owner.Fqans.IsDefault ? [] : owner.Fqans.Select(fqan => fqan.ToString()), request.Header.Description,
                request.Header.CreatedAt, request.Header.Deadline, request.EndedAt, request.Files.Select(FileLine.Of));
        }
    }

    private sealed record FileLine(int File, string Surl, FileState State, string? Fault, long? Length, DateTimeOffset? PinnedUntil, IEnumerable<StepLine> History)
    {
        public static FileLine Of(OverseenFile file) => new(file.Row.Position, file.Row.Surl, file.Row.State, file.Row.Fault?.Message, file.Row.Length, file.Row.PinnedUntil, file.Steps.Select(step => new StepLine(step.State, step.At)));
    }

    private sealed record StepLine(FileState State, DateTimeOffset At);
}
