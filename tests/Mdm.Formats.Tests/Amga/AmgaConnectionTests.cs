using System.Net;
using System.Net.Sockets;
using System.Text;
using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Formats.Amga;

namespace Mdm.Formats.Tests.Amga;

/// <summary>The client against servers that say byte for byte what old servers said.</summary>
public sealed class AmgaConnectionTests
{
    private const string Greeting = "ARDA Metadata Server 1.3.0\nProtocol 2\nplain ssl resume resumeSSL\n";

    [Fact]
    public async Task Speaks_as_the_transcript_of_an_old_server_has_it()
    {
        await using var server = new ScriptedServer(
            new Dialogue()
                .Says(Greeting).Hears("plain\n\n").Says("OK\n").Hears("0 root\n1 N\n2 rwx\n3 r-x\n4 /\n5 pw\n\n")
                .Hears("listattr '/a'\n").Says("0\nPatientName\nvarchar(256)\nage\nint\n\u0004\u0004")
                .Hears("selectattr '/a:p' '/a:q' '/a:p = \"v\" and /a:q > 3'\n").Says("0 2\nv1\nv2\nw1\n\n\u0004\u0004")
                .Hears("bad\n").Says("4 Permission denied\n\u0004\u0004")
                .Hears("pwd\n").Says("0\n/\n\u0004\u0004")
                .Hears("quit\n"));
        await using (var connection = await AmgaConnection.OpenAsync(server.Options() with { Login = "root", Name = "N", PermissionMask = "rwx", GroupMask = "r-x", Directory = "/", Password = "pw" }, default))
        {
            (await connection.ExecuteAsync(["listattr", "/a"], default)).Should().Equal("PatientName", "varchar(256)", "age", "int");
            (await connection.ExecuteAsync(["selectattr", "/a:p", "/a:q", "/a:p = \"v\" and /a:q > 3"], default)).Should().Equal("v1", "v2", "w1", "");
            var refused = await connection.Invoking(c => c.ExecuteAsync(["bad"], default)).Should().ThrowAsync<AmgaAnswerException>();
            (refused.Which.Code, refused.Which.Message).Should().Be((4, "Permission denied"));
            (await connection.ExecuteAsync(["pwd"], default)).Should().Equal("/");
        }
        await server.EndedAsync();
    }

    [Fact]
    public async Task Follows_a_session_that_is_handed_off()
    {
        await using var server = new ScriptedServer(
            new Dialogue().Says(Greeting).Hears("plain\n\n").Says("OK\n").Hears("0 NULL\n\n").Hears("pwd\n").Says("0\n/\n\u0004session4711\u0004"),
            new Dialogue().Says(Greeting).Hears("resume4711\n\n").Hears("pwd\n").Says("9 broken\n\u0004session815\u0004"),
            new Dialogue().Says(Greeting).Hears("resume815\n\n").Hears("pwd\n").Says("0\n/b\n\u0004\u0004").Hears("quit\n"));
        await using (var connection = await AmgaConnection.OpenAsync(server.Options(), default))
        {
            (await connection.ExecuteAsync(["pwd"], default)).Should().Equal("/");
            connection.IsHandedOff.Should().BeTrue();
            (await connection.Invoking(c => c.ExecuteAsync(["pwd"], default)).Should().ThrowAsync<AmgaAnswerException>()).Which.Code.Should().Be(9);
            (await connection.ExecuteAsync(["pwd"], default)).Should().Equal("/b");
        }
        await server.EndedAsync();
    }

