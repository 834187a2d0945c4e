using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mdm.Gsi.Client;
using Mdm.Gsi.Issuing;
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

/// <summary>A protocol of a plugin's own on a real port, spoken to over real sockets.</summary>
public sealed class ServicePortsTests : IDisposable
{
    private const int BulkLength = 300_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TestGrid _grid = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _grid.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Is_plain_until_it_is_asked_for_more()
    {
        await using var site = await Site.StartAsync(_grid, _directory);
        using var client = await site.ConnectAsync();

        (await AskAsync(client, "who")).Should().Be("nobody at 127.0.0.1");
        (await AskAsync(client, "hello")).Should().Be("hello");
    }

    [Theory]
    [InlineData("Tls12")]
    [InlineData("Tls13")]
    public async Task Becomes_encrypted_on_the_same_connection_and_tells_who_is_calling(string newest)
    {
        await using var site = await Site.StartAsync(_grid, _directory, newest: Enum.Parse<MaxTls>(newest));
        using var socket = await site.ConnectAsync();
        (await AskAsync(socket, "before")).Should().Be("before");
        await socket.SendAsync("tls\n"u8.ToArray());

        await using var stream = await SecureAsync(socket, GridCredential.LoadProxy(_grid.PhysicianProxy));

        (await LineAsync(stream)).Should().Be("/DC=org/DC=testgrid/CN=Paula Physician /testvo/Role=physician,/testvo");
        (await AskAsync(stream, "after")).Should().Be("after");
        (await AskAsync(stream, "who")).Should().Be("/DC=org/DC=testgrid/CN=Paula Physician at 127.0.0.1");
    }

    [Fact]
    public async Task A_caller_without_a_certificate_is_nobody_over_TLS()
    {
        await using var site = await Site.StartAsync(_grid, _directory);
        using var socket = await site.ConnectAsync();
        await socket.SendAsync("tls\n"u8.ToArray());

        await using var stream = await SecureAsync(socket, null);

        (await LineAsync(stream)).Should().Be("anonymous");
        (await AskAsync(stream, "who")).Should().Be("nobody at 127.0.0.1");
    }

    [Fact]
    public async Task A_caller_whose_certificate_is_refused_is_told_why_over_TLS()
    {
        await using var site = await Site.StartAsync(_grid, _directory);
        using var foreign = CertificateAuthority.Create("/DC=org/DC=elsewhere/CN=Another CA", TimeSpan.FromDays(1));
        using var stranger = foreign.IssueUser("/DC=org/DC=elsewhere/CN=Nobody Known", TimeSpan.FromDays(1));
        using var socket = await site.ConnectAsync();
        await socket.SendAsync("tls\n"u8.ToArray());

        await using var stream = await SecureAsync(socket, GridCredential.From(stranger));

        (await LineAsync(stream)).Should().StartWith("refused: AccessDenied").And.Contain("Another CA");
        (await AskAsync(stream, "who")).Should().Be("nobody at 127.0.0.1");
    }

    [Fact]
    public async Task A_host_without_a_certificate_says_so()
    {
        await using var site = await Site.StartAsync(_grid, _directory, hasDoor: false);
        using var client = await site.ConnectAsync();

        (await AskAsync(client, "tls")).Should().StartWith("refused: Unsupported").And.Contain("Door");
    }

