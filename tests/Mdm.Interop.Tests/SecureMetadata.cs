using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Mdm.Gsi.Issuing;

namespace Mdm.Interop.Tests;

/// <summary>
/// A real host with the metadata protocol, and <c>openssl s_client</c> in front of it. TLS begins in the middle of that protocol, which s_client does not know: what comes before is said for it, byte for byte, and then its own
/// bytes go through.
/// </summary>
public sealed class SecureMetadata : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private HostProcess? _host;

    public TestGrid Grid { get; } = new();

    /// <summary>Where sessions stay on their connection.</summary>
    public int Port { get; } = Here.FreePort();

    /// <summary>The same store, where they are handed off after each command.</summary>
    public int HandingOffPort { get; } = Here.FreePort();

    public string? Missing { get; private set; }

    public async Task InitializeAsync()
    {
        try
        {
            Here.Tool("openssl");
        }
        catch (SkipException missing)
        {
            Missing = missing.Message;
            return;
        }
        _host = await HostProcess.StartAsync(Grid, configuration =>
        {
            configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Amga", "Mdm.Plugins.Lfc");
            configuration["Door"]!["MaxTls"] = "Tls13";
            configuration["Services"] = new JsonObject { ["staying"] = Service(Port, "No"), ["handing-off"] = Service(HandingOffPort, "Force") };
        });
        foreach (var port in (int[])[Port, HandingOffPort])
            await Here.UntilAsync(() => Here.AcceptsAsync(port), Limit, "the metadata server listens");

        // The host's Administrator makes what the others then ask for.
        var (_, output) = await AskAsync(Port, "ssl", Files(Grid.Physician), "0 NULL\n\ncreatedir /clinic\naddattr /clinic Modality varchar(16)\naddentry /clinic/e Modality MR\nacl_add /clinic /testvo/Role=physician rx\nquit\n");
        output.Should().Be(string.Concat(Enumerable.Repeat("0\n\u0004\u0004", 4)));

        static JsonObject Service(int port, string sessions) => new()
        {
            ["Type"] = "amga",
            ["Port"] = port,
            ["Options"] = new JsonObject
            {
                ["Store"] = "sqlite:amga.db",
                ["Administrators"] = new JsonArray("/DC=org/DC=testgrid/CN=Paula Physician"),
                ["Protocol"] = new JsonObject { ["Sessions"] = sessions },
            },
        };
    }

    public async Task DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
    }

    public void Dispose() => Grid.Dispose();

    public void Require() => Skip.If(Missing is not null, Missing);

    /// <summary>What the server says, within TLS, to that text; s_client verifies the server's certificate and name.</summary>
    /// <param name="port">Of the server.</param>
    /// <param name="option"><c>ssl</c> or <c>resumeSSL</c> with a number.</param>
    /// <param name="credential">Arguments of s_client.</param>
    /// <param name="text">Sent at once; ends with what makes the server close.</param>
    /// <param name="arguments">Further ones, as <c>-tls1_2</c>.</param>
    internal async Task<(string Log, string Output)> AskAsync(int port, string option, string[] credential, string text, params string[] arguments)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["typed"], text);
        var relaying = RelayAsync(listener, port, option);
        string[] client =
        [
            "-c", "exec openssl s_client \"$@\" < \"$0\" > \"$0.said\"", folder["typed"], "-connect", "127.0.0.1:" + ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture),
            "-quiet", "-servername", "localhost", "-verify_hostname", "localhost", "-verify_return_error", "-CApath", Grid.CertificateDirectory, .. credential, .. arguments,
        ];
        var (_, log) = await ChildProcess.RunAsync("/bin/sh", client, limit: Limit);
        await relaying.WaitAsync(Limit);
        return (log, await File.ReadAllTextAsync(folder["typed.said"]));
    }

    /// <summary>A proxy as s_client takes it: the certificate, its key, and the chain below the CA.</summary>
    internal string[] Files(IssuedCredential credential)
    {
        var file = Grid.WriteSecret($"{credential.Certificate.ExportCertificatePem()}\n{credential.KeyPem}");
        return credential.Issuers.IsEmpty ? ["-cert", file, "-key", file]
            : ["-cert", file, "-key", file, "-cert_chain", Grid.WriteSecret(string.Join('\n', credential.Issuers.Select(issuer => issuer.ExportCertificatePem())))];
    }

    private static async Task RelayAsync(TcpListener listener, int port, string option)
    {
        using var accepted = await listener.AcceptTcpClientAsync();
        using var connected = new TcpClient { NoDelay = true };
        await connected.ConnectAsync(IPAddress.Loopback, port);
        var (client, server) = (accepted.GetStream(), connected.GetStream());
        (await LineAsync(server)).Should().Be("AMGA Metadata Server (Medical Data Manager)");
        (await LineAsync(server)).Should().Be("Protocol 2");
        (await LineAsync(server)).Split(' ').Should().Contain("ssl");
        await server.WriteAsync(Encoding.ASCII.GetBytes(option + "\n\n"));
        (await LineAsync(server)).Should().Be("OK");
        await Task.WhenAll(CopyAsync(client, connected.Client, server), CopyAsync(server, accepted.Client, client));

        static async Task<string> LineAsync(NetworkStream stream)
        {
            var line = new StringBuilder();
            var one = new byte[1];
            while (await stream.ReadAsync(one) == 1 && one[0] != '\n')
                line.Append((char)one[0]);
            return line.ToString();
        }

        static async Task CopyAsync(NetworkStream from, Socket to, NetworkStream into)
        {
            try
            {
                await from.CopyToAsync(into);
                to.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // One of the two has gone.
            }
        }
    }
}
