using System.Net.Sockets;
using System.Security.Cryptography;
using Mdm.Gsi.Client;
using Mdm.Gsi.Issuing;
using Mdm.Host.Configuration;
using Mdm.TestKit;
using static Mdm.Host.Tests.Services.EchoLines;

namespace Mdm.Host.Tests.Services;

/// <summary>A protocol of a plugin's own on a real port, spoken to over real sockets.</summary>
public sealed class ServicePortsTests : IDisposable
{
    private readonly TestGrid _grid = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _grid.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Is_plain_until_it_is_asked_for_more()
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory);
        using var client = await site.ConnectAsync();

        (await AskAsync(client, "who")).Should().Be("nobody at 127.0.0.1");
        (await AskAsync(client, "hello")).Should().Be("hello");
    }

    [Theory]
    [InlineData("Tls12")]
    [InlineData("Tls13")]
    public async Task Becomes_encrypted_on_the_same_connection_and_tells_who_is_calling(string newest)
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory, newest: Enum.Parse<MaxTls>(newest));
        using var socket = await site.ConnectAsync();
        (await AskAsync(socket, "before")).Should().Be("before");
        await socket.SendAsync("tls\n"u8.ToArray());

        await using var stream = await site.SecureAsync(socket, GridCredential.LoadProxy(_grid.PhysicianProxy));

        (await LineAsync(stream)).Should().Be("/DC=org/DC=testgrid/CN=Paula Physician /testvo/Role=physician,/testvo");
        (await AskAsync(stream, "after")).Should().Be("after");
        (await AskAsync(stream, "who")).Should().Be("/DC=org/DC=testgrid/CN=Paula Physician at 127.0.0.1");
    }

    [Fact]
    public async Task A_caller_without_a_certificate_is_nobody_over_TLS()
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory);
        using var socket = await site.ConnectAsync();
        await socket.SendAsync("tls\n"u8.ToArray());

        await using var stream = await site.SecureAsync(socket, null);

        (await LineAsync(stream)).Should().Be("anonymous");
        (await AskAsync(stream, "who")).Should().Be("nobody at 127.0.0.1");
    }

    [Fact]
    public async Task A_caller_whose_certificate_is_refused_is_told_why_over_TLS()
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory);
        using var foreign = CertificateAuthority.Create("/DC=org/DC=elsewhere/CN=Another CA", TimeSpan.FromDays(1));
        using var stranger = foreign.IssueUser("/DC=org/DC=elsewhere/CN=Nobody Known", TimeSpan.FromDays(1));
        using var socket = await site.ConnectAsync();
        await socket.SendAsync("tls\n"u8.ToArray());

        await using var stream = await site.SecureAsync(socket, GridCredential.From(stranger));

        (await LineAsync(stream)).Should().StartWith("refused: AccessDenied").And.Contain("Another CA");
        (await AskAsync(stream, "who")).Should().Be("nobody at 127.0.0.1");
    }

    [Fact]
    public async Task A_host_without_a_certificate_says_so()
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory, hasDoor: false);
        using var client = await site.ConnectAsync();

        (await AskAsync(client, "tls")).Should().StartWith("refused: Unsupported").And.Contain("Door");
    }

    [Fact]
    public async Task Urgent_data_is_told_each_time_and_is_no_part_of_the_rest()
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory);
        using var client = await site.ConnectAsync();
        using var bystander = await site.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync("wait\n"u8.ToArray());
            (await LineAsync(client)).Should().Be("waiting");
            (await client.SendAsync(new byte[] { 0x18 }, SocketFlags.OutOfBand)).Should().Be(1);
            (await LineAsync(client)).Should().Be("urgent");
        }
        (await AskAsync(client, "next")).Should().Be("next");
        (await AskAsync(bystander, "unmoved")).Should().Be("unmoved");
    }

    [Fact]
    public async Task Urgent_data_is_told_under_TLS_too()
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory);
        using var socket = await site.ConnectAsync();
        await socket.SendAsync("tls\n"u8.ToArray());
        await using var stream = await site.SecureAsync(socket, null);
        await LineAsync(stream);

        (await AskAsync(stream, "wait")).Should().Be("waiting");
        socket.Send([0x18], SocketFlags.OutOfBand).Should().Be(1);

        (await LineAsync(stream)).Should().Be("urgent");
        (await AskAsync(stream, "next")).Should().Be("next");
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(null, 2)]
    public async Task One_connection_too_many_is_closed_and_room_is_there_again_when_one_ends(int? most, int? mostPerAddress)
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory, o => o with { MaxConnections = most, MaxConnectionsPerAddress = mostPerAddress });
        using var first = await site.ConnectAsync();
        (await AskAsync(first, "a")).Should().Be("a");
        using (var second = await site.ConnectAsync())
        {
            (await AskAsync(second, "b")).Should().Be("b");
            (await IsTurnedAwayAsync(site)).Should().BeTrue();
        }
        await Here.UntilAsync(
            async () => await TryAskAsync(site, "c") == "c",
            Limit, "there is room again");
        (await AskAsync(first, "still")).Should().Be("still");
    }

    [Fact]
    public async Task A_connection_over_which_nothing_goes_is_closed()
    {
        var time = new ManualTime();
        await using var site = await EchoSite.StartAsync(_grid, _directory, o => o with { IdleTimeout = TimeSpan.FromMinutes(5) }, time: time);
        using var client = await site.ConnectAsync();
        (await AskAsync(client, "a")).Should().Be("a");
        time.Advance(TimeSpan.FromMinutes(4));
        (await AskAsync(client, "b")).Should().Be("b");
        time.Advance(TimeSpan.FromMinutes(4));
        (await AskAsync(client, "c")).Should().Be("c", "something went over it meanwhile");

        time.Advance(TimeSpan.FromMinutes(10));

        (await IsClosedAsync(client)).Should().BeTrue();
    }

    [Fact]
    public async Task Who_has_no_more_to_say_still_gets_his_answer()
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory);
        using var client = await site.ConnectAsync();
        await client.SendAsync("one\ntwo\n"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);

        (await LineAsync(client)).Should().Be("one");
        (await LineAsync(client)).Should().Be("two");
        (await IsClosedAsync(client)).Should().BeTrue();
    }

    [Fact]
    public async Task Much_at_once_is_taken_whole()
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory);
        using var client = await site.ConnectAsync();
        var bulk = RandomNumberGenerator.GetBytes(EchoService.BulkLength);
        await client.SendAsync("bulk\n"u8.ToArray());
        await client.SendAsync(bulk);

        (await LineAsync(client)).Should().Be(Convert.ToHexString(SHA256.HashData(bulk)));
    }

    [Fact]
    public async Task Who_leaves_ends_what_runs_for_him()
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory);
        using (var client = await site.ConnectAsync())
        {
            await client.SendAsync("wait\n"u8.ToArray());
            (await LineAsync(client)).Should().Be("waiting");
        }
        await site.Service.Cancelled.Task.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_plugin_that_throws_ends_its_connection_only()
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory);
        using var thrown = await site.ConnectAsync();
        using var other = await site.ConnectAsync();
        await thrown.SendAsync("throw\n"u8.ToArray());

        (await IsClosedAsync(thrown)).Should().BeTrue();
        (await AskAsync(other, "fine")).Should().Be("fine");
    }

    [Fact]
    public async Task Stops_in_order_while_connections_are_open()
    {
        var site = await EchoSite.StartAsync(_grid, _directory);
        using var client = await site.ConnectAsync();
        await client.SendAsync("wait\n"u8.ToArray());
        (await LineAsync(client)).Should().Be("waiting");

        await site.DisposeAsync().AsTask().WaitAsync(Limit);

        (await IsClosedAsync(client)).Should().BeTrue();
        (await Here.AcceptsAsync(site.Number)).Should().BeFalse();
    }
}
