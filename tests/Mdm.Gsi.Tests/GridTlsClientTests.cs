using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Mdm.Abstractions;
using Mdm.Gsi.Client;
using Mdm.Gsi.Issuing;
using Mdm.Gsi.Native;
using Mdm.Gsi.Tests.Support;

namespace Mdm.Gsi.Tests;

/// <summary>Whom our client does not talk to.</summary>
public sealed class GridTlsClientTests : IDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly TestGrid _grid = new();

    public void Dispose() => _grid.Dispose();

    [Fact]
    public async Task A_host_of_an_unknown_CA_is_refused()
    {
        using var other = CertificateAuthority.Create("/DC=org/DC=elsewhere/CN=Other CA", Day);
        using var host = other.IssueHost("/DC=org/DC=elsewhere/CN=localhost", ["localhost"], Day);
        await IsRefusedAsync(host, "the certificate's issuer is not a CA that is trusted here");
    }

    [Fact]
    public async Task A_revoked_host_is_refused()
    {
        using var host = _grid.Ca.IssueHost("/DC=org/DC=gridlab/O=lab/CN=localhost", ["localhost"], Day);
        _grid.Ca.Revoke(host.Certificate);
        _grid.Ca.WriteTo(_grid.CertificateDirectory);
        await IsRefusedAsync(host, "certificate revoked");
    }

    [Fact]
    public async Task A_host_name_in_the_subject_alone_is_refused()
    {
        using var host = _grid.Ca.IssueHost("/DC=org/DC=gridlab/O=lab/CN=localhost", ["other.gridlab.org"], Day);
        await IsRefusedAsync(host, "its certificate is for another name");
    }

    [Fact]
    public async Task A_user_certificate_is_no_host()
    {
        using var user = _grid.Ca.IssueUser("/DC=org/DC=gridlab/O=lab/CN=localhost", Day);
        await IsRefusedAsync(user, "The host localhost is refused");
    }

    [Fact]
    public async Task A_proxy_is_no_host_even_of_one()
    {
        using var host = _grid.Ca.IssueHost("/DC=org/DC=gridlab/O=lab/CN=localhost", ["localhost"], Day);
        using var proxy = ProxyIssuer.Issue(host);
        await IsRefusedAsync(proxy, "proxy certificates are not allowed here");
    }

    [Fact]
    public async Task A_credential_that_has_ended_is_not_even_tried()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var proxy = ProxyIssuer.Issue(_grid.Alice, new ProxyParameters { NotBefore = now.AddHours(-2), NotAfter = now.AddMinutes(-1) });
        await using var door = await TestDoor.OpenAsync(_grid);
        var refused = await FluentActions.Awaiting(() => door.WhoAsync(proxy)).Should().ThrowAsync<HttpRequestException>();
        refused.Which.InnerException.Should().BeOfType<MdmException>().Which.Message.Should().Contain("make a new proxy");
    }

    [Fact]
    public async Task Nobody_at_the_port_is_said_to_be_unavailable()
    {
        using var trust = _grid.OpenTrust();
        using var client = new GridTlsClient(trust);
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        var refused = await FluentActions.Awaiting(() => client.ConnectAsync("localhost", port, null)).Should().ThrowAsync<MdmException>();
        refused.Which.Kind.Should().Be(MdmErrorKind.Unavailable);
    }

    [Fact]
    public async Task A_connection_of_any_protocol_is_upgraded_and_ends_in_order()
    {
        await using var door = await TestDoor.OpenAsync(_grid);
        using var client = new GridTlsClient(door.Trust);
        using var alice = GridCredential.From(_grid.Alice);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        await using var stream = await client.AuthenticateAsync(tcp.GetStream(), "localhost", alice);
        using var reader = new StreamReader(stream);
        (await reader.ReadToEndAsync()).Should().Be("/DC=org/DC=gridlab/O=lab/CN=Alice Tester");
        await serving;

        async Task ServeAsync()
        {
            using var accepted = await listener.AcceptTcpClientAsync();
            var transport = new DuplexPipe(PipeReader.Create(accepted.GetStream()), PipeWriter.Create(accepted.GetStream()));
            await using var connection = await door.Server.AcceptAsync(transport);
            await connection.Stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(connection.Peer!.Identity.Subject.ToString()));
        }
    }

    private async Task IsRefusedAsync(IssuedCredential host, string why)
    {
        host.WriteFiles(_grid.HostCertificateFile, _grid.HostKeyFile);
        await using var door = await TestDoor.OpenAsync(_grid);
        using var client = new GridTlsClient(door.Trust);
        var refused = await FluentActions.Awaiting(() => client.ConnectAsync("localhost", door.Port, null)).Should().ThrowAsync<MdmException>();
        refused.Which.Kind.Should().Be(MdmErrorKind.Refused);
        refused.Which.Message.Should().Contain(why);
        door.Seen.Should().BeEmpty();
    }
}
