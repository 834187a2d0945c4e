using Mdm.Gsi.Issuing;
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

    [SkippableFact]
    public async Task Gfal_is_known_over_httpg()
    {
        Skip.IfNot(RealProgram.IsInstalled("gfal-ls"), "gfal2 is not installed");
        await using var door = await TestDoor.OpenAsync(_grid);
        var proxy = _grid.ProxyFile(_grid.VomsProxy("/biomed"), "gfal.pem");
        // Our answer is no SOAP: what counts is that the client got so far as to dislike it.
        var (code, output) = await RealProgram.RunAsync("gfal-ls", ["-vvv", $"srm://localhost:{door.Port}/srm/managerv2?SFN=/x"], _grid, proxy);
        code.Should().NotBe(0);
        output.Should().NotContainAny("CGSI-gSOAP running on", "Error reading token", "Could not load");
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
}
