using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Services;
using Mdm.Plugins.Dicom.UpperLayer;

namespace Mdm.Plugins.Dicom.Tests.UpperLayer;

public class AssociationTests
{
    private static readonly ContextProposal[] Echo = [new(SopClasses.Verification, [TransferSyntax.ImplicitLittleEndianUid])];

    [Fact]
    public async Task Echoes_over_mutual_TLS()
    {
        using var server = Certificate("CN=localhost");
        using var client = Certificate("CN=mdm");
        await using var peer = new Acceptor(new SslServerAuthenticationOptions
        {
            ServerCertificate = server,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null && certificate.Subject == "CN=mdm",
        });
        var tls = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificates = [client],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null && certificate.Subject == "CN=localhost",
        };

        await using var association = await Negotiation.RequestAsync(new DicomPeer("127.0.0.1", peer.Port, "PEER", "MDM", tls), Echo, AssociationOptions.Default, CancellationToken.None);
        await ServiceUser.EchoAsync(association, CancellationToken.None);
        await ServiceUser.EchoAsync(association, CancellationToken.None);
        await association.ReleaseAsync(CancellationToken.None);
        association.IsOpen.Should().BeFalse();
    }

    [Fact]
    public async Task Refuses_a_peer_whose_certificate_is_not_trusted()
    {
        using var server = Certificate("CN=localhost");
        await using var peer = new Acceptor(new SslServerAuthenticationOptions { ServerCertificate = server });
        var request = async () => await Negotiation.RequestAsync(
            new DicomPeer("127.0.0.1", peer.Port, "PEER", "MDM", new SslClientAuthenticationOptions { TargetHost = "localhost" }), Echo, AssociationOptions.Default, CancellationToken.None);
        (await request.Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Unavailable);
    }

    [Fact]
    public async Task A_silent_peer_is_given_up_in_time()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var options = AssociationOptions.Default with { NegotiationTimeout = TimeSpan.FromMilliseconds(300) };
        var request = async () => await Negotiation.RequestAsync(new DicomPeer("127.0.0.1", ((IPEndPoint)listener.LocalEndPoint!).Port, "PEER", "MDM"), Echo, options, CancellationToken.None);
        (await request.Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Unavailable);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1024u)]
    [InlineData(4096u)]
    public async Task A_message_of_any_length_arrives_whole_whatever_the_PDU(uint maxPdu)
    {
        await using var peer = new Acceptor(null, AssociationOptions.Default with { MaxPduLength = maxPdu == 0 ? 131072 : (int)maxPdu });
        await using var association = await Negotiation.RequestAsync(new DicomPeer("127.0.0.1", peer.Port, "PEER", "MDM"), Echo, AssociationOptions.Default, CancellationToken.None);
        foreach (var length in new[] { 1, 2, 1017, 1018, 1019, 4090, 4096, 131066, 131072, 300_001 })
        {
            var data = RandomNumberGenerator.GetBytes(length);
            var command = new AttributeSet().Set(Tags.CommandField, Dimse.StoreRequest).Set(Tags.MessageId, (ushort)1);
            await association.SendAsync(association.Contexts[0], command, data, CancellationToken.None);
            var answer = await association.ReceiveAsync(CancellationToken.None);
            var back = new MemoryStream();
            await answer!.DataSet!.CopyToAsync(back);
            back.ToArray().Should().Equal(data);
        }
    }

    [Fact]
    public async Task Rubbish_instead_of_an_association_ends_the_connection()
    {
        await using var peer = new Acceptor(null);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, peer.Port);
        await socket.SendAsync("GET / HTTP/1.1\r\nHost: pacs\r\n\r\n"u8.ToArray());
        var read = await socket.ReceiveAsync(new byte[100]).WaitAsync(TimeSpan.FromSeconds(60)).ContinueWith(task => task.IsCompletedSuccessfully ? task.Result : 0, TaskScheduler.Default);
        read.Should().Be(0);
        (await peer.FailureAsync()).Kind.Should().Be(MdmErrorKind.Refused, "the length of that PDU is beyond the limit");
    }

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddMinutes(-5), now.AddHours(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }

    /// <summary>Accepts one association, answers C-ECHO, and sends everything else back.</summary>
    private sealed class Acceptor : IAsyncDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly Task _serving;

        public Acceptor(SslServerAuthenticationOptions? tls, AssociationOptions? options = null)
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(1);
            _serving = ServeAsync(tls, options ?? AssociationOptions.Default);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        public async Task<MdmException> FailureAsync() =>
            (await ((Func<Task>)(() => _serving.WaitAsync(TimeSpan.FromSeconds(60)))).Should().ThrowAsync<MdmException>()).Which;

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await _serving.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        private async Task ServeAsync(SslServerAuthenticationOptions? tls, AssociationOptions options)
        {
            var socket = await _listener.AcceptAsync();
            var contexts = (AssociateRequest request) => new AcceptDecision(null, [.. request.Contexts.Select(context => new ContextAnswer(context.Id, ContextResult.Accepted, context.TransferSyntaxes[0]))]);
            await using var association = await Negotiation.AcceptAsync(socket, contexts, tls, options, CancellationToken.None);
            while (await association!.ReceiveAsync(CancellationToken.None) is { } message)
            {
                if (message.DataSet is { } dataSet)
                {
                    var data = new MemoryStream();
                    await dataSet.CopyToAsync(data);
                    await association.SendAsync(message.Context, new AttributeSet().Set(Tags.CommandField, Dimse.StoreResponse), data.ToArray(), CancellationToken.None);
                }
                else
                {
                    await ServiceProvider.AnswerEchoAsync(association, message, CancellationToken.None);
                }
            }
        }
    }
}
