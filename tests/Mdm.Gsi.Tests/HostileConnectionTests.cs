using System.Security.Cryptography;
using System.Text;
using Mdm.Abstractions.Testing;
using Mdm.Gsi.Client;
using Mdm.Gsi.Tests.Support;

namespace Mdm.Gsi.Tests;

/// <summary>Connections that go wrong on purpose: the process lives, none is leaked, the next client is served.</summary>
public sealed class HostileConnectionTests(TestGrid grid) : IClassFixture<TestGrid>
{
    private const int Rounds = 40;

    [Fact]
    public async Task Nothing_is_left_of_hostile_connections()
    {
        await using var door = await TestDoor.OpenAsync(grid);
        using var client = new GridTlsClient(door.Trust);
        using var alice = GridCredential.From(grid.Alice);
        Func<TestDoor, GridTlsClient, GridCredential, Task>[] attacks =
            [GarbageAsync, PlainHttpAsync, HalfHandshakeAsync, CloseAtOnceAsync, CloseAfterHandshakeAsync, DropDelegationAsync, GarbageDelegationAsync, ResetInAnswerAsync, ResetInUploadAsync, GarbageInTlsAsync];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Rounds * attacks.Length),
            new ParallelOptions { MaxDegreeOfParallelism = 6 },
            async (i, _) =>
            {
                try
                {
                    await attacks[i % attacks.Length](door, client, alice);
                }
                catch (Exception e) when (e is IOException or SocketException or Abstractions.MdmException)
                {
                    e.Message.Should().NotBeEmpty();
                }
            });
        (await Eventually.Async(() => Task.FromResult(door.Server.Connections), open => open == 0)).Should().Be(0);
        (await door.WhoAsync(grid.Alice)).Should().Contain("Alice Tester");
        door.Loud.Lines.Should().BeEmpty("anybody can do this, so it must not fill the log");
    }

    [Fact]
    public async Task A_handshake_that_does_not_end_is_closed_in_time()
    {
        await using var door = await TestDoor.OpenAsync(grid, change: o => o with { HandshakeTimeLimit = TimeSpan.FromSeconds(4) });
        using var socket = await RawAsync(door);
        await socket.SendAsync(new byte[] { 0x16, 0x03, 0x01, 0x02, 0x00 });
        (await EndsAsync(socket)).Should().BeTrue();
        (await Eventually.Async(() => Task.FromResult(door.Server.Connections), open => open == 0)).Should().Be(0);
    }

    [Fact]
    public async Task A_client_that_says_nothing_does_not_hold_up_the_stop()
    {
        await using var door = await TestDoor.OpenAsync(grid, change: o => o with { FirstByteTimeLimit = TimeSpan.FromHours(1) });
        using var client = new GridTlsClient(door.Trust);
        // As a client's pool keeps it in reserve.
        await using var stream = await client.ConnectAsync("localhost", door.Port, null);

        await door.StopAsync().WaitAsync(TimeSpan.FromSeconds(60));

        door.Server.Connections.Should().Be(0);
        (await stream.ReadAsync(new byte[1])).Should().Be(0, "it ended in order");
    }

    [Fact]
    public async Task A_call_that_is_on_its_way_as_the_server_stops_is_answered()
    {
        // The moment is over when the test says so.
        await using var door = await TestDoor.OpenAsync(grid, new ManualTime(TimeProvider.System.GetUtcNow()));
        using var client = new GridTlsClient(door.Trust);
        await using var stream = await client.ConnectAsync("localhost", door.Port, null);
        var port = door.Port;

        var stopping = door.StopAsync();
        (await Eventually.Async(() => AcceptsAsync(port), accepts => !accepts)).Should().BeFalse();
        await stream.WriteAsync("GET /who HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray());

        using var reader = new StreamReader(stream);
        (await reader.ReadLineAsync()).Should().Be("HTTP/1.1 200 OK");
        await stopping.WaitAsync(TimeSpan.FromSeconds(60));

        static async Task<bool> AcceptsAsync(int port)
        {
            using var socket = new System.Net.Sockets.TcpClient();
            try
            {
                await socket.ConnectAsync(System.Net.IPAddress.Loopback, port);
                return true;
            }
            catch (System.Net.Sockets.SocketException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_client_that_says_nothing_is_closed_in_time()
    {
        await using var door = await TestDoor.OpenAsync(grid, change: o => o with { FirstByteTimeLimit = TimeSpan.FromSeconds(4) });
        using var client = new GridTlsClient(door.Trust);
        await using var stream = await client.ConnectAsync("localhost", door.Port, null);
        (await Eventually.Async(() => Task.FromResult(door.Server.Connections), open => open == 0)).Should().Be(0);
    }

    [Fact]
    public async Task A_delegation_that_does_not_end_is_closed_in_time()
    {
        await using var door = await TestDoor.OpenAsync(grid, change: o => o with { DelegationTimeLimit = TimeSpan.FromSeconds(4) });
        using var client = new GridTlsClient(door.Trust);
        using var alice = GridCredential.From(grid.Alice);
        await using var stream = await client.ConnectAsync("localhost", door.Port, alice);
        await stream.WriteAsync("D"u8.ToArray());
        (await Eventually.Async(() => Task.FromResult(door.Server.Connections), open => open == 0)).Should().Be(0);
    }

    [Fact]
    public async Task One_connection_more_than_allowed_is_closed_at_once_and_room_is_made_again()
    {
        await using var door = await TestDoor.OpenAsync(grid, change: o => o with { MaxConnections = 2 });
        using (var first = await RawAsync(door))
        using (var second = await RawAsync(door))
        {
            (await Eventually.Async(() => Task.FromResult(door.Server.Connections), open => open == 2)).Should().Be(2);
            (await IsTurnedAwayAsync(door)).Should().BeTrue();
        }
        (await Eventually.Async(() => Task.FromResult(door.Server.Connections), open => open == 0)).Should().Be(0);
        (await door.WhoAsync(grid.Alice)).Should().Contain("Alice Tester");
    }

    [Fact]
    public async Task A_request_that_comes_byte_by_byte_is_answered()
    {
        await using var door = await TestDoor.OpenAsync(grid);
        using var client = new GridTlsClient(door.Trust);
        using var alice = GridCredential.From(grid.Alice);
        await using var stream = await client.ConnectAsync("localhost", door.Port, alice, GridTlsMode.Httpg);
        foreach (var b in Encoding.ASCII.GetBytes($"POST httpg://localhost:{door.Port}/who HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"))
            await stream.WriteAsync(new[] { b });
        using var reader = new StreamReader(stream);
        (await reader.ReadToEndAsync()).Should().StartWith("HTTP/1.1 200").And.Contain("Alice Tester");
    }

    [Fact]
    public async Task Large_bodies_pass_both_ways_unchanged()
    {
        await using var door = await TestDoor.OpenAsync(grid);
        using var client = new GridTlsClient(door.Trust);
        using var alice = GridCredential.From(grid.Alice);
        using var http = new HttpClient(GridHttp.CreateHandler(client, alice));
        var body = RandomNumberGenerator.GetBytes(5_000_001);
        foreach (var scheme in (string[])["https", "httpg"])
        {
            using var answer = await http.PostAsync(new Uri($"{scheme}://localhost:{door.Port}/echo"), new ByteArrayContent(body));
            (await answer.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(body).Should().BeTrue();
        }
    }

    private static async Task GarbageAsync(TestDoor door, GridTlsClient client, GridCredential alice)
    {
        using var socket = await RawAsync(door);
        await socket.SendAsync(RandomNumberGenerator.GetBytes(RandomNumberGenerator.GetInt32(1, 4000)));
        await EndsAsync(socket);
    }

    private static async Task PlainHttpAsync(TestDoor door, GridTlsClient client, GridCredential alice)
    {
        using var socket = await RawAsync(door);
        await socket.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        await EndsAsync(socket);
    }

    private static async Task HalfHandshakeAsync(TestDoor door, GridTlsClient client, GridCredential alice)
    {
        using var socket = await RawAsync(door);
        await socket.SendAsync(new byte[] { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00 });
        Reset(socket);
    }

    private static async Task CloseAtOnceAsync(TestDoor door, GridTlsClient client, GridCredential alice) => (await RawAsync(door)).Dispose();

    private static async Task CloseAfterHandshakeAsync(TestDoor door, GridTlsClient client, GridCredential alice) => (await client.ConnectAsync("localhost", door.Port, alice)).Dispose();

    private static async Task DropDelegationAsync(TestDoor door, GridTlsClient client, GridCredential alice)
    {
        var stream = await client.ConnectAsync("localhost", door.Port, null);
        await stream.WriteAsync("D"u8.ToArray());
        await stream.ReadExactlyAsync(new byte[4]);
        stream.Dispose();
    }

    private static async Task GarbageDelegationAsync(TestDoor door, GridTlsClient client, GridCredential alice)
    {
        await using var stream = await client.ConnectAsync("localhost", door.Port, null);
        await stream.WriteAsync("D"u8.ToArray());
        await stream.ReadExactlyAsync(new byte[4]);
        await stream.WriteAsync(new byte[] { 0x30, 0x83, 0xFF, 0xFF, 0xFF, 0 });
        await stream.ReadAtLeastAsync(new byte[8192], 8192, throwOnEndOfStream: false);
    }

    private static async Task ResetInAnswerAsync(TestDoor door, GridTlsClient client, GridCredential alice)
    {
        var (stream, socket) = await ConnectAsync(door, client, alice);
        await stream.WriteAsync("GET /bytes/50000000 HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        await stream.ReadExactlyAsync(new byte[1000]);
        Reset(socket);
        stream.Dispose();
    }

    private static async Task ResetInUploadAsync(TestDoor door, GridTlsClient client, GridCredential alice)
    {
        var (stream, socket) = await ConnectAsync(door, client, alice);
        await stream.WriteAsync("PUT /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n"u8.ToArray());
        await stream.WriteAsync(new byte[100_000]);
        Reset(socket);
        stream.Dispose();
    }

    private static async Task GarbageInTlsAsync(TestDoor door, GridTlsClient client, GridCredential alice)
    {
        var (stream, socket) = await ConnectAsync(door, client, alice);
        await stream.WriteAsync("GET /bytes/1000000 HTTP/1.1\r\n"u8.ToArray());
        await socket.SendAsync(RandomNumberGenerator.GetBytes(500));
        await EndsAsync(socket);
        stream.Dispose();
    }

    private static async Task<(Stream Stream, Socket Socket)> ConnectAsync(TestDoor door, GridTlsClient client, GridCredential alice)
    {
        var socket = await RawAsync(door);
        return (await client.AuthenticateAsync(new NetworkStream(socket, ownsSocket: true), "localhost", alice), socket);
    }

    private static async Task<Socket> RawAsync(TestDoor door)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", door.Port);
        return socket;
    }

    // The reset may come before connect has returned.
    private static async Task<bool> IsTurnedAwayAsync(TestDoor door)
    {
        try
        {
            using var socket = await RawAsync(door);
            return await EndsAsync(socket);
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    private static async Task<bool> EndsAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, limit.Token) > 0)
            {
            }
            return true;
        }
        catch (SocketException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
