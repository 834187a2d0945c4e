using Mdm.Abstractions.Testing;
using Mdm.Gsi.Client;
using Mdm.Gsi.Issuing;
using Mdm.Gsi.Tests.Support;
using Mdm.Gsi.Trust;

namespace Mdm.Gsi.Tests;

/// <summary>What changes while a door is open. Each test has a grid of its own.</summary>
public sealed class RevocationTests : IDisposable
{
    private readonly TestGrid _grid = new();

    public void Dispose() => _grid.Dispose();

    [Fact]
    public async Task A_revoked_user_is_refused_on_a_connection_that_was_kept_open_and_let_in_again()
    {
        await using var door = await TestDoor.OpenAsync(_grid);
        using var proxy = ProxyIssuer.Issue(_grid.Alice);
        using var presented = GridCredential.From(proxy);
        using var client = new GridTlsClient(door.Trust);
        using var http = new HttpClient(GridHttp.CreateHandler(client, presented));
        var address = new Uri($"httpg://localhost:{door.Port}/who");
        (await http.GetStringAsync(address)).Should().Contain("Alice Tester");

        _grid.Ca.Revoke(_grid.Alice.Certificate);
        _grid.Ca.WriteTo(_grid.CertificateDirectory);
        await door.Server.ReloadAsync();
        (await http.GetStringAsync(address)).Should().StartWith("refused: certificate revoked: /DC=org/DC=gridlab/O=lab/CN=Alice Tester");
        door.Server.Connections.Should().Be(1, "it is the same connection");
        (await door.WhoAsync(proxy)).Should().StartWith("refused: certificate revoked");

        _grid.Ca.ForgetRevocations();
        _grid.Ca.WriteTo(_grid.CertificateDirectory);
        await door.Server.ReloadAsync();
        (await http.GetStringAsync(address)).Should().Contain("Alice Tester");
    }

    [Fact]
    public async Task A_changed_revocation_list_is_noticed_without_being_told()
    {
        await using var door = await TestDoor.OpenAsync(_grid, trustOptions: _grid.TrustOptions with { ReloadInterval = TimeSpan.FromMilliseconds(50) });
        (await door.WhoAsync(_grid.Alice)).Should().Contain("Alice Tester");
        _grid.Ca.Revoke(_grid.Alice.Certificate);
        _grid.Ca.WriteTo(_grid.CertificateDirectory);
        var answer = await Eventually.Async(() => door.WhoAsync(_grid.Alice), who => who.StartsWith("refused", StringComparison.Ordinal));
        answer.Should().StartWith("refused: certificate revoked");
    }

    [Fact]
    public async Task An_expired_proxy_is_refused_on_a_connection_that_was_kept_open()
    {
        var clock = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var door = await TestDoor.OpenAsync(_grid, clock);
        using var proxy = ProxyIssuer.Issue(_grid.Alice, new ProxyParameters { NotAfter = clock.GetUtcNow().AddMinutes(10) });
        using var presented = GridCredential.From(proxy);
        using var client = new GridTlsClient(door.Trust);
        using var http = new HttpClient(GridHttp.CreateHandler(client, presented));
        var address = new Uri($"https://localhost:{door.Port}/who");
        (await http.GetStringAsync(address)).Should().Contain("Alice Tester");
        clock.Advance(TimeSpan.FromMinutes(11));
        (await http.GetStringAsync(address)).Should().StartWith("refused: certificate has expired");
    }

    [Fact]
    public async Task Attributes_that_end_are_gone_on_a_connection_that_was_kept_open()
    {
        var clock = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var door = await TestDoor.OpenAsync(_grid, clock);
        var attributes = AttributeCertificateIssuer.Issue(_grid.Voms, _grid.Alice.Certificate, TestGrid.Attributes("/biomed") with { NotAfter = clock.GetUtcNow().AddMinutes(10) });
        using var proxy = ProxyIssuer.Issue(_grid.Alice, new ProxyParameters { AttributeCertificates = [attributes] });
        using var presented = GridCredential.From(proxy);
        using var client = new GridTlsClient(door.Trust);
        using var http = new HttpClient(GridHttp.CreateHandler(client, presented));
        var address = new Uri($"https://localhost:{door.Port}/who");
        (await http.GetStringAsync(address)).Should().Contain("fqans: /biomed\n");
        clock.Advance(TimeSpan.FromMinutes(11));
        (await http.GetStringAsync(address)).Should().Contain("Alice Tester").And.Contain("fqans: \n").And.Contain("the attribute certificate has expired");
    }

    [Fact]
    public async Task The_users_of_a_revoked_CA_are_refused()
    {
        using var sub = _grid.Ca.CreateSubordinate("/DC=org/DC=gridlab/CN=Sub CA", TimeSpan.FromDays(30));
        sub.WriteTo(_grid.CertificateDirectory);
        using var carol = sub.IssueUser("/DC=org/DC=gridlab/O=lab/CN=Carol Tester", TimeSpan.FromDays(1));
        using var proxy = ProxyIssuer.Issue(carol);
        await using var door = await TestDoor.OpenAsync(_grid);
        (await door.WhoAsync(proxy)).Should().Contain("Carol Tester");
        _grid.Ca.Revoke(sub.Certificate);
        _grid.Ca.WriteTo(_grid.CertificateDirectory);
        await door.Server.ReloadAsync();
        (await door.WhoAsync(proxy)).Should().StartWith("refused: certificate revoked: /DC=org/DC=gridlab/CN=Sub CA");
    }

