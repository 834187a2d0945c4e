using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mdm.TestKit;

namespace Mdm.Cli.Tests.Metadata;

/// <summary>A metadata server that says what it is told to, on open connections or with a certificate, and the home of a user whose <c>mdclient.config</c> leads to it.</summary>
internal sealed class MetadataDouble : IAsyncDisposable
{
    /// <summary>How an answer without rows ends.</summary>
    public const string Done = "0\n\u0004\u0004";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _heard = [];
    private readonly TemporaryDirectory _home = new();
    private readonly Func<string, string?> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly Task _serving;

    /// <param name="answer">What is said to a line; null is silence.</param>
    /// <param name="certificate">Its own, for TLS; null for open connections.</param>
    public MetadataDouble(Func<string, string?> answer, X509Certificate2? certificate = null)
    {
        (_answer, _certificate) = (answer, certificate);
        _listener.Start();
        File.WriteAllText(_home[".mdclient.config"], $"Host = 127.0.0.1\nPort = {Port}\nUseSSL = no\n");
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The lines of all connections after the login.</summary>
    public IEnumerable<string> Heard => _heard;

    /// <summary>An answer of rows.</summary>
    public static string Rows(params string[] rows) => $"0\n{string.Concat(rows.Select(row => row + "\n"))}\u0004\u0004";

    /// <summary>What one call says; its standard input is <paramref name="script"/>.</summary>
    public async Task<(int Code, string Output, string Error)> RunAsync(string script, bool isTerminal, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(output, error, null, () => Command.NoEnvironment)
        {
            Lines = new StringReader(script),
            IsOutputTerminal = isTerminal,
            Variable = name => name == "HOME" ? _home.Path : null,
        };
        var code = await MdmCommand.RunAsync(arguments, terminal);
        return (code, output.ToString(), error.ToString());
    }

    public Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => RunAsync(string.Empty, isTerminal: false, arguments);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
        _home.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await AnswerAsync(client.GetStream());
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(Stream stream)
    {
        var lines = new StreamReader(stream, Encoding.UTF8);
        await SayAsync("Double\nProtocol 2\nplain ssl\n");
        await PassBlockAsync();
        await SayAsync("OK\n");
        if (_certificate is not null)
        {
            // Whoever connects waited for that: nothing of what it says is read ahead.
            var secure = new SslStream(stream);
            await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
            (stream, lines) = (secure, new StreamReader(secure, Encoding.UTF8));
        }
        await PassBlockAsync();
        while (await lines.ReadLineAsync(_stop.Token) is { } line && line != "quit")
        {
            _heard.Enqueue(line);
            if (_answer(line) is { } answer)
                await SayAsync(answer);
        }

        async Task PassBlockAsync()
        {
            while (await lines.ReadLineAsync(_stop.Token) is { Length: > 0 })
                continue;
        }

        async Task SayAsync(string text) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text), _stop.Token);
    }
}
