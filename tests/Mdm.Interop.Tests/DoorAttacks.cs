using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Mdm.Gsi.Client;

namespace Mdm.Interop.Tests;

/// <summary>Ways to misuse the door, each one connection. They end when the host has answered or closed, or when they leave in the middle.</summary>
internal sealed class DoorAttacks(int port, GridTlsClient client, GridCredential credential)
{
    private const int AcceptedEntityBomb = 40;

    public Func<Task>[] All =>
    [
        GarbageAsync, PlainHttpAsync, CloseAtOnceAsync, HalfHandshakeAsync, LeaveAfterHandshakeAsync, ResetAfterHandshakeAsync, SlowHandshakeAsync, GarbageInTlsAsync, DropDelegationAsync, GarbageDelegationAsync,
        EndlessHeadersAsync, EndlessRequestLineAsync, SlowBodyAsync, OversizedBodyAsync, AnonymousLargeBodyAsync, ResetInBodyAsync, XmlBombAsync, ExternalEntityAsync, DeepXmlAsync, BadChunksAsync, BadLengthAsync,
    ];

    private string Soap => $"POST /srm/managerv2 HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: text/xml\r\n";

    private async Task GarbageAsync()
    {
        using var socket = await RawAsync();
        await socket.SendAsync(RandomNumberGenerator.GetBytes(RandomNumberGenerator.GetInt32(1, 4000)));
        socket.Shutdown(SocketShutdown.Send);
        await EndsAsync(socket);
    }

    private async Task PlainHttpAsync()
    {
        using var socket = await RawAsync();
        await socket.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        await EndsAsync(socket);
    }

    private async Task CloseAtOnceAsync() => (await RawAsync()).Dispose();

    private async Task HalfHandshakeAsync()
    {
        using var socket = await RawAsync();
        await socket.SendAsync(new byte[] { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00 });
        Reset(socket);
    }

    /// <summary>Promises a record and sends no more: the host's time limit ends it.</summary>
    private async Task SlowHandshakeAsync()
    {
        using var socket = await RawAsync();
        await socket.SendAsync(new byte[] { 0x16, 0x03, 0x01, 0x02, 0x00 });
        if (!await EndsAsync(socket))
            throw new InvalidOperationException("the host waits for ever for the end of a handshake");
    }

    private async Task LeaveAfterHandshakeAsync()
    {
        var (stream, _) = await ConnectAsync();
        await stream.DisposeAsync();
    }

    private async Task ResetAfterHandshakeAsync()
    {
        var (stream, socket) = await ConnectAsync();
        Reset(socket);
        await stream.DisposeAsync();
    }

    private async Task GarbageInTlsAsync()
    {
        var (stream, socket) = await ConnectAsync();
        await using (stream)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Soap));
            await socket.SendAsync(RandomNumberGenerator.GetBytes(500));
            await EndsAsync(socket);
        }
    }

    private async Task DropDelegationAsync()
    {
        var (stream, _) = await ConnectAsync();
        await using (stream)
        {
            await stream.WriteAsync("D"u8.ToArray());
            await stream.ReadExactlyAsync(new byte[4]);
        }
    }

    private async Task GarbageDelegationAsync()
    {
        var (stream, _) = await ConnectAsync();
        await using (stream)
        {
            await stream.WriteAsync("D"u8.ToArray());
            await stream.ReadExactlyAsync(new byte[4]);
            await stream.WriteAsync(new byte[] { 0x30, 0x83, 0xFF, 0xFF, 0xFF, 0 });
            await DrainAsync(stream);
        }
    }

    private Task EndlessHeadersAsync() => PourAsync("GET / HTTP/1.1\r\n", () => Encoding.ASCII.GetBytes($"X-{RandomNumberGenerator.GetHexString(8)}: {new string('x', 1000)}\r\n"), 200);

    private Task EndlessRequestLineAsync() => PourAsync("GET /", () => Encoding.ASCII.GetBytes(new string('a', 4000)), 50);

    private async Task SlowBodyAsync()
    {
        var (stream, _) = await ConnectAsync();
        await using (stream)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Soap + "Content-Length: 5000\r\n\r\n"));
            for (var i = 0; i < 5; i++)
                await stream.WriteAsync("<"u8.ToArray());
        }
    }

    /// <summary>Announces far more than any call has; the answer, or the end, must come without the host having taken it all.</summary>
    private Task OversizedBodyAsync() => PourAsync(Soap + "Content-Length: 4000000000\r\n\r\n", () => new byte[64 * 1024], 400);

    private async Task AnonymousLargeBodyAsync()
    {
        var socket = await RawAsync();
        await using var stream = await client.AuthenticateAsync(new NetworkStream(socket, ownsSocket: true), "localhost", null);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Soap + "Content-Length: 200000\r\n\r\n"));
        await stream.WriteAsync(new byte[200_000]);
        await DrainAsync(stream);
    }

    private async Task ResetInBodyAsync()
    {
        var (stream, socket) = await ConnectAsync();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Soap + "Content-Length: 50000\r\n\r\n<E:Envelope"));
        Reset(socket);
        await stream.DisposeAsync();
    }

    private Task XmlBombAsync()
    {
        var entities = string.Concat(Enumerable.Range(1, AcceptedEntityBomb).Select(i => $"<!ENTITY e{i} \"{string.Concat(Enumerable.Repeat($"&e{i - 1};", 10))}\">"));
        return RefusedAsync($"<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e0 \"lol\">{entities}]><x>&e{AcceptedEntityBomb};</x>", "lollol");
    }

    private Task ExternalEntityAsync() => RefusedAsync("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>", "root:");

    private Task DeepXmlAsync() => RefusedAsync(string.Concat(Enumerable.Repeat("<a>", 10_000)), "<a><a>");

    private Task BadChunksAsync() => PourAsync(Soap + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", () => [], 0);

    private Task BadLengthAsync() => PourAsync(Soap + "Content-Length: -1\r\n\r\n", () => [], 0);

    /// <summary>A body that is no call: a fault is the answer, and nothing of what it wanted is in it.</summary>
    private async Task RefusedAsync(string body, string secret)
    {
        var (stream, _) = await ConnectAsync();
        await using (stream)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{Soap}Connection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
            using var reader = new StreamReader(stream);
            var answer = await reader.ReadToEndAsync();
            answer.Should().StartWith("HTTP/1.1 500").And.Contain("Fault").And.NotContain(secret);
        }
    }

    private async Task PourAsync(string head, Func<byte[]> more, int times)
    {
        var (stream, _) = await ConnectAsync();
        await using (stream)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
            for (var i = 0; i < times; i++)
                await stream.WriteAsync(more());
            await DrainAsync(stream);
        }
    }

    private async Task<(Stream Stream, Socket Socket)> ConnectAsync()
    {
        var socket = await RawAsync();
        return (await client.AuthenticateAsync(new NetworkStream(socket, ownsSocket: true), "localhost", credential), socket);
    }

    private async Task<Socket> RawAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        return socket;
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    private static async Task DrainAsync(Stream stream)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, limit.Token) > 0)
        {
            // Whatever it says: here only that it ends counts.
            if (Encoding.ASCII.GetString(buffer).StartsWith("HTTP/1.1 ", StringComparison.Ordinal))
                return;
        }
    }

    private static async Task<bool> EndsAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, limit.Token) > 0)
                limit.Token.ThrowIfCancellationRequested();
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
