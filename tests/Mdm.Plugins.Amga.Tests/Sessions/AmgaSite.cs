using System.Net;
using System.Net.Sockets;
using System.Text;
using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Formats.Amga;
using Mdm.Gsi.Client;
using Mdm.Gsi.Trust;
using Mdm.Host.Audit;
using Mdm.Host.Configuration;
using Mdm.Host.Door;
using Mdm.Host.Plugins;
using Mdm.Host.Services;
using Mdm.Plugins.Amga.Sessions;
using Mdm.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SessionOptions = Mdm.Plugins.Amga.Sessions.SessionOptions;

namespace Mdm.Plugins.Amga.Tests.Sessions;

/// <summary>The protocol with small commands, on a real port of the host's.</summary>
internal sealed class AmgaSite : IAsyncDisposable
{
    public const string Greeting = "ARDA Metadata Server 1.3.0\nProtocol 2\nplain ssl resume resumeSSL\n";

    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TestGrid _grid;
    private readonly TemporaryDirectory _directory = new();
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly TrustStore _trust;
    private readonly GridTlsClient _tls;
    private GridDoor _door = null!;

    private AmgaSite(TestGrid grid)
    {
        _grid = grid;
        _trust = new TrustStore(new TrustOptions { CertificateDirectory = grid.CertificateDirectory, ReloadInterval = TimeSpan.Zero }, NullLogger<TrustStore>.Instance);
        _tls = new GridTlsClient(_trust);
    }

    public SmallCommands Commands { get; } = new();

    public AmgaService Service { get; private set; } = null!;

    public Lines Log { get; } = new();

    /// <summary>Where the host's audit trail is.</summary>
    public string Audit => _directory["audit"];

    public int Port { get; } = Here.FreePort();

    public static async Task<AmgaSite> StartAsync(TestGrid grid, Action<SessionOptions>? change = null, bool hasTls13 = true, IAccounts? accounts = null, ICommandSource? commands = null, TimeProvider? time = null)
    {
        var site = new AmgaSite(grid);
        var options = new SessionOptions { Greeting = "ARDA Metadata Server 1.3.0" };
        change?.Invoke(options);
        site.Service = new AmgaService(options, accounts ?? site.Commands, commands ?? site.Commands, time ?? TimeProvider.System, new Logger<AmgaService>(site.Log));
        var door = new DoorOptions
        {
            HostName = "localhost",
            HostCertificateFile = grid.HostCertificate,
            HostKeyFile = grid.HostKey,
            CertificateDirectory = grid.CertificateDirectory,
            VomsDirectory = grid.VomsDirectory,
            ReloadInterval = TimeSpan.FromSeconds(1),
            MaxTls = hasTls13 ? MaxTls.Tls13 : MaxTls.Tls12,
        };
        var service = new ServiceOptions { Type = "amga", Port = site.Port, Address = IPAddress.Loopback };
        var configuration = new HostConfiguration(new Host.Configuration.HostOptions { Door = door, Services = new Dictionary<string, ServiceOptions> { ["amga"] = service } }, "/");
        site._door = new GridDoor(configuration, door, NullLoggerFactory.Instance, TimeProvider.System);
        var surroundings = new PluginSurroundings(NullLoggerFactory.Instance, TimeProvider.System, "/", (_, _, _) => throw new MdmException(MdmErrorKind.Unavailable, "no grid in this test"));
        var offer = new Offer("test", OfferKind.GridService, "amga", typeof(AmgaService), typeof(object), [], (_, _) => site.Service);
        var instances = await InstanceSet.CreateAsync([new PlannedInstance(OfferKind.GridService, "amga", "Services:amga", offer, new object())], surroundings);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddLogging().AddSingleton(configuration).AddSingleton(instances).AddSingleton(TimeProvider.System)
            .AddSingleton(new AuditTrail(site._directory["audit"], TimeProvider.System)).AddServicePorts(site._door.AcceptAsync);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenForServices());
        var app = builder.Build();
        site._owned.AddRange([app, instances]);
        await app.StartAsync();
        return site;
    }

    public async Task<Socket> SocketAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        return socket;
    }

    /// <summary>What comes back for these bytes, sent at once, up to the end of the connection.</summary>
    public async Task<string> ExchangeAsync(params byte[][] pieces)
    {
        using var socket = await SocketAsync();
        foreach (var piece in pieces)
        {
            await socket.SendAsync(piece);
            if (pieces.Length > 1)
                await Task.Yield();
        }
        return await RestAsync(new NetworkStream(socket));
    }

    public Task<string> ExchangeAsync(string text) => ExchangeAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>A client that has got as far as TLS.</summary>
    public async Task<Stream> SecureAsync(Socket socket, string? proxy, string option = "ssl")
    {
        var plain = new NetworkStream(socket, ownsSocket: true);
        (await TakeAsync(plain, Greeting.Length)).Should().Be(Greeting);
        await plain.WriteAsync(Encoding.ASCII.GetBytes(option + "\n\n"));
        (await TakeAsync(plain, 3)).Should().Be("OK\n");
        return await AuthenticateAsync(plain, proxy, default);
    }

    public AmgaClientOptions Client(string? proxy = null, bool isSecure = false) => new()
    {
        Connect = async token =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, Port, token);
            return new AmgaLink(new NetworkStream(socket, ownsSocket: true), b => socket.Send([b], SocketFlags.OutOfBand));
        },
        Secure = isSecure ? async (stream, token) => await AuthenticateAsync(stream, proxy, token) : null,
        Login = isSecure ? "NULL" : "root",
        Password = isSecure ? null : "pw",
    };

    public static async Task<string> TakeAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        var taken = 0;
        while (taken < count && await stream.ReadAsync(bytes.AsMemory(taken)).AsTask().WaitAsync(Limit) is var more and > 0)
            taken += more;
        return Encoding.UTF8.GetString(bytes, 0, taken);
    }

    /// <summary>Lets the service's time pass, a little at once, until this has come.</summary>
    public static Task PassAsync(ManualTime time, Task awaited) => Here.UntilAsync(
        () =>
        {
            if (!awaited.IsCompleted)
                time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(awaited.IsCompleted);
        },
        Limit, "the connection is closed");

    public static async Task<string> RestAsync(Stream stream)
    {
        var all = new MemoryStream();
        await stream.CopyToAsync(all).WaitAsync(Limit);
        return Encoding.UTF8.GetString(all.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned)
            await owned.DisposeAsync();
        _door.Dispose();
        _tls.Dispose();
        _trust.Dispose();
        _directory.Dispose();
    }

    private async Task<Stream> AuthenticateAsync(Stream plain, string? proxy, CancellationToken cancellationToken)
    {
        using var credential = proxy is null ? null : GridCredential.LoadProxy(proxy);
        return await _tls.AuthenticateAsync(plain, "localhost", credential, cancellationToken: cancellationToken);
    }

    /// <summary>What the service logs.</summary>
    internal sealed class Lines : ILoggerFactory, ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> All { get; } = new();

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => All.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