    [Theory]
    [InlineData("4 early\n\u0004\u0004" + "12 nothing done\n\u0004\u0004")]
    [InlineData("4 early\n\u0004\u0004")]
    public async Task An_upload_that_fails_says_so_once_and_leaves_the_session_usable(string answers)
    {
        await using var server = new ScriptedServer(
            new Dialogue().Says(Greeting).Hears("plain\n\n").Says("OK\n").Hears("0 NULL\n\n")
                .Hears("upload '/a' 'p'\nput 'f' 'v'\ncommit\npwd\n").Says(answers + "0\n/\n\u0004\u0004")
                .Hears("pwd\n").Says("0\n/after\n\u0004\u0004").Hears("quit\n"));
        await using (var connection = await AmgaConnection.OpenAsync(server.Options(), default))
        {
            (await connection.Invoking(c => c.UploadAsync(Commands(["upload", "/a", "p"], ["put", "f", "v"]), default)).Should().ThrowAsync<AmgaAnswerException>()).Which.Code.Should().Be(4);
            (await connection.ExecuteAsync(["pwd"], default)).Should().Equal("/after");
        }
        await server.EndedAsync();
    }

    [Fact]
    public async Task An_upload_ends_with_abort_where_that_is_its_last_command()
    {
        await using var server = new ScriptedServer(
            new Dialogue().Says(Greeting).Hears("plain\n\n").Says("OK\n").Hears("0 NULL\n\n")
                .Hears("upload '/a' 'p'\nput 'f' 'v'\nabort\npwd\n").Says("0\n\u0004\u0004" + "0\n/\n\u0004\u0004")
                .Hears("pwd\n").Says("0\n/after\n\u0004\u0004").Hears("quit\n"));
        await using (var connection = await AmgaConnection.OpenAsync(server.Options(), default))
        {
            await connection.UploadAsync(Commands(["upload", "/a", "p"], ["put", "f", "v"], ["abort"], ["put", "g", "w"]), default);
            (await connection.ExecuteAsync(["pwd"], default)).Should().Equal("/after");
        }
        await server.EndedAsync();
    }

    [Fact]
    public async Task Who_stops_reading_cancels_the_command_out_of_band()
    {
        await using var server = new ScriptedServer(
            new Dialogue().Says(Greeting).Hears("plain\n\n").Says("OK\n").Hears("0 NULL\n\n")
                .Hears("find '/a'\n").Says("0\nr1\nr2\n").HearsUrgent().Says("r3\n\u0018\n12\n\u0004\u0004")
                .Hears("pwd\n").Says("0\n/\n\u0004\u0004").Hears("quit\n"));
        await using (var connection = await AmgaConnection.OpenAsync(server.Options(), default))
        {
            await foreach (var row in connection.RunAsync(["find", "/a"], default))
            {
                row.Should().Be("r1");
                break;
            }
            (await connection.ExecuteAsync(["pwd"], default)).Should().Equal("/");
        }
        await server.EndedAsync();
    }

