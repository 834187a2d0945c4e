using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>A port behind which another one is far away: what the server says comes so much later, however much of it there is.</summary>
internal sealed class DelayedRelay : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly int _target;
    private readonly TimeSpan _delay;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public DelayedRelay(int target, TimeSpan delay)
    {
        (_target, _delay) = (target, delay);
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _running = AcceptAsync();
    }

    public int Port { get; } = Here.FreePort();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
                open.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient { NoDelay = true })
        {
            client.NoDelay = true;
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                await Task.WhenAny(client.GetStream().CopyToAsync(server.GetStream(), _stop.Token), LaterAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // One of them has left; the other is told by the end of its connection.
            }
        }
    }

    private async Task LaterAsync(NetworkStream from, NetworkStream to)
    {
        var pieces = Channel.CreateUnbounded<(DateTimeOffset Due, byte[] Bytes)>();
        var writing = WriteAsync();
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, _stop.Token) is var count and > 0)
            pieces.Writer.TryWrite((TimeProvider.System.GetUtcNow() + _delay, buffer[..count]));
        pieces.Writer.Complete();
        await writing;

        async Task WriteAsync()
        {
            await foreach (var (due, bytes) in pieces.Reader.ReadAllAsync(_stop.Token))
            {
                if (due - TimeProvider.System.GetUtcNow() is var left && left > TimeSpan.Zero)
                    await Task.Delay(left, _stop.Token);
                await to.WriteAsync(bytes, _stop.Token);
            }
        }
    }
}
