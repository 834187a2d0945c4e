using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Mdm.Plugins.DicomWeb.Tests;

/// <summary>A request as it came.</summary>
/// <param name="Line">As <c>GET /path HTTP/1.1</c>.</param>
/// <param name="Headers">All lines.</param>
/// <param name="Subject">Of the client's certificate.</param>
internal sealed record ServedRequest(string Line, IReadOnlyList<string> Headers, string? Subject)
{
    public string Target => Line.Split(' ')[1];

    public string? Header(string name) => Headers.FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    public string? Argument(string name) => Target.Split('?', '&').FirstOrDefault(part => part.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}

/// <summary>An HTTP server that says exactly what a test wants it to say, byte for byte, one request a connection.</summary>
internal sealed class ArchiveServer : IAsyncDisposable
{
    private const int MaxHead = 64 * 1024;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<ServedRequest, Stream, CancellationToken, Task> _serve;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly List<Task> _serving = [];
    private readonly Task _accepting;
    private int _requests;

    public ArchiveServer(Func<ServedRequest, Stream, CancellationToken, Task> serve, SslServerAuthenticationOptions? tls = null)
    {
        (_serve, _tls) = (serve, tls);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Url => new($"{(_tls is null ? "http" : "https")}://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/dicom-web");

    public int Requests => _requests;

    public static byte[] Answer(string status, string? type, ReadOnlySpan<byte> body, string more = "") =>
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {body.Length}\r\n{(type is null ? "" : $"Content-Type: {type}\r\n")}{more}\r\n"), .. body];

    public static ArchiveServer Saying(byte[] answer) => new(async (_, stream, cancellationToken) => await stream.WriteAsync(answer, cancellationToken));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_serving);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                string? subject = null;
                if (_tls is not null)
                {
                    var tls = new SslStream(stream);
                    await tls.AuthenticateAsServerAsync(_tls, _stopping.Token);
                    (stream, subject) = (tls, tls.RemoteCertificate?.Subject);
                }

                var head = new StringBuilder();
                var one = new byte[1];
                while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && head.Length < MaxHead && await stream.ReadAsync(one, _stopping.Token) > 0)
                    head.Append((char)one[0]);
                var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
                if (lines.Length == 0)
                    return;
                Interlocked.Increment(ref _requests);
                await _serve(new ServedRequest(lines[0], lines[1..], subject), stream, _stopping.Token);
                await stream.FlushAsync(_stopping.Token);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                // The client had enough: that is what many of these tests are about.
                client.Close();
            }
        }
    }
}
