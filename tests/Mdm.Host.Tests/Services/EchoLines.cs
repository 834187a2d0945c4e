using System.Net.Sockets;
using System.Text;

namespace Mdm.Host.Tests.Services;

/// <summary>What a client of <see cref="EchoService"/> says and hears, line by line.</summary>
internal static class EchoLines
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<string> AskAsync(Socket socket, string line)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(line + "\n"));
        return await LineAsync(socket);
    }

    public static async Task<string?> TryAskAsync(EchoSite site, string line)
    {
        try
        {
            using var socket = await site.ConnectAsync();
            return await AskAsync(socket, line);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public static async Task<string> AskAsync(Stream stream, string line)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
        return await LineAsync(stream);
    }

    public static Task<string> LineAsync(Socket socket) => LineAsync(async one => await socket.ReceiveAsync(one));

    public static Task<string> LineAsync(Stream stream) => LineAsync(async one => await stream.ReadAsync(one));

    public static async Task<string> LineAsync(Func<Memory<byte>, Task<int>> read)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await read(one).WaitAsync(Limit) == 1 && one[0] != '\n')
            line.Add(one[0]);
        return Encoding.UTF8.GetString([.. line]);
    }

    // The reset may come before connect has returned.
    public static async Task<bool> IsTurnedAwayAsync(EchoSite site)
    {
        try
        {
            using var socket = await site.ConnectAsync();
            return await IsClosedAsync(socket);
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionReset;
        }
    }

    public static async Task<bool> IsClosedAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]).WaitAsync(Limit) == 0;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionReset;
        }
    }
}