    [Fact]
    public async Task Urgent_data_is_told_each_time_and_is_no_part_of_the_rest()
    {
        await using var site = await Site.StartAsync(_grid, _directory);
        using var client = await site.ConnectAsync();
        using var bystander = await site.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync("wait\n"u8.ToArray());
            (await LineAsync(client)).Should().Be("waiting");
            (await client.SendAsync(new byte[] { 0x18 }, SocketFlags.OutOfBand)).Should().Be(1);
            (await LineAsync(client)).Should().Be("urgent");
        }
        (await AskAsync(client, "next")).Should().Be("next");
        (await AskAsync(bystander, "unmoved")).Should().Be("unmoved");
    }

    [Fact]
    public async Task Urgent_data_is_told_under_TLS_too()
    {
        await using var site = await Site.StartAsync(_grid, _directory);
        using var socket = await site.ConnectAsync();
        await socket.SendAsync("tls\n"u8.ToArray());
        await using var stream = await SecureAsync(socket, null);
        await LineAsync(stream);

        (await AskAsync(stream, "wait")).Should().Be("waiting");
        socket.Send([0x18], SocketFlags.OutOfBand).Should().Be(1);

        (await LineAsync(stream)).Should().Be("urgent");
        (await AskAsync(stream, "next")).Should().Be("next");
    }

    [Fact]
    public async Task A_search_is_in_the_trail_when_the_service_has_told_it()
    {
        await using var site = await Site.StartAsync(_grid, _directory);
        using var client = await site.ConnectAsync();
        (await AskAsync(client, "search")).Should().Be("told");
        using (var anonymous = JsonDocument.Parse(LastLine(site)))
        {
            anonymous.RootElement.TryGetProperty("subject", out _).Should().BeFalse();
            anonymous.RootElement.GetProperty("account").GetString().Should().Be("somebody");
            anonymous.RootElement.GetProperty("from").GetString().Should().Be("127.0.0.1");
            anonymous.RootElement.GetProperty("detail").GetString().Should().Be("echo");
        }
        await client.SendAsync("tls\n"u8.ToArray());
        await using var stream = await SecureAsync(client, GridCredential.LoadProxy(_grid.PhysicianProxy));
        await LineAsync(stream);

        (await AskAsync(stream, "search")).Should().Be("told");

        using var known = JsonDocument.Parse(LastLine(site));
        known.RootElement.GetProperty("subject").GetString().Should().Be("/DC=org/DC=testgrid/CN=Paula Physician");
        known.RootElement.GetProperty("attributes")[0].GetString().Should().Be("Modality");
        LastLine(site).Should().NotContain("DOE");
    }

    [Fact]
    public async Task A_search_that_cannot_be_written_down_is_refused_and_the_connection_stays()
    {
        await using var site = await Site.StartAsync(_grid, _directory);
        // A device that is always full stands where the files of these days would.
        foreach (var day in new[] { 0, 1 })
            File.CreateSymbolicLink(TrailFolder.FileOf(site.Audit, TimeProvider.System.GetUtcNow().AddDays(day)), "/dev/full");
        using var client = await site.ConnectAsync();

        (await AskAsync(client, "search")).Should().Be("refused: Unavailable");
        (await AskAsync(client, "next")).Should().Be("next");
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(null, 2)]
    public async Task One_connection_too_many_is_closed_and_room_is_there_again_when_one_ends(int? most, int? mostPerAddress)
    {
        await using var site = await Site.StartAsync(_grid, _directory, o => o with { MaxConnections = most, MaxConnectionsPerAddress = mostPerAddress });
        using var first = await site.ConnectAsync();
        (await AskAsync(first, "a")).Should().Be("a");
        using (var second = await site.ConnectAsync())
        {
            (await AskAsync(second, "b")).Should().Be("b");
            using var third = await site.ConnectAsync();
            (await IsClosedAsync(third)).Should().BeTrue();
        }
        await Here.UntilAsync(
            async () =>
            {
                try
                {
                    using var again = await site.ConnectAsync();
                    return await TryAskAsync(again, "c") == "c";
                }
                catch (SocketException)
                {
                    // Closed before it was quite open.
                    return false;
                }
            },
            Limit, "there is room again");
        (await AskAsync(first, "still")).Should().Be("still");
    }

    [Fact]
    public async Task A_connection_over_which_nothing_goes_is_closed()
    {
        await using var site = await Site.StartAsync(_grid, _directory, o => o with { IdleTimeout = TimeSpan.FromSeconds(1) });
        using var client = await site.ConnectAsync();
        (await AskAsync(client, "a")).Should().Be("a");

        (await IsClosedAsync(client)).Should().BeTrue();
    }

    [Fact]
    public async Task Who_has_no_more_to_say_still_gets_his_answer()
    {
        await using var site = await Site.StartAsync(_grid, _directory);
        using var client = await site.ConnectAsync();
        await client.SendAsync("one\ntwo\n"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);

        (await LineAsync(client)).Should().Be("one");
        (await LineAsync(client)).Should().Be("two");
        (await IsClosedAsync(client)).Should().BeTrue();
    }

    [Fact]
    public async Task Much_at_once_is_taken_whole()
    {
        await using var site = await Site.StartAsync(_grid, _directory);
        using var client = await site.ConnectAsync();
        var bulk = RandomNumberGenerator.GetBytes(BulkLength);
        await client.SendAsync("bulk\n"u8.ToArray());
        await client.SendAsync(bulk);

        (await LineAsync(client)).Should().Be(Convert.ToHexString(SHA256.HashData(bulk)));
    }

    [Fact]
    public async Task Who_leaves_ends_what_runs_for_him()
    {
        await using var site = await Site.StartAsync(_grid, _directory);
        using (var client = await site.ConnectAsync())
        {
            await client.SendAsync("wait\n"u8.ToArray());
            (await LineAsync(client)).Should().Be("waiting");
        }
        await site.Service.Cancelled.Task.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_plugin_that_throws_ends_its_connection_only()
    {
        await using var site = await Site.StartAsync(_grid, _directory);
        using var thrown = await site.ConnectAsync();
        using var other = await site.ConnectAsync();
        await thrown.SendAsync("throw\n"u8.ToArray());

        (await IsClosedAsync(thrown)).Should().BeTrue();
        (await AskAsync(other, "fine")).Should().Be("fine");
    }

    [Fact]
    public async Task Stops_in_order_while_connections_are_open()
    {
        var site = await Site.StartAsync(_grid, _directory);
        using var client = await site.ConnectAsync();
        await client.SendAsync("wait\n"u8.ToArray());
        (await LineAsync(client)).Should().Be("waiting");

        await site.DisposeAsync().AsTask().WaitAsync(Limit);

        (await IsClosedAsync(client)).Should().BeTrue();
        (await Here.AcceptsAsync(site.Number)).Should().BeFalse();
    }

    private async Task<Stream> SecureAsync(Socket socket, GridCredential? credential)
    {
        using var trust = new TrustStore(new TrustOptions { CertificateDirectory = _grid.CertificateDirectory, ReloadInterval = TimeSpan.Zero }, NullLogger<TrustStore>.Instance);
        using var tls = new GridTlsClient(trust);
        using (credential)
            return await tls.AuthenticateAsync(new NetworkStream(socket), "localhost", credential);
    }

    private static async Task<string> AskAsync(Socket socket, string line)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(line + "\n"));
        return await LineAsync(socket);
    }

    private static async Task<string?> TryAskAsync(Socket socket, string line)
    {
        try
        {
            return await AskAsync(socket, line);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static async Task<string> AskAsync(Stream stream, string line)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
        return await LineAsync(stream);
    }

    private static Task<string> LineAsync(Socket socket) => LineAsync(async one => await socket.ReceiveAsync(one));

    private static Task<string> LineAsync(Stream stream) => LineAsync(async one => await stream.ReadAsync(one));

    private static async Task<string> LineAsync(Func<Memory<byte>, Task<int>> read)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await read(one).WaitAsync(Limit) == 1 && one[0] != '\n')
            line.Add(one[0]);
        return Encoding.UTF8.GetString([.. line]);
    }

    private static string LastLine(Site site)
    {
        using var reader = new StreamReader(new FileStream(TrailFolder.Files(site.Audit)[^1], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
    }

    private static async Task<bool> IsClosedAsync(Socket socket)
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

    /// <summary>A port that is served as the host does it.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private readonly List<IAsyncDisposable> _owned = [];
        private GridDoor? _door;

        public EchoService Service { get; } = new();

        public int Number { get; } = Here.FreePort();

        /// <summary>Where the trail is.</summary>
        public string Audit { get; private set; } = "";

        public static async Task<Site> StartAsync(TestGrid grid, TemporaryDirectory directory, Func<ServiceOptions, ServiceOptions>? change = null, MaxTls newest = MaxTls.Tls13, bool hasDoor = true)
        {
            var site = new Site();
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
            builder.Services.AddLogging().AddSingleton(configuration).AddSingleton(instances).AddSingleton(TimeProvider.System)
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

        public async ValueTask DisposeAsync()
        {
            foreach (var owned in _owned)
                await owned.DisposeAsync();
            _door?.Dispose();
        }
    }

    /// <summary>Says back what is said, and a few things more.</summary>
    private sealed class EchoService : IGridService
    {
        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task ServeAsync(IGridConnection connection, CancellationToken cancellationToken)
        {
            while (await LineAsync(async one => await connection.Stream.ReadAsync(one, cancellationToken)) is { Length: > 0 } line)
            {
                var answer = line switch
                {
                    "who" => $"{connection.Caller?.Subject.ToString() ?? "nobody"} at {connection.RemoteAddress}",
                    "tls" => await AuthenticateAsync(connection, cancellationToken),
                    "wait" => await WaitAsync(connection, cancellationToken),
                    "search" => Search(connection),
                    "bulk" => await TakeBulkAsync(connection, cancellationToken),
                    "throw" => throw new InvalidOperationException("as asked"),
                    _ => line,
                };
                await connection.Stream.WriteAsync(Encoding.UTF8.GetBytes(answer + "\n"), cancellationToken);
            }
        }

        public ValueTask DisposeAsync() => default;

        private static string Search(IGridConnection connection)
        {
            try
            {
                connection.TellSearch(new AttributeSearch("somebody", ["Modality"], "find 'DOE^JANE'"));
                return "told";
            }
            catch (MdmException refusal)
            {
                return $"refused: {refusal.Kind}";
            }
        }

        private static async Task<string> TakeBulkAsync(IGridConnection connection, CancellationToken cancellationToken)
        {
            var bulk = new byte[BulkLength];
            var taken = 0;
            while (taken < bulk.Length && await connection.Stream.ReadAsync(bulk.AsMemory(taken, Math.Min(8192, bulk.Length - taken)), cancellationToken) is var count and > 0)
                taken += count;
            return Convert.ToHexString(SHA256.HashData(bulk.AsSpan(0, taken)));
        }

        private static async Task<string> AuthenticateAsync(IGridConnection connection, CancellationToken cancellationToken)
        {
            try
            {
                return await connection.AuthenticateAsync(cancellationToken) is { } caller ? $"{caller.Subject} {string.Join(',', caller.Fqans)}" : "anonymous";
            }
            catch (MdmException refusal)
            {
                return $"refused: {refusal.Kind} {refusal.Message}";
            }
        }

        private async Task<string> WaitAsync(IGridConnection connection, CancellationToken cancellationToken)
        {
            var urgent = connection.Urgent;
            await connection.Stream.WriteAsync("waiting\n"u8.ToArray(), cancellationToken);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(urgent, cancellationToken);
            try
            {
                await Task.Delay(Timeout.Infinite, either.Token);
            }
            catch (OperationCanceledException) when (urgent.IsCancellationRequested)
            {
                return "urgent";
            }
            catch (OperationCanceledException)
            {
                Cancelled.TrySetResult();
                throw;
            }
            return "never";
        }
    }
}