    [Fact]
    public async Task Who_gives_up_before_the_first_row_cancels_the_command_too()
    {
        using var gaveUp = new CancellationTokenSource();
        await using var server = new ScriptedServer(
            new Dialogue().Says(Greeting).Hears("plain\n\n").Says("OK\n").Hears("0 NULL\n\n")
                .Hears("find '/a'\n").Does(gaveUp.Cancel).HearsUrgent().Says("12 cancelled\n\u0004\u0004")
                .Hears("pwd\n").Says("0\n/\n\u0004\u0004").Hears("quit\n"));
        await using (var connection = await AmgaConnection.OpenAsync(server.Options(), default))
        {
            await connection.Invoking(c => c.ExecuteAsync(["find", "/a"], gaveUp.Token)).Should().ThrowAsync<OperationCanceledException>();
            (await connection.ExecuteAsync(["pwd"], default)).Should().Equal("/");
        }
        await server.EndedAsync();
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\n\n\n", MdmErrorKind.Corrupt)]
    [InlineData("ARDA\nProtocol 2\nssl\n", MdmErrorKind.Refused)]
    [InlineData("", MdmErrorKind.Corrupt)]
    public async Task Says_why_it_does_not_speak_to_a_server(string greeting, MdmErrorKind kind)
    {
        await using var server = new ScriptedServer(new Dialogue().Says(greeting));

        (await server.Invoking(s => AmgaConnection.OpenAsync(s.Options(), default)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(kind);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_unavailable_and_the_session_over()
    {
        await using var server = new ScriptedServer(new Dialogue().Says(Greeting).Hears("plain\n\n").Says("OK\n").Hears("0 NULL\n\n").Hears("pwd\n").Says("0\n/half").Hears("never\n"));
        var time = new ManualTime();
        await using var connection = await AmgaConnection.OpenAsync(server.Options() with { TimeProvider = time }, default);

        var asking = connection.ExecuteAsync(["pwd"], default);
        await Here.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromMinutes(1));
            return Task.FromResult(asking.IsCompleted);
        }, TimeSpan.FromSeconds(60), "the answer is no longer waited for");
        (await asking.Invoking(a => a).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Unavailable);
        (await connection.Invoking(c => c.ExecuteAsync(["pwd"], default)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Unavailable);
    }

    [Fact]
    public async Task A_login_of_two_lines_is_not_sent()
    {
        await using var server = new ScriptedServer(new Dialogue().Says(Greeting).Hears("plain\n\n").Says("OK\n"));

        (await server.Invoking(s => AmgaConnection.OpenAsync(s.Options() with { Password = "x\n0 root" }, default)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.InvalidName);
    }

    private static async IAsyncEnumerable<IReadOnlyList<string>> Commands(params IReadOnlyList<string>[] commands)
    {
        await Task.Yield();
        foreach (var command in commands)
            yield return command;
    }

    /// <summary>What a server says and hears on one connection, in order.</summary>
    private sealed class Dialogue
    {
        public List<Func<Socket, Task>> Steps { get; } = [];

        public Dialogue Says(string text) => Does(socket => socket.SendAsync(Encoding.UTF8.GetBytes(text)));

        public Dialogue Hears(string text) => Does(async socket =>
        {
            var heard = new byte[Encoding.UTF8.GetByteCount(text)];
            var count = 0;
            while (count < heard.Length && await socket.ReceiveAsync(heard.AsMemory(count)) is var more and > 0)
                count += more;
            Encoding.UTF8.GetString(heard, 0, count).Should().Be(text);
        });

        public Dialogue HearsUrgent() => Does(async socket =>
        {
            // Until it is there the system says that there is none.
            var one = new byte[1];
            await Here.UntilAsync(() => Task.FromResult(socket.Receive(one, 0, 1, SocketFlags.OutOfBand, out var error) == 1 && error == SocketError.Success), TimeSpan.FromSeconds(60), "urgent data");
            one[0].Should().Be(AmgaWire.Cancel);
        });

        public Dialogue Does(Action action) => Does(_ =>
        {
            action();
            return Task.CompletedTask;
        });

        private Dialogue Does(Func<Socket, Task> step)
        {
            Steps.Add(step);
            return this;
        }
    }

    /// <summary>Holds its dialogues, one a connection.</summary>
    private sealed class ScriptedServer : IAsyncDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly Task _held;

        public ScriptedServer(params Dialogue[] dialogues)
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen();
            _held = HoldAsync(dialogues);
        }

        public AmgaClientOptions Options() => new()
        {
            Connect = async token =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(_listener.LocalEndPoint!, token);
                return new AmgaLink(new NetworkStream(socket, ownsSocket: true), b => socket.Send([b], SocketFlags.OutOfBand));
            },
        };

        public Task EndedAsync() => _held.WaitAsync(TimeSpan.FromSeconds(60));

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            // What is wrong in a dialogue was told by EndedAsync, or is the client's end that the test is about.
            await Task.WhenAny(_held, Task.Delay(TimeSpan.FromSeconds(1)));
        }

        private async Task HoldAsync(Dialogue[] dialogues)
        {
            foreach (var dialogue in dialogues)
            {
                using var socket = await _listener.AcceptAsync();
                foreach (var step in dialogue.Steps)
                    await step(socket);
            }
        }
    }
}
