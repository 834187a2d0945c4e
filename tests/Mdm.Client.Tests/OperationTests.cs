using System.Net;
using System.Net.Sockets;
using Mdm.Client.Tests.Support;
using Mdm.Srm.Messages;

namespace Mdm.Client.Tests;

public sealed class OperationTests
{
    [Fact]
    public async Task Sends_each_operation_of_the_name_space()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a", [1]);
        var surl = fixture.Srm.At("/d/a");
        var srm = fixture.Files.At(surl);

        (await srm.PingAsync(CancellationToken.None)).VersionInfo.Should().Be("v2.2");
        await srm.MkdirAsync(fixture.Srm.At("/e"), CancellationToken.None);
        await srm.MvAsync(surl, fixture.Srm.At("/d/b"), CancellationToken.None);
        await srm.RmdirAsync(fixture.Srm.At("/e"), true, CancellationToken.None);
        await srm.SetPermissionAsync(surl, PermissionType.Add, new PermissionChange { Groups = [new GroupPermission("/vo", PermissionMode.R)] }, CancellationToken.None);
        (await srm.GetPermissionAsync([surl], CancellationToken.None))[0].Owner.Should().Be("/CN=Owner");
        (await srm.GetSpaceTokensAsync(null, CancellationToken.None)).Should().Equal("POOL");
        (await srm.RmAsync([surl], CancellationToken.None))[0].Status.StatusCode.Should().Be(StatusCode.Success);

        fixture.Srm.Calls.Select(c => c.Operation.Name).Should().Equal("srmPing", "srmMkdir", "srmMv", "srmRmdir", "srmSetPermission", "srmGetPermission", "srmGetSpaceTokens", "srmRm");
        fixture.Srm.Calls.OfType<RmdirRequest>().Single().Recursive.Should().BeTrue();
    }

    [Fact]
    public async Task Brings_files_online_and_waits_for_them()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a", [1]);

        var statuses = await fixture.Files.At(fixture.Srm.At("/")).BringOnlineAsync([fixture.Srm.At("/d/a")], null, null, CancellationToken.None);

        statuses.Should().ContainSingle().Which.Status.StatusCode.Should().Be(StatusCode.Success);
    }

    [Fact]
    public async Task Carries_the_status_of_a_refusal()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Refusal = new ReturnStatus(StatusCode.AuthenticationFailure, "The certificate has expired.");

        var refusal = await FluentActions.Awaiting(() => fixture.Files.At(fixture.Srm.At("/")).MkdirAsync(fixture.Srm.At("/d"), CancellationToken.None)).Should().ThrowAsync<SrmException>();

        refusal.Which.IsDenied.Should().BeTrue();
        refusal.Which.Message.Should().Contain("The certificate has expired. [SRM_AUTHENTICATION_FAILURE]");
    }

    [Fact]
    public async Task Says_when_nobody_listens()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var http = new HttpClient();
        // Bound, not listening: the port is nobody else's.
        var srm = new SrmClient(http, new Uri($"http://localhost:{((IPEndPoint)socket.LocalEndPoint!).Port}/srm/managerv2"));

        var refusal = await FluentActions.Awaiting(() => srm.PingAsync(CancellationToken.None)).Should().ThrowAsync<SrmException>();

        refusal.Which.Status.Should().BeNull();
        refusal.Which.Message.Should().Contain("cannot be reached: Connection refused");
    }

    [Fact]
    public async Task Says_when_there_is_no_srm()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        using var http = new HttpClient();
        var srm = new SrmClient(http, new Uri(fixture.Srm.Address, "/elsewhere"));

        var refusal = await FluentActions.Awaiting(() => srm.PingAsync(CancellationToken.None)).Should().ThrowAsync<SrmException>();

        refusal.Which.Message.Should().Contain("no SRM").And.Contain("404");
    }

    [Theory]
    [InlineData(StatusCode.InvalidPath, "SRM_INVALID_PATH")]
    [InlineData(StatusCode.RequestInProgress, "SRM_REQUEST_INPROGRESS")]
    [InlineData(StatusCode.NonEmptyDirectory, "SRM_NON_EMPTY_DIRECTORY")]
    public void Spells_a_status_as_the_specification_does(StatusCode code, string text) => SrmException.SpelledOut(code).Should().Be(text);

    [Fact]
    public async Task Reports_a_publication_as_it_runs()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.PublicationLines = ["""{"listed":2}""", """{"outcome":"complete"}"""];

        var lines = await fixture.Files.AdministrationAt(fixture.Srm.At("/")).PublishAsync("research", "1.2.3", true, false, CancellationToken.None).ToListAsync();

        lines.Select(l => l.GetRawText()).Should().Equal("""{"listed":2}""", """{"outcome":"complete"}""");
        fixture.Srm.PublicationAsked.Should().Be("""{"study":"1.2.3","restore":true,"acceptLoss":false}""");
    }

    [Fact]
    public async Task Says_why_a_publication_was_not_run()
    {
        await using var fixture = await DoubleFixture.StartAsync();

        var refusal = await FluentActions.Awaiting(async () => await fixture.Files.AdministrationAt(fixture.Srm.At("/")).PublishAsync("research", null, false, false, CancellationToken.None).CountAsync()).Should().ThrowAsync<SrmException>();

        refusal.Which.IsDenied.Should().BeTrue();
        refusal.Which.Message.Should().Contain("You do not administer this host.");
    }
}
