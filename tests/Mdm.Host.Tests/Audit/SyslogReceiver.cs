using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Xml.Linq;

namespace Mdm.Host.Tests.Audit;

/// <summary>A receiver over TLS (RFC 5425) that does to its senders what it is told.</summary>
internal sealed class SyslogReceiver : IAsyncDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public SyslogReceiver(X509Certificate2 certificate, int port)
    {
        _certificate = certificate;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Whole messages, in order.</summary>
    public ConcurrentQueue<string> Messages { get; } = new();

    /// <summary>Numbers of the lines they tell of.</summary>
    public IReadOnlyList<long> Lines => [.. Messages.Select(LineOf)];

    /// <summary>Connections that came, whatever became of them.</summary>
    public int Handshakes { get; private set; }

    /// <summary>Connections that got through the handshake.</summary>
    public int Connections { get; private set; }

    /// <summary>The common name that the sender showed.</summary>
    public string? SenderName { get; private set; }

    /// <summary>After so many bytes a connection is reset; for as many connections as there are numbers.</summary>
    public ConcurrentQueue<int> ResetAfter { get; } = new();

    /// <summary>Nothing is read while this holds.</summary>
    public bool IsAsleep { get; set; }

    public static long LineOf(string message)
    {
        var xml = XElement.Parse(message[(message.IndexOf('\ufeff', StringComparison.Ordinal) + 1)..]);
        var detail = xml.Descendants("ParticipantObjectDetail").FirstOrDefault(d => d.Attribute("type")!.Value == "line");
        return detail is null ? 0 : long.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(detail.Attribute("value")!.Value)), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                serving.Add(ServeAsync(client));
            }
        }
        // Not listening any more: it was stopped between two of them.
        catch (Exception over) when (over is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var closing = socket;
        Handshakes++;
        try
        {
            await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: false), false, (_, certificate, _, _) =>
            {
                SenderName = certificate?.Subject;
                return certificate is not null;
            });
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate, ClientCertificateRequired = true }, _stop.Token);
            Connections++;
            int? limit = ResetAfter.TryDequeue(out var bytes) ? bytes : null;
            if (!await ReadAsync(tls, limit))
                socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception over) when (over is OperationCanceledException or IOException or AuthenticationException)
        {
            // The sender left, or the test is over.
        }
    }

    /// <summary>False when it had as much as it was to take.</summary>
    private async Task<bool> ReadAsync(SslStream tls, int? limit)
    {
        var buffer = new List<byte>();
        var piece = new byte[4096];
        var total = 0;
        while (true)
        {
            while (IsAsleep)
                await Task.Delay(20, _stop.Token);
            var count = await tls.ReadAsync(piece, _stop.Token);
            if (count == 0)
                return true;
            total += count;
            if (total > limit)
                return false;
            buffer.AddRange(piece.AsSpan(0, count));
            Take(buffer);
        }
    }

    // RFC 5425 §4.3: MSG-LEN SP SYSLOG-MSG.
    private void Take(List<byte> buffer)
    {
        while (buffer.IndexOf((byte)' ') is var space and > 0)
        {
            var length = int.Parse(Encoding.ASCII.GetString([.. buffer[..space]]), System.Globalization.CultureInfo.InvariantCulture);
            if (buffer.Count < space + 1 + length)
                return;
            Messages.Enqueue(Encoding.UTF8.GetString([.. buffer.GetRange(space + 1, length)]));
            buffer.RemoveRange(0, space + 1 + length);
        }
    }
}
