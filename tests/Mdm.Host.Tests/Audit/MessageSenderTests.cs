#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mdm.Host.Configuration;
using Mdm.Host.Tests.Doubles;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Audit;

public sealed class MessageSenderTests : IAsyncLifetime
{
    private static readonly AuditSource Source = new("mdm.hospital.example", null, 1);

    private readonly TrailBench _bench = new();
    private readonly TestGrid _grid = new();
    private readonly int _port = Here.FreePort();
    private readonly List<MessageSender> _senders = [];
    private readonly List<IAsyncDisposable> _receivers = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var sender in _senders)
            await StopAsync(sender);
        foreach (var receiver in _receivers)
            await receiver.DisposeAsync();
        _bench.Dispose();
        _grid.Dispose();
    }

    [Fact]
    public async Task What_happens_is_told_over_TLS_with_both_ends_certificates()
    {
        var receiver = Receive();
        await StartAsync();
        Happen(3);

        await Eventually.HoldsAsync(() => receiver.Messages.Count >= 3, "three messages came");
        receiver.Lines.Should().Equal(1, 2, 3);
        receiver.SenderName.Should().Contain("localhost");
        receiver.Messages.Should().AllSatisfy(message => AuditSchema.Valid(Encoding.UTF8.GetBytes(message[(message.IndexOf('\ufeff', StringComparison.Ordinal) + 1)..])));
    }

    [Fact]
    public async Task A_receiver_that_was_down_gets_all_that_happened()
    {
        await StartAsync();
        Happen(600);
        var receiver = Receive();

        await Eventually.HoldsAsync(() => receiver.Messages.Count >= 600, "all messages came");
        receiver.Lines.Should().Equal(Enumerable.Range(1, 600).Select(n => (long)n));
    }

    [Fact]
    public async Task A_connection_that_is_reset_in_the_middle_loses_nothing()
    {
        var receiver = Receive();
        receiver.ResetAfter.Enqueue(30_000);
        receiver.ResetAfter.Enqueue(90_001);
        await StartAsync();
        Happen(600);

        await Eventually.HoldsAsync(() => receiver.Lines.Distinct().Count() >= 600, "every line was told of");
        receiver.Connections.Should().BeGreaterThan(2);
    }

    [Fact]
    public async Task A_receiver_that_takes_nothing_holds_nobody_up()
    {
        var receiver = Receive();
        receiver.IsAsleep = true;
        await StartAsync();
        await Eventually.HoldsAsync(() => receiver.Connections > 0, "it is connected");
        // The trail does not wait for it: all of this is written while nothing is taken.
        await Task.Run(() => Happen(20_000)).WaitAsync(TimeSpan.FromMinutes(2));
        receiver.Messages.Should().BeEmpty();

        receiver.IsAsleep = false;
        await Eventually.HoldsAsync(() => receiver.Messages.Count >= 20_000, "all messages came");
    }

    [Fact]
    public async Task Another_process_goes_on_where_the_first_ended()
    {
        var receiver = Receive();
        var first = await StartAsync();
        Happen(10);
        await Eventually.HoldsAsync(() => receiver.Messages.Count >= 10, "all messages came");
        await Eventually.HoldsAsync(() => first.Sent == 10, "the sender knows");
        await StopAsync(first);
        _senders.Remove(first);
        Happen(5);
        await StartAsync();

        await Eventually.HoldsAsync(() => receiver.Lines.Contains(15), "the last message came");
        // What was sent shortly before may come twice; nothing may be missing.
        receiver.Lines.Distinct().Should().BeEquivalentTo(Enumerable.Range(1, 15).Select(n => (long)n));
    }

    [Fact]
    public async Task What_is_too_much_is_given_up_the_oldest_first_counted_and_told()
    {
        Happen(500);
        var receiver = Receive();
        await StartAsync(maxBacklog: 100);

        await Eventually.HoldsAsync(() => receiver.Lines.Contains(501), "the loss was told");
        receiver.Lines.Should().Equal(Enumerable.Range(401, 101).Select(n => (long)n));
        receiver.Messages.Last().Should().Contain("csd-code=\"110133\"").And.Contain("400 messages up to line 400 were not sent");
        _bench.Lines.Should().HaveCount(501, "the trail has them all");
    }

    [Fact]
    public async Task A_receiver_that_the_trusted_authorities_do_not_know_is_told_nothing()
    {
        using var elsewhere = new TestGrid();
        var receiver = Receive(elsewhere);
        await StartAsync();
        Happen(3);
        await Eventually.HoldsAsync(() => receiver.Handshakes >= 2, "it was tried and tried again");

        receiver.Messages.Should().BeEmpty();
    }

    [Fact]
    public async Task Over_UDP_each_datagram_is_a_message()
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        await StartAsync(new AuditOptions { Receiver = new Uri($"udp://127.0.0.1:{((IPEndPoint)socket.Client.LocalEndPoint!).Port}") });
        Happen(2);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var n = 1; n <= 2; n++)
        {
            var text = Encoding.UTF8.GetString((await socket.ReceiveAsync(limit.Token)).Buffer);
            text.Should().StartWith("<85>1 ");
            SyslogReceiver.LineOf(text).Should().Be(n);
        }
    }

    private void Happen(int count)
    {
        for (var i = 0; i < count; i++)
            _bench.Trail.Transferring(TrailBench.Alice, TrailBench.Entry("/grid/a"), new AuditDisclosure("basic", "sealed"), 1);
    }

    private SyslogReceiver Receive(TestGrid? grid = null)
    {
        grid ??= _grid;
        using var pem = X509Certificate2.CreateFromPemFile(grid.HostCertificate, grid.HostKey);
        var receiver = new SyslogReceiver(X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null), _port);
        _receivers.Add(receiver);
        return receiver;
    }

    private async Task<MessageSender> StartAsync(AuditOptions? options = null, long maxBacklog = 1_000_000)
    {
        options ??= new AuditOptions
        {
            Receiver = new Uri($"tls://127.0.0.1:{_port}"),
            TargetHost = "localhost",
            TrustFile = Directory.EnumerateFiles(_grid.CertificateDirectory, "*.0").First(),
            CertificateFile = _grid.HostCertificate,
            KeyFile = _grid.HostKey,
        };
        var sender = new MessageSender(_bench.Trail, new ReceiverDialer(options, path => path), Source, maxBacklog, TimeProvider.System, NullLogger<MessageSender>.Instance);
        _senders.Add(sender);
        await sender.StartAsync(CancellationToken.None);
        return sender;
    }

    private static async Task StopAsync(MessageSender sender)
    {
        await sender.StopAsync(CancellationToken.None);
        sender.Dispose();
    }
}
