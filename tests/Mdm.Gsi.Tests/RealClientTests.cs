using Mdm.Gsi.Client;
using Mdm.Gsi.Issuing;
using Mdm.Gsi.Server;
using Mdm.Gsi.Tests.Support;

namespace Mdm.Gsi.Tests;

/// <summary>Clients that we did not write, against our side of the connection.</summary>
public sealed class RealClientTests : IClassFixture<TestGrid>
{
    private readonly TestGrid _grid;

    public RealClientTests(TestGrid grid) => _grid = grid;

    [SkippableTheory]
    [InlineData("--tlsv1.2", "1.2")]
    [InlineData("--tlsv1.3", "1.3")]
    public async Task Curl_with_a_VOMS_proxy_is_known(string version, string maximum)
    {
        Skip.IfNot(RealProgram.IsInstalled("curl"), "curl is not installed");
        await using var door = await TestDoor.OpenAsync(_grid);
        var proxy = _grid.ProxyFile(_grid.VomsProxy("/biomed/Role=physician", "/biomed"), $"curl{maximum}.pem");
        var (code, output) = await RealProgram.RunAsync("curl", ["-sS", version, "--tls-max", maximum, "--capath", _grid.CertificateDirectory, "--cert", proxy, "--key", proxy, $"https://localhost:{door.Port}/who"], _grid);
        code.Should().Be(0, output);
        output.Should().Contain("subject: /DC=org/DC=gridlab/O=lab/CN=Alice Tester\n").And.Contain("fqans: /biomed/Role=physician /biomed\n").And.Contain("httpg: False").And.Contain("scheme: https");
    }

    [SkippableFact]
    public async Task Curl_without_a_certificate_is_served_and_nobody()
    {
        Skip.IfNot(RealProgram.IsInstalled("curl"), "curl is not installed");
        await using var door = await TestDoor.OpenAsync(_grid);
        var (code, output) = await RealProgram.RunAsync("curl", ["-sS", "--capath", _grid.CertificateDirectory, $"https://localhost:{door.Port}/who"], _grid);
        code.Should().Be(0, output);
        output.Should().StartWith("refused: no client certificate was presented");
    }

