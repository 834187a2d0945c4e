#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
using System.Text;
using Mdm.Host.Access;
using Mdm.Host.Tests.Doubles;
using Mdm.Host.Transfer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Audit;

/// <summary>No byte without its line, and no line with what a stranger typed.</summary>
public sealed class DisclosureAuditTests : IAsyncLifetime
{
    private const string Mark = "DOE^JANE";

    private readonly MovedTime _time = new();
    private readonly StagingBench _bench;
    private readonly TicketBook _tickets;
    private readonly TransferDoor _door;
    private GridIdentity? _caller = StagingBench.Alice;

    public DisclosureAuditTests()
    {
        _bench = new StagingBench(time: _time);
        var options = new TransferOptions { BaseAddress = new Uri("https://localhost:1/") };
        var secret = TransferSecret.Open(Path.Combine(_bench.Folder, "secret"));
        _tickets = new TicketBook(options, secret, _time);
        var tokens = new TokenMint(secret, _time);
        var callers = new AddressCaller(tokens, _ => new ConnectionCaller(_caller, _caller is null ? $"The certificate of /CN={Mark} has expired." : null), _bench.Audit);
        var gate = new TransferGate(_tickets, tokens, _bench.Authorizer, callers, _bench.Audit);
        _door = new TransferDoor(gate, _bench.Area, new RemoteSites(options, (_, _, _) => throw new MdmException(MdmErrorKind.Unavailable, "Nobody is there."), _time), options, _time, NullLogger<TransferDoor>.Instance);
    }

    private IReadOnlyList<AuditRecord> Lines => [.. TrailFolder.Files(_bench.Audit.Folder)
        .Where(path => new FileInfo(path).LinkTarget is null)
        .SelectMany(path => Read(path).Split('\n', StringSplitOptions.RemoveEmptyEntries)).Select(line => AuditRecord.TryRead(Encoding.UTF8.GetBytes(line))!)];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task A_transfer_is_written_down_before_its_first_byte_and_at_its_end()
    {
        var content = _bench.Publish("/grid/a", 300_000);
        var (status, body) = await GetAsync(await TicketAsync("/grid/a"));

        status.Should().Be(200);
        body.Should().Equal(content);
        var lines = Lines.Where(line => line.Action == AuditAction.Transfer).ToList();
        lines.Select(line => line.Outcome).Should().Equal(AuditOutcome.Begun, AuditOutcome.Complete);
        lines.Should().AllSatisfy(line => (line.Publication, line.Content, line.Delivery, line.Bytes, line.Subject).Should().Be(("clinical", "original", "clear", 300_000, "/DC=org/CN=Alice")));
        Lines.Where(line => line.Action == AuditAction.Retrieve).Select(line => (line.Outcome, line.Archive, line.Files)).Should().Equal((AuditOutcome.Begun, "pacs", 1), (AuditOutcome.Complete, "pacs", 1));
    }

    [Fact]
    public async Task Where_the_trail_cannot_be_written_not_one_byte_goes()
    {
        _bench.Publish("/grid/a", 1000);
        var ticket = await TicketAsync("/grid/a");
        _time.By = TimeSpan.FromDays(1);
        var full = TrailFolder.FileOf(_bench.Audit.Folder, _time.GetUtcNow());
        File.CreateSymbolicLink(full, "/dev/full");

        var (status, body) = await GetAsync(ticket);
        status.Should().Be(503);
        Encoding.UTF8.GetString(body).Should().StartWith("The audit trail of this host cannot be written");
        await FluentActions.Awaiting(() => _bench.AuthorizeAsync("/grid/a")).Should().ThrowAsync<MdmException>();

        File.Delete(full);
        (await GetAsync(ticket)).Status.Should().Be(200);
    }

    [Fact]
    public async Task What_callers_type_and_show_stands_nowhere_in_the_trail()
    {
        _bench.Publish("/grid/a", 10);
        var ticket = await TicketAsync("/grid/a");
        await FluentActions.Awaiting(() => _bench.AuthorizeAsync($"/grid/{Mark}")).Should().ThrowAsync<MdmException>();
        await FluentActions.Awaiting(() => _bench.AuthorizeAsync($"/{Mark}/{Mark}")).Should().ThrowAsync<MdmException>();
        (await GetAsync(Mark)).Status.Should().Be(403);
        (await GetAsync(ticket, $"Bearer {Mark}")).Status.Should().Be(403);
        _caller = StagingBench.Bob;
        (await GetAsync(ticket)).Status.Should().Be(403);
        _caller = null;
        (await GetAsync(ticket)).Status.Should().Be(401);

        var refusals = Lines.Where(line => line.Outcome is AuditOutcome.Refused or AuditOutcome.Failed).ToList();
        refusals.Select(line => (line.Action, line.Subject, line.Detail)).Should().Equal(
            (AuditAction.Read, "/DC=org/CN=Alice", "NotFound"),
            (AuditAction.Read, "/DC=org/CN=Alice", "NotFound"),
            (AuditAction.Transfer, "/DC=org/CN=Alice", "ticket of somebody else or of no host"),
            (AuditAction.Transfer, null, "bearer token not accepted"),
            (AuditAction.Transfer, "/DC=org/CN=Bob", "ticket of somebody else or of no host"),
            (AuditAction.Authenticate, null, "transfer: no acceptable certificate"));
        string.Concat(TrailFolder.Files(_bench.Audit.Folder).Select(Read)).Should().NotContain("DOE");
    }

    [Fact]
    public async Task A_denied_way_is_told_as_far_as_it_is_in_the_catalogue()
    {
        _bench.Publish("/grid/closed/a", 10);
        _bench.Catalog.Add(_bench.Catalog.Get("/grid/closed") with { Acl = Acl.FromMode(0b111_000_000) });
        await FluentActions.Awaiting(() => _bench.AuthorizeAsync($"/grid/closed/{Mark}")).Should().ThrowAsync<MdmException>();

        var line = Lines[^1];
        (line.Outcome, line.Path, line.Detail).Should().Be((AuditOutcome.Refused, "/grid/closed", "AccessDenied: no pass (x) right"));
        line.Typed.Should().Be(_bench.Audit.Mark("path", $"/grid/closed/{Mark}"));
    }

    private static string Read(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    private async Task<string> TicketAsync(string path) =>
        _tickets.Issue(await _bench.StageAsync(path), "a", StagingBench.Alice, _time.GetUtcNow() + TimeSpan.FromDays(2)).Turl.Segments[^2].TrimEnd('/');

    private async Task<(int Status, byte[] Body)> GetAsync(string ticket, string? authorization = null)
    {
        var body = new MemoryStream();
        var context = new DefaultHttpContext { Request = { Method = "GET", RouteValues = { ["ticket"] = ticket, ["name"] = Mark } }, Response = { Body = body } };
        if (authorization is not null)
            context.Request.Headers.Authorization = authorization;
        await _door.HandleAsync(context, _bench.Audit);
        return (context.Response.StatusCode, body.ToArray());
    }

    /// <summary>The system's clock, moved.</summary>
    private sealed class MovedTime : TimeProvider
    {
        public TimeSpan By { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + By;
    }
}
