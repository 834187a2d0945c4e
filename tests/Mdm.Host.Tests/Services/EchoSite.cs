using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mdm.Gsi.Client;
using Mdm.Gsi.Trust;
using Mdm.Host.Configuration;
using Mdm.Host.Door;
using Mdm.Host.Plugins;
using Mdm.Host.Services;
using Mdm.Host.Tests.Plugins;
using Mdm.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Services;

/// <summary>A port that is served as the host does it.</summary>
internal sealed class EchoSite : IAsyncDisposable
{
    private readonly TestGrid _grid;
    private readonly List<IAsyncDisposable> _owned = [];
    private GridDoor? _door;

    private EchoSite(TestGrid grid) => _grid = grid;

    public EchoService Service { get; } = new();

    public int Number { get; } = Here.FreePort();

    /// <summary>Where the trail is.</summary>
    public string Audit { get; private set; } = "";

    public static async Task<EchoSite> StartAsync(TestGrid grid, TemporaryDirectory directory, Func<ServiceOptions, ServiceOptions>? change = null, MaxTls newest = MaxTls.Tls13, bool hasDoor = true, TimeProvider? time = null)
    {
        var site = new EchoSite(grid);
        site.Audit = directory["audit-" + site.Number.ToString(CultureInfo.InvariantCulture)];
        var service = new ServiceOptions { Type = "echo", Port = site.Number, Address = IPAddress.Loopback };
        var door = new DoorOptions
        {
            HostName = "localhost",
            HostCertificateFile = grid.HostCertificate,
            HostKeyFile = grid.HostKey,
            CertificateDirectory = grid.CertificateDirectory,
            VomsDirectory = grid.VomsDirectory,
            MaxTls = newest,
        };
        var options = new HostOptions { Door = door, Services = new Dictionary<string, ServiceOptions> { ["echo"] = change?.Invoke(service) ?? service } };
        var configuration = new HostConfiguration(options, "/");
        var gridDoor = hasDoor ? new GridDoor(configuration, door, NullLoggerFactory.Instance, TimeProvider.System) : null;
        var offer = new Offer("test", OfferKind.GridService, "echo", typeof(EchoService), typeof(object), [], (_, _) => site.Service);
        var instances = await InstanceSet.CreateAsync([new PlannedInstance(OfferKind.GridService, "echo", "Services:echo", offer, new object())], Surroundings.Quiet());
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddLogging().AddSingleton(configuration).AddSingleton(instances).AddSingleton(time ?? TimeProvider.System)
            .AddSingleton(new AuditTrail(site.Audit, TimeProvider.System))
            .AddServicePorts(gridDoor is null ? null : gridDoor.AcceptAsync);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenForServices());
        var app = builder.Build();
        site._owned.AddRange([app, instances]);
        site._door = gridDoor;
        await app.StartAsync();
        return site;
    }

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Number);
        return socket;
    }

    /// <summary>TLS over a connection that has asked for it.</summary>
    public async Task<Stream> SecureAsync(Socket socket, GridCredential? credential)
    {
        using var trust = new TrustStore(new TrustOptions { CertificateDirectory = _grid.CertificateDirectory, ReloadInterval = TimeSpan.Zero }, NullLogger<TrustStore>.Instance);
        using var tls = new GridTlsClient(trust);
        using (credential)
            return await tls.AuthenticateAsync(new NetworkStream(socket), "localhost", credential);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned)
            await owned.DisposeAsync();
        _door?.Dispose();
    }
}
