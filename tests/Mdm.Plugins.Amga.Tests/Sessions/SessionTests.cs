using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Mdm.Abstractions.Testing;
using Mdm.Formats.Amga;
using Mdm.Plugins.Amga.Sessions;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Sessions;

/// <summary>Sessions over more than one connection, cancelled commands, slow and hostile clients.</summary>
public sealed class SessionTests(TestGrid grid) : IClassFixture<TestGrid>
{
    private readonly TestGrid _grid = grid;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Goes_on_over_the_next_connection_where_it_is_handed_off(bool isSecure)
    {
        await using var site = await AmgaSite.StartAsync(_grid, o => o.Sessions = SessionUse.Force);
        await using (var client = await AmgaConnection.OpenAsync(site.Client(_grid.PhysicianProxy, isSecure), default))
        {
            await client.ExecuteAsync(["cd", "/here"], default);
            client.IsHandedOff.Should().BeTrue();
            (await client.ExecuteAsync(["pwd"], default)).Should().Equal("/here");
            (await client.Invoking(c => c.ExecuteAsync(["bad"], default)).Should().ThrowAsync<AmgaAnswerException>()).Which.Code.Should().Be(4);
            (await client.ExecuteAsync(["pwd"], default)).Should().Equal("/here");
        }
        site.Commands.Begun.Should().ContainSingle("it was one session");
    }

    [Theory]
    [InlineData(false, "\"account\":\"root\"")]
    [InlineData(true, "\"subject\":\"/DC=org/DC=testgrid/CN=Paula Physician\"")]
    public async Task A_search_is_in_the_host_s_trail_under_the_connection_that_asked(bool isSecure, string who)
    {
        await using var site = await AmgaSite.StartAsync(_grid, o => o.Sessions = SessionUse.Force);
        await using var client = await AmgaConnection.OpenAsync(site.Client(_grid.PhysicianProxy, isSecure), default);
        await client.ExecuteAsync(["pwd"], default);

        (await client.ExecuteAsync(["search", "DOE^JANE"], default)).Should().Equal("found");

        var line = (await File.ReadAllLinesAsync(Directory.GetFiles(site.Audit, "*.jsonl").Max(StringComparer.Ordinal)!))[^1];
        line.Should().Contain(who).And.Contain("\"action\":\"Query\"").And.Contain("\"attributes\":[\"Modality\"]").And.Contain("\"detail\":\"amga\"").And.NotContain("DOE");
    }