    [SkippableTheory]
    [InlineData(TlsVersion.Tls12)]
    [InlineData(TlsVersion.Tls13)]
    public async Task Gfal_is_known_over_httpg(TlsVersion newest)
    {
        Skip.IfNot(RealProgram.IsInstalled("gfal-ls"), "gfal2 is not installed");
        await using var door = await TestDoor.OpenAsync(_grid, change: o => o with { MaxTls = newest });
        var proxy = _grid.ProxyFile(_grid.VomsProxy("/biomed"), $"gfal{newest}.pem");
        // What answers here is no SRM: what counts is that the request came through, and from whom.
        await RealProgram.RunAsync("gfal-ls", [$"srm://localhost:{door.Port}/srm/managerv2?SFN=/x"], _grid, proxy);
        door.Seen.Should().Contain(r => r.StartsWith("POST /srm/managerv2\nsubject: /DC=org/DC=gridlab/O=lab/CN=Alice Tester\nfqans: /biomed\n", StringComparison.Ordinal) && r.Contains("httpg: True", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task ARC_is_known_over_httpg()
    {
        Skip.IfNot(RealProgram.IsInstalled("arcls"), "the ARC client is not installed");
        await using var door = await TestDoor.OpenAsync(_grid);
        var proxy = _grid.ProxyFile(_grid.VomsProxy("/biomed"), "arc.pem");
        await RealProgram.RunAsync("arcls", [$"srm://localhost:{door.Port}/srm/managerv2?SFN=/x"], _grid, proxy);
        door.Seen.Should().Contain(r => r.StartsWith("POST /srm/managerv2\nsubject: /DC=org/DC=gridlab/O=lab/CN=Alice Tester\nfqans: /biomed\n", StringComparison.Ordinal) && r.Contains("httpg: True", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Davix_fetches_a_large_file()
    {
        Skip.IfNot(RealProgram.IsInstalled("davix-get"), "davix is not installed");
        await using var door = await TestDoor.OpenAsync(_grid);
        var proxy = _grid.ProxyFile(ProxyIssuer.Issue(_grid.Alice), "davix.pem");
        var target = At("davix.out");
        var (code, output) = await RealProgram.RunAsync("davix-get", ["--cert", proxy, "--key", proxy, "--capath", _grid.CertificateDirectory, $"https://localhost:{door.Port}/bytes/20000001", target], _grid);
        code.Should().Be(0, output);
        new FileInfo(target).Length.Should().Be(20_000_001);
        door.Seen.Should().Contain(r => r.StartsWith("GET /bytes/20000001\nsubject: /DC=org/DC=gridlab/O=lab/CN=Alice Tester\n", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task OpenSSL_gets_exactly_one_ticket_and_never_resumes()
    {
        Skip.IfNot(RealProgram.IsInstalled("openssl"), "openssl is not installed");
        await using var door = await TestDoor.OpenAsync(_grid);
        var session = Path.Combine(_grid.Root, "session.pem");
        string[] connect = ["s_client", "-connect", $"localhost:{door.Port}", "-CApath", _grid.CertificateDirectory, "-verify_return_error", "-tls1_3"];
        var (_, first) = await RealProgram.RunAsync("openssl", [.. connect, "-msg", "-sess_out", session, "-ign_eof"], _grid, input: "GET /who HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        first.Split("NewSessionTicket").Length.Should().Be(2, first);
        first.Should().Contain("refused: no client certificate was presented");
        var (_, second) = await RealProgram.RunAsync("openssl", [.. connect, "-sess_in", session, "-ign_eof"], _grid, input: "GET /who HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        second.Should().Contain("New, TLSv1.3").And.NotContain("Reused, TLSv1.3").And.Contain("refused: no client certificate was presented");
    }

    [SkippableFact]
    public async Task Voms_proxy_info_accepts_what_we_issue()
    {
        Skip.IfNot(RealProgram.IsInstalled("voms-proxy-info"), "voms-clients is not installed");
        var proxy = _grid.ProxyFile(_grid.VomsProxy("/biomed/Role=physician", "/biomed"), "info.pem");
        var (code, output) = await RealProgram.RunAsync("voms-proxy-info", ["-all", "-file", proxy], _grid);
        code.Should().Be(0, output);
        output.Should().Contain("VO        : biomed").And.Contain("/biomed/Role=physician").And.Contain("subject   : /DC=org/DC=gridlab/O=lab/CN=Alice Tester").And.NotContainAny("Error", "WARNING", "annot");
    }

    [SkippableFact]
    public async Task A_proxy_of_voms_proxy_fake_brings_its_attributes()
    {
        Skip.IfNot(RealProgram.IsInstalled("voms-proxy-fake"), "voms-clients is not installed");
        var (certificate, key, hostCertificate, hostKey, proxy) = (At("usercert.pem"), At("userkey.pem"), At("vomscert.pem"), At("vomskey.pem"), At("fake.pem"));
        _grid.Alice.WriteFiles(certificate, key);
        _grid.Voms.WriteFiles(hostCertificate, hostKey);
        var (code, output) = await RealProgram.RunAsync(
            "voms-proxy-fake",
            [
                "-rfc", "-cert", certificate, "-key", key, "-certdir", _grid.CertificateDirectory, "-hostcert", hostCertificate, "-hostkey", hostKey, "-voms", TestGrid.Vo,
                "-uri", $"{TestGrid.VomsHost}:15000", "-newformat", "-fqan", "/biomed/Role=physician/Capability=NULL", "-fqan", "/biomed/Role=NULL/Capability=NULL", "-bits", "2048", "-out", proxy,
            ],
            _grid);
        code.Should().Be(0, output);
        await using var door = await TestDoor.OpenAsync(_grid);
        (await AskAsync(door, proxy)).Should().Contain("subject: /DC=org/DC=gridlab/O=lab/CN=Alice Tester\n").And.Contain("fqans: /biomed/Role=physician /biomed\n").And.Contain("ignored: \n");
    }

    [SkippableFact]
    public async Task A_limited_proxy_of_grid_proxy_init_is_limited()
    {
        Skip.IfNot(RealProgram.IsInstalled("grid-proxy-init"), "globus-proxy-utils is not installed");
        var (certificate, key, proxy) = (At("gcert.pem"), At("gkey.pem"), At("globus.pem"));
        _grid.Alice.WriteFiles(certificate, key);
        var (code, output) = await RealProgram.RunAsync("grid-proxy-init", ["-rfc", "-limited", "-cert", certificate, "-key", key, "-certdir", _grid.CertificateDirectory, "-bits", "2048", "-out", proxy], _grid);
        code.Should().Be(0, output);
        await using var door = await TestDoor.OpenAsync(_grid);
        (await AskAsync(door, proxy)).Should().Contain("subject: /DC=org/DC=gridlab/O=lab/CN=Alice Tester\n").And.Contain("limited: True");
    }

    private string At(string name) => Path.Combine(_grid.Root, name);

    private static async Task<string> AskAsync(TestDoor door, string proxy)
    {
        using var credential = GridCredential.LoadProxy(proxy);
        using var client = new GridTlsClient(door.Trust);
        using var http = new HttpClient(GridHttp.CreateHandler(client, credential, delegates: true));
        return await http.GetStringAsync(new Uri($"httpg://localhost:{door.Port}/who"));
    }
}