    [Fact]
    public async Task Attributes_of_a_revoked_VOMS_server_are_ignored()
    {
        using var proxy = _grid.VomsProxy("/biomed");
        _grid.Ca.Revoke(_grid.Voms.Certificate);
        _grid.Ca.WriteTo(_grid.CertificateDirectory);
        await using var door = await TestDoor.OpenAsync(_grid);
        (await door.WhoAsync(proxy)).Should().Contain("Alice Tester").And.Contain("fqans: \n").And.Contain("the attribute certificate's signer is refused: certificate revoked");
    }

    [Fact]
    public async Task A_CA_without_revocation_list_is_a_matter_of_policy()
    {
        using var other = CertificateAuthority.Create("/DC=org/DC=young/CN=Young CA", TimeSpan.FromDays(1));
        other.WriteTo(_grid.CertificateDirectory, crlLifetime: TimeSpan.Zero);
        using var dave = other.IssueUser("/DC=org/DC=young/CN=Dave", TimeSpan.FromHours(12));
        await using (var strict = await TestDoor.OpenAsync(_grid))
            (await strict.WhoAsync(dave)).Should().StartWith("refused: no revocation list of the CA /DC=org/DC=young/CN=Young CA is installed here");
        await using (var lenient = await TestDoor.OpenAsync(_grid, trustOptions: _grid.TrustOptions with { MissingCrl = MissingCrlPolicy.Accept }))
        {
            (await lenient.WhoAsync(dave)).Should().Contain("subject: /DC=org/DC=young/CN=Dave\n");
            _grid.Ca.Revoke(_grid.Bob.Certificate);
            _grid.Ca.WriteTo(_grid.CertificateDirectory);
            await lenient.Server.ReloadAsync();
            (await lenient.WhoAsync(_grid.Bob)).Should().StartWith("refused: certificate revoked", "a list that is there counts");
        }
    }

    [Fact]
    public async Task A_CA_without_signing_policy_is_a_matter_of_policy()
    {
        foreach (var file in Directory.EnumerateFiles(_grid.CertificateDirectory).Where(f => f.EndsWith(".signing_policy", StringComparison.Ordinal) || f.EndsWith(".namespaces", StringComparison.Ordinal)).ToList())
            File.Delete(file);
        using var lenientTrust = new TrustStore(_grid.TrustOptions with { MissingSigningPolicy = MissingSigningPolicy.Accept }, Microsoft.Extensions.Logging.Abstractions.NullLogger<TrustStore>.Instance);
        using var client = new GridTlsClient(lenientTrust);
        using var presented = GridCredential.From(_grid.Alice);
        using var http = new HttpClient(GridHttp.CreateHandler(client, presented));
        await using (var strict = await TestDoor.OpenAsync(_grid))
            (await http.GetStringAsync(new Uri($"https://localhost:{strict.Port}/who"))).Should().StartWith("refused: no signing policy of the CA");
        await using (var lenient = await TestDoor.OpenAsync(_grid, trustOptions: _grid.TrustOptions with { MissingSigningPolicy = MissingSigningPolicy.Accept }))
            (await http.GetStringAsync(new Uri($"https://localhost:{lenient.Port}/who"))).Should().Contain("Alice Tester");
    }

    [Fact]
    public async Task A_namespaces_file_stands_in_for_a_signing_policy()
    {
        foreach (var file in Directory.EnumerateFiles(_grid.CertificateDirectory, "*.signing_policy").ToList())
            File.Delete(file);
        using var eve = _grid.Ca.IssueUser("/DC=com/DC=evil/CN=Eve", TimeSpan.FromDays(1));
        await using var door = await TestDoor.OpenAsync(_grid);
        (await door.WhoAsync(_grid.Alice)).Should().Contain("Alice Tester");
        (await door.WhoAsync(eve)).Should().StartWith("refused: the signing policy of the CA");
    }

    [Fact]
    public async Task A_new_host_certificate_serves_new_connections_and_a_broken_one_changes_nothing()
    {
        await using var door = await TestDoor.OpenAsync(_grid);
        File.WriteAllText(_grid.HostCertificateFile, "no certificate");
        await FluentActions.Awaiting(() => door.Server.ReloadAsync()).Should().ThrowAsync<IOException>();
        (await door.WhoAsync(_grid.Alice)).Should().Contain("Alice Tester");

        using var renamed = _grid.Ca.IssueHost("/DC=org/DC=gridlab/O=lab/CN=new", ["new.gridlab.org"], TimeSpan.FromDays(1));
        renamed.WriteFiles(_grid.HostCertificateFile, _grid.HostKeyFile);
        await door.Server.ReloadAsync();
        var refused = await FluentActions.Awaiting(() => door.WhoAsync(_grid.Alice)).Should().ThrowAsync<HttpRequestException>();
        refused.Which.InnerException!.Message.Should().Contain("its certificate is for another name");
    }

    [Fact]
    public async Task An_expired_revocation_list_refuses_the_users_of_its_CA()
    {
        var clock = new ManualTime(TimeProvider.System.GetUtcNow());
        using var lenient = new TrustStore(_grid.TrustOptions, Microsoft.Extensions.Logging.Abstractions.NullLogger<TrustStore>.Instance);
        using var client = new GridTlsClient(lenient);
        using var presented = GridCredential.From(_grid.Alice);
        using var http = new HttpClient(GridHttp.CreateHandler(client, presented));
        await using var door = await TestDoor.OpenAsync(_grid, clock);
        clock.Advance(TimeSpan.FromDays(2));
        (await http.GetStringAsync(new Uri($"https://localhost:{door.Port}/who"))).Should().StartWith("refused: the revocation list of the CA /DC=org/DC=gridlab/CN=Gridlab CA has expired");
    }
}