    [Fact]
    public async Task Is_handed_off_in_these_bytes()
    {
        await using var site = await AmgaSite.StartAsync(_grid, o => o.Sessions = SessionUse.Force);

        var first = await site.ExchangeAsync("plain\n\n0 root\n5 pw\n\ncd /x\n");
        var id = first[(AmgaSite.Greeting.Length + "OK\n0\n\u0004session".Length)..^1];

        first.Should().Be($"{AmgaSite.Greeting}OK\n0\n\u0004session{id}\u0004");
        ulong.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number).Should().BeTrue();
        number.ToString(CultureInfo.InvariantCulture).Should().Be(id);
        var second = await site.ExchangeAsync($"resume{id}\n\npwd\n");
        second.Should().StartWith($"{AmgaSite.Greeting}0\n/x\n\u0004session").And.EndWith("\u0004").And.NotContain(id);
        (await site.ExchangeAsync($"resume{id}\n\npwd\n")).Should().StartWith(AmgaSite.Greeting + "4 There is no such session", "a number is good once");
    }

    [Fact]
    public async Task Is_nobody_s_but_his_who_began_it()
    {
        await using var site = await AmgaSite.StartAsync(_grid, o => o.Sessions = SessionUse.Force);
        string id;
        using (var socket = await site.SocketAsync())
        {
            await using var stream = await site.SecureAsync(socket, _grid.PhysicianProxy);
            await stream.WriteAsync("0 NULL\n\nwhoami\n"u8.ToArray());
            var answer = await AmgaSite.RestAsync(stream);
            answer.Should().StartWith("0\n/DC=org/DC=testgrid/CN=Paula Physician\n\u0004session");
            id = answer[(answer.IndexOf("session", StringComparison.Ordinal) + "session".Length)..^1];
        }
        var lesser = _grid.Proxy(_grid.Physician, [$"/{TestGrid.Vo}"]);
        foreach (var proxy in new[] { _grid.ResearcherProxy, lesser, null })
        {
            using var socket = await site.SocketAsync();
            await using var stream = await site.SecureAsync(socket, proxy, "resumeSSL" + id);
            await stream.WriteAsync("whoami\n"u8.ToArray());
            (await AmgaSite.RestAsync(stream)).Should().StartWith("4 There is no such session");
        }
        (await site.ExchangeAsync($"resume{id}\n\nwhoami\n")).Should().StartWith(AmgaSite.Greeting + "4 There is no such session");

        using var own = await site.SocketAsync();
        await using var resumed = await site.SecureAsync(own, _grid.PhysicianProxy, "resumeSSL" + id);
        await resumed.WriteAsync("whoami\n"u8.ToArray());
        (await AmgaSite.RestAsync(resumed)).Should().StartWith("0\n/DC=org/DC=testgrid/CN=Paula Physician\n");
    }

    [Fact]
    public async Task Ends_when_nobody_takes_it_up()
    {
        var time = new ManualTime();
        await using var site = await AmgaSite.StartAsync(_grid, o => o.Sessions = SessionUse.Force, time: time);
        await site.ExchangeAsync("plain\n\n0 root\n5 pw\n\npwd\n");
        site.Service.ParkedCount.Should().Be(1);

        time.Advance(new SessionOptions().ParkedTimeout + TimeSpan.FromMinutes(5));
        await Here.UntilAsync(() => Task.FromResult(Volatile.Read(ref site.Commands.Disposed) == 1), AmgaSite.Limit, "the session has ended");
        site.Service.ParkedCount.Should().Be(0);
    }

    [Fact]
    public async Task Stays_on_its_connection_when_too_many_have_none()
    {
        await using var site = await AmgaSite.StartAsync(_grid, o => (o.Sessions, o.MaxParkedSessions) = (SessionUse.Force, 1));
        await site.ExchangeAsync("plain\n\n0 root\n5 pw\n\npwd\n");

        (await site.ExchangeAsync("plain\n\n0 root\n5 pw\n\npwd\nquit\n")).Should().Be(AmgaSite.Greeting + "OK\n0\n/\n\u0004\u0004");
    }

    [Fact]
    public async Task Is_handed_off_while_many_connections_are_open_where_that_is_allowed()
    {
        await using var site = await AmgaSite.StartAsync(_grid, o => (o.Sessions, o.HandOffAt) = (SessionUse.Allow, 2));
        await using var client = await AmgaConnection.OpenAsync(site.Client(), default);
        await client.ExecuteAsync(["pwd"], default);
        client.IsHandedOff.Should().BeFalse("it is alone");

        await using var other = await AmgaConnection.OpenAsync(site.Client(), default);
        await other.ExecuteAsync(["pwd"], default);

        other.IsHandedOff.Should().BeTrue();
    }

    [Fact]
    public async Task Is_never_handed_off_where_it_is_not_allowed()
    {
        await using var site = await AmgaSite.StartAsync(_grid, o => (o.Sessions, o.HandOffAt) = (SessionUse.No, 1));

        (await site.ExchangeAsync("plain\n\n0 root\n5 pw\n\npwd\nquit\n")).Should().Be("ARDA Metadata Server 1.3.0\nProtocol 2\nplain ssl\nOK\n0\n/\n\u0004\u0004");
        (await site.ExchangeAsync("resume1\n\npwd\n")).Should().Contain("4 This server does not offer resume here");
    }

    [Fact]
    public async Task An_upload_is_carried_out_by_the_client_as_by_the_old_ones()
    {
        await using var site = await AmgaSite.StartAsync(_grid);
        await using var client = await AmgaConnection.OpenAsync(site.Client(), default);

        await client.UploadAsync(Commands(5_000), default);
        await client.ExecuteAsync(["pwd"], default);

        site.Commands.Executed.Count(c => c[0] == "put").Should().Be(5_000);

        static async IAsyncEnumerable<IReadOnlyList<string>> Commands(int count)
        {
            await Task.Yield();
            yield return ["upload", "/a", "p"];
            for (var i = 0; i < count; i++)
                yield return ["put", $"f{i}", "it's a value"];
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_command_is_cancelled_out_of_band_in_the_middle_of_its_rows(bool isSecure)
    {
        await using var site = await AmgaSite.StartAsync(_grid);
        await using var client = await AmgaConnection.OpenAsync(site.Client(_grid.PhysicianProxy, isSecure), default);
        for (var i = 0; i < 3; i++)
        {
            var rows = 0;
            await foreach (var row in client.RunAsync(["endless"], default))
            {
                if (++rows == 1_000)
                    break;
            }
            (await client.ExecuteAsync(["pwd"], default)).Should().Equal("/");
        }
        site.Commands.Cancelled.Task.IsCompleted.Should().BeTrue();
        site.Commands.Begun.Should().ContainSingle("the connection was kept");
    }

    [Fact]
    public async Task A_cancelled_command_is_answered_in_these_bytes()
    {
        await using var site = await AmgaSite.StartAsync(_grid);
        using var socket = await site.SocketAsync();
        await using var stream = new NetworkStream(socket);
        await socket.SendAsync("plain\n\n0 root\n5 pw\n\nendless\n"u8.ToArray());
        (await AmgaSite.TakeAsync(stream, AmgaSite.Greeting.Length + 5)).Should().Be(AmgaSite.Greeting + "OK\n0\n");
        socket.Send([AmgaWire.Cancel], SocketFlags.OutOfBand).Should().Be(1);
        (await UntilEndAsync(stream))[^200..].Should().EndWith("r\n\u0018\n12\n\u0004\u0004");
        site.Commands.Cancelled.Task.IsCompleted.Should().BeTrue();

        await socket.SendAsync("wait\n"u8.ToArray());
        await Here.UntilAsync(() => Task.FromResult(site.Commands.Executed.Any(c => c[0] == "wait")), AmgaSite.Limit, "the next command runs");
        socket.Send([AmgaWire.Cancel], SocketFlags.OutOfBand).Should().Be(1);
        (await UntilEndAsync(stream)).Should().Be("12 The command was cancelled.\n\u0004\u0004");
        await socket.SendAsync("quit\n"u8.ToArray());
        (await AmgaSite.RestAsync(stream)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_cancel_that_comes_when_nothing_runs_cancels_nothing()
    {
        await using var site = await AmgaSite.StartAsync(_grid);
        using var socket = await site.SocketAsync();
        await using var stream = new NetworkStream(socket);
        await socket.SendAsync("plain\n\n0 root\n5 pw\n\npwd\n"u8.ToArray());
        await AmgaSite.TakeAsync(stream, AmgaSite.Greeting.Length + "OK\n0\n/\n\u0004\u0004".Length);
        socket.Send([AmgaWire.Cancel], SocketFlags.OutOfBand).Should().Be(1);
        await socket.SendAsync("rows 3\nquit\n"u8.ToArray());

        (await AmgaSite.RestAsync(stream)).Should().Be("0\nrow 0\nrow 1\nrow 2\n\u0004\u0004");
    }

    [Fact]
    public async Task A_slow_reader_holds_up_his_command_and_nobody_s_memory()
    {
        await using var site = await AmgaSite.StartAsync(_grid);
        using var socket = await site.SocketAsync();
        await socket.SendAsync("plain\n\n0 root\n5 pw\n\nendless\n"u8.ToArray());
        await Here.UntilAsync(() => Task.FromResult(Interlocked.Read(ref site.Commands.Rows) > 1000), AmgaSite.Limit, "rows are written");
        long before;
        do
        {
            before = Interlocked.Read(ref site.Commands.Rows);
            await Task.Delay(300);
        }
        while (Interlocked.Read(ref site.Commands.Rows) != before);

        // What the two sides' buffers hold, nothing more.
        (before * 100).Should().BeLessThan(32 << 20);
        await using var other = await AmgaConnection.OpenAsync(site.Client(), default);
        (await other.ExecuteAsync(["pwd"], default)).Should().Equal("/");
    }

    [Fact]
    public async Task A_reader_who_takes_nothing_is_disconnected()
    {
        var time = new ManualTime();
        await using var site = await AmgaSite.StartAsync(_grid, o => o.SendTimeout = TimeSpan.FromSeconds(1), time: time);
        using var socket = await site.SocketAsync();
        await socket.SendAsync("plain\n\n0 root\n5 pw\n\nendless\n"u8.ToArray());
        await Here.UntilAsync(() => Task.FromResult(Interlocked.Read(ref site.Commands.Rows) > 1000), AmgaSite.Limit, "rows are written");

        await Here.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                return Task.FromResult(Volatile.Read(ref site.Commands.Disposed) == 1);
            },
            AmgaSite.Limit, "the session has ended");
    }

    [Fact]
    public async Task Who_leaves_ends_his_command_and_his_session()
    {
        await using var site = await AmgaSite.StartAsync(_grid);
        using (var socket = await site.SocketAsync())
        {
            await socket.SendAsync("plain\n\n0 root\n5 pw\n\nwait\n"u8.ToArray());
            await Here.UntilAsync(() => Task.FromResult(!site.Commands.Executed.IsEmpty), AmgaSite.Limit, "the command runs");
        }
        await site.Commands.Cancelled.Task.WaitAsync(AmgaSite.Limit);
        await Here.UntilAsync(() => Task.FromResult(Volatile.Read(ref site.Commands.Disposed) == 1), AmgaSite.Limit, "the session has ended");
    }

    [Fact]
    public async Task Who_says_nothing_for_too_long_is_disconnected()
    {
        var time = new ManualTime();
        await using var site = await AmgaSite.StartAsync(_grid, time: time);

        await EndsAfterAsync("plain\n\n0 root\n5 pw\n\npwd\n", AmgaSite.Greeting + "OK\n0\n/\n\u0004\u0004");
        // It had no login.
        await EndsAfterAsync("plain\n\n0 root\n", AmgaSite.Greeting + "OK\n");

        async Task EndsAfterAsync(string sent, string answered)
        {
            using var socket = await site.SocketAsync();
            await using var stream = new NetworkStream(socket);
            await socket.SendAsync(Encoding.ASCII.GetBytes(sent));
            (await AmgaSite.TakeAsync(stream, answered.Length)).Should().Be(answered);
            var rest = AmgaSite.RestAsync(stream);
            await Here.UntilAsync(() =>
            {
                time.Advance(TimeSpan.FromSeconds(10));
                return Task.FromResult(rest.IsCompleted);
            }, AmgaSite.Limit, "it is disconnected");
            (await rest).Should().BeEmpty();
        }
    }

    [Fact]
    public async Task A_command_that_is_too_long_is_refused_with_the_limit_s_name_and_the_connection_closed()
    {
        // What was refused is passed over for a moment, and its sender has it however slow this machine is.
        var time = new ManualTime();
        await using var site = await AmgaSite.StartAsync(_grid, time: time);
        using var socket = await site.SocketAsync();
        var sending = HostileLinesTests.SendInPiecesAsync(new NetworkStream(socket), Encoding.ASCII.GetBytes("plain\n\n0 root\n5 pw\n\necho " + new string('x', 10_000_000) + "\npwd\n"), 1 << 20);
        var rest = AmgaSite.RestAsync(new NetworkStream(socket));
        await sending;
        await AmgaSite.PassAsync(time, rest);
        (await rest)
            .Should().Be(AmgaSite.Greeting + "OK\n3 A line is longer than MaxLineLength (1048576 bytes).\n\u0004\u0004");
        (await site.ExchangeAsync("plain\n\n0 root\n5 pw\n\necho" + string.Concat(Enumerable.Repeat(" x", 10_000)) + "\npwd\nquit\n"))
            .Should().Be(AmgaSite.Greeting + "OK\n3 The command has more words than MaxTokens (10000).\n\u0004\u0004" + "0\n/\n\u0004\u0004");
        site.Commands.Executed.Should().ContainSingle();
    }

    [Theory]
    [InlineData("hello\n\n", "4 This server does not offer what was asked for here; it offers: plain ssl resume resumeSSL\n")]
    [InlineData("\n", "4 This server does not offer what was asked for here; it offers: plain ssl resume resumeSSL\n")]
    [InlineData("resume18446744073709551616\n\npwd\n", "4 There is no such session, or it has ended. Log in again.\n\u0004\u0004")]
    [InlineData("resume\n\npwd\n", "4 There is no such session, or it has ended. Log in again.\n\u0004\u0004")]
    [InlineData("ssl\n\nGET / HTTP/1.1\r\n\r\n", "OK\n")]
    public async Task What_is_no_beginning_is_refused(string sent, string answered)
    {
        await using var site = await AmgaSite.StartAsync(_grid);

        (await site.ExchangeAsync(sent)).Should().StartWith(AmgaSite.Greeting + answered);
        site.Commands.Begun.Should().BeEmpty();
    }

    [Theory]
    [InlineData(5000, 1, "MaxHandshakeLine (4096 bytes)")]
    [InlineData(10, 20, "MaxHandshakeLines (16)")]
    public async Task A_beginning_that_does_not_end_is_refused_with_the_limit_s_name(int length, int lines, string limit)
    {
        await using var site = await AmgaSite.StartAsync(_grid);

        (await site.ExchangeAsync(string.Concat(Enumerable.Repeat(new string('x', length) + "\n", lines)))).Should().Contain(limit);
        (await site.ExchangeAsync("plain\n\n" + string.Concat(Enumerable.Repeat("9 " + new string('x', length) + "\n", lines)))).Should().Contain(limit);
    }

    [Fact]
    public async Task A_hundred_clients_at_once_are_each_answered_what_they_asked()
    {
        await using var site = await AmgaSite.StartAsync(_grid);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(async n =>
        {
            await using var client = await AmgaConnection.OpenAsync(site.Client(), default);
            for (var i = 0; i < 20; i++)
                (await client.ExecuteAsync(["echo", $"{n}/{i}"], default)).Should().Equal($"{n}/{i}");
        }));
    }

    [Fact]
    public async Task A_credential_that_is_revoked_ends_its_session()
    {
        using var revoking = new TestGrid();
        await using var site = await AmgaSite.StartAsync(revoking);
        await using var client = await AmgaConnection.OpenAsync(site.Client(revoking.StrangerProxy, isSecure: true), default);
        await client.ExecuteAsync(["pwd"], default);

        revoking.Authority.Revoke(revoking.Stranger.Certificate);
        revoking.PublishRevocations();

        AmgaAnswerException? refused = null;
        await Here.UntilAsync(
            async () =>
            {
                try
                {
                    await client.ExecuteAsync(["pwd"], default);
                }
                catch (AmgaAnswerException e)
                {
                    refused = e;
                }
                return refused is not null;
            },
            AmgaSite.Limit, "the host has seen the revocation");
        refused!.Code.Should().Be(4);
        refused.Message.Should().Contain("revoked");
    }

    private static async Task<string> UntilEndAsync(Stream stream)
    {
        var answer = new StringBuilder();
        var bytes = new byte[64 * 1024];
        while (answer.Length < 2 || answer[^1] != '\u0004' || answer[^2] != '\u0004')
            answer.Append(Encoding.ASCII.GetString(bytes, 0, await stream.ReadAsync(bytes).AsTask().WaitAsync(AmgaSite.Limit)));
        return answer.ToString();
    }
}
