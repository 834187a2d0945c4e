using Mdm.Abstractions.Testing;
using Mdm.Gsi.Issuing;
using Mdm.Gsi.Tests.Support;
using Mdm.Gsi.Trust;

namespace Mdm.Gsi.Tests;

/// <summary>Who is let in through a real door, and what those who are not are told.</summary>
public sealed class CallerTests(TestGrid grid) : IClassFixture<TestGrid>
{
    private const string AliceIs = "subject: /DC=org/DC=gridlab/O=lab/CN=Alice Tester\n";

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Theory]
    [InlineData("https")]
    [InlineData("httpg")]
    public async Task A_plain_proxy_is_its_user(string scheme)
    {
        using var proxy = ProxyIssuer.Issue(grid.Alice);
        var who = await WhoAsync(proxy, scheme);
        who.Should().Contain(AliceIs).And.Contain("limited: False").And.Contain($"httpg: {scheme == "httpg"}").And.Contain("scheme: https").And.Contain("TLSv1.3");
    }

    [Fact]
    public async Task A_certificate_without_a_proxy_is_its_user() => (await WhoAsync(grid.Alice)).Should().Contain(AliceIs).And.Contain("limited: False");

    [Fact]
    public async Task A_limited_proxy_is_its_user_and_limited()
    {
        using var proxy = ProxyIssuer.Issue(grid.Alice, new ProxyParameters { IsLimited = true });
        (await WhoAsync(proxy)).Should().Contain(AliceIs).And.Contain("limited: True");
    }

    [Fact]
    public async Task A_full_proxy_of_a_limited_one_stays_limited()
    {
        using var limited = ProxyIssuer.Issue(grid.Alice, new ProxyParameters { IsLimited = true });
        using var proxy = ProxyIssuer.Issue(limited);
        (await WhoAsync(proxy)).Should().Contain(AliceIs).And.Contain("limited: True");
    }

    [Fact]
    public async Task A_nested_proxy_is_its_user()
    {
        using var first = ProxyIssuer.Issue(grid.Alice, new ProxyParameters { PathLength = 1 });
        using var second = ProxyIssuer.Issue(first);
        (await WhoAsync(second)).Should().Contain(AliceIs).And.Contain("limited: False");
    }

    [Fact]
    public async Task A_VOMS_proxy_brings_its_attributes_in_order()
    {
        using var proxy = grid.VomsProxy("/biomed/Role=physician/Capability=NULL", "/biomed/Role=NULL/Capability=NULL", "/biomed/lung");
        (await WhoAsync(proxy)).Should().Contain(AliceIs).And.Contain("fqans: /biomed/Role=physician /biomed /biomed/lung\n").And.Contain("ignored: \n");
    }

    [Fact]
    public async Task A_proxy_of_a_VOMS_proxy_keeps_the_attributes()
    {
        using var voms = grid.VomsProxy("/biomed");
        using var proxy = ProxyIssuer.Issue(voms);
        (await WhoAsync(proxy)).Should().Contain(AliceIs).And.Contain("fqans: /biomed\n");
    }

    [Fact]
    public async Task Nobody_is_told_that_a_certificate_is_missing() =>
        (await WhoAsync(null, "https")).Should().StartWith("refused: no client certificate was presented");

    [Fact]
    public async Task An_expired_proxy_is_refused()
    {
        using var proxy = ProxyIssuer.Issue(grid.Alice, new ProxyParameters { NotBefore = Now.AddHours(-3), NotAfter = Now.AddSeconds(-1) });
        (await RawWhoAsync(proxy)).Should().Contain("refused: certificate has expired: /DC=org/DC=gridlab/O=lab/CN=Alice Tester/CN=");
    }

    [Fact]
    public async Task A_proxy_of_a_clock_that_is_four_minutes_ahead_is_accepted_and_of_six_is_not()
    {
        using var tooFar = ProxyIssuer.Issue(grid.Alice, new ProxyParameters { NotBefore = Now.AddMinutes(6) });
        (await WhoAsync(tooFar)).Should().StartWith("refused: certificate is not yet valid");
        using var ahead = ProxyIssuer.Issue(grid.Alice, new ProxyParameters { NotBefore = Now.AddMinutes(4) });
        (await WhoAsync(ahead)).Should().Contain(AliceIs);
    }

    [Fact]
    public async Task The_certificate_of_an_unknown_CA_is_refused()
    {
        using var other = CertificateAuthority.Create("/DC=org/DC=elsewhere/CN=Other CA", TimeSpan.FromDays(1));
        using var eve = other.IssueUser("/DC=org/DC=gridlab/O=lab/CN=Alice Tester", TimeSpan.FromDays(1));
        using var proxy = ProxyIssuer.Issue(eve);
        (await WhoAsync(proxy)).Should().StartWith("refused: the certificate's issuer is not a CA that is trusted here (issuer /DC=org/DC=elsewhere/CN=Other CA)");
    }

    [Fact]
    public async Task A_chain_that_is_longer_than_its_path_length_is_refused()
    {
        using var first = ProxyIssuer.Issue(grid.Alice, new ProxyParameters { PathLength = 0 });
        using var second = ProxyIssuer.Issue(first);
        (await WhoAsync(second)).Should().StartWith("refused: proxy path length constraint exceeded");
    }

    [Fact]
    public async Task A_certificate_that_a_user_signed_is_refused()
    {
        using var forged = Forgery.UserSigned(grid.Alice, "/DC=org/DC=gridlab/O=lab/CN=Bob Tester");
        (await WhoAsync(forged)).Should().StartWith("refused: the certificate was signed by a certificate that is not a CA's");
    }

    [Fact]
    public async Task A_proxy_whose_signature_is_broken_is_refused()
    {
        using var proxy = ProxyIssuer.Issue(grid.Alice);
        using var forged = Forgery.WithBrokenSignature(proxy);
        (await WhoAsync(forged)).Should().StartWith("refused: the certificate's signature is broken");
    }

    [Fact]
    public async Task A_name_that_the_signing_policy_does_not_allow_is_refused()
    {
        using var eve = grid.Ca.IssueUser("/DC=com/DC=evil/CN=Eve", TimeSpan.FromDays(1));
        (await WhoAsync(eve)).Should().StartWith("refused: the signing policy of the CA /DC=org/DC=gridlab/CN=Gridlab CA does not allow the name /DC=com/DC=evil/CN=Eve");
    }

    [Fact]
    public async Task The_attributes_of_an_expired_attribute_certificate_are_ignored() => await IgnoresAsync(
        AttributeCertificateIssuer.Issue(grid.Voms, grid.Alice.Certificate, TestGrid.Attributes("/biomed") with { NotBefore = Now.AddHours(-2), NotAfter = Now.AddSeconds(-1) }),
        "the attribute certificate has expired");

    [Fact]
    public async Task The_attributes_of_another_holder_are_ignored() => await IgnoresAsync(
        AttributeCertificateIssuer.Issue(grid.Voms, grid.Bob.Certificate, TestGrid.Attributes("/biomed")),
        "the attribute certificate was issued to another holder");

    [Fact]
    public async Task The_attributes_of_an_issuer_that_is_not_listed_are_ignored() => await IgnoresAsync(
        AttributeCertificateIssuer.Issue(grid.Host, grid.Alice.Certificate, TestGrid.Attributes("/biomed")),
        "the signer /DC=org/DC=gridlab/O=lab/CN=localhost is not in the LSC file of 'biomed'");

    [Fact]
    public async Task The_attributes_of_an_organisation_without_LSC_file_are_ignored() => await IgnoresAsync(
        AttributeCertificateIssuer.Issue(grid.Voms, grid.Alice.Certificate, TestGrid.Attributes("/other") with { Vo = "other" }),
        "no LSC file for 'other' and the server 'voms.gridlab.org' is installed here");

    [Fact]
    public async Task The_attributes_under_a_broken_signature_are_ignored()
    {
        var certificate = AttributeCertificateIssuer.Issue(grid.Voms, grid.Alice.Certificate, TestGrid.Attributes("/biomed"));
        certificate[^1] ^= 1;
        await IgnoresAsync(certificate, "the attribute certificate's signature is broken");
    }

    [Fact]
    public async Task A_server_cannot_speak_for_another_organisation() => await IgnoresAsync(
        AttributeCertificateIssuer.Issue(grid.Voms, grid.Alice.Certificate, TestGrid.Attributes("/atlas/Role=production")),
        "attribute '/atlas/Role=production' ignored: it is not one of 'biomed'");

    [Fact]
    public async Task A_delegated_proxy_is_its_user_and_stays_limited()
    {
        using var proxy = ProxyIssuer.Issue(grid.Alice, new ProxyParameters { IsLimited = true });
        await using var door = await TestDoor.OpenAsync(grid);
        (await door.WhoAsync(proxy, delegates: true)).Should().Contain(AliceIs).And.Contain("delegated: /DC=org/DC=gridlab/O=lab/CN=Alice Tester\n").And.Contain("httpg: True");
    }

    [Fact]
    public async Task A_refused_caller_that_delegates_is_told_why()
    {
        using var forged = Forgery.UserSigned(grid.Alice, "/DC=org/DC=gridlab/O=lab/CN=Bob Tester");
        await using var door = await TestDoor.OpenAsync(grid);
        (await door.WhoAsync(forged, delegates: true)).Should().StartWith("refused: the certificate was signed by").And.Contain("delegated: nothing");
    }

    private async Task IgnoresAsync(byte[] attributeCertificate, string reason)
    {
        using var proxy = ProxyIssuer.Issue(grid.Alice, new ProxyParameters { AttributeCertificates = [attributeCertificate] });
        (await WhoAsync(proxy)).Should().Contain(AliceIs).And.Contain("fqans: \n").And.Contain(reason);
    }

    private async Task<string> WhoAsync(IssuedCredential? credential, string scheme = "httpg")
    {
        await using var door = await TestDoor.OpenAsync(grid);
        return await door.WhoAsync(credential, scheme);
    }

    // Our own client does not even try an expired credential; a clock in the past makes it.
    private async Task<string> RawWhoAsync(IssuedCredential credential)
    {
        await using var door = await TestDoor.OpenAsync(grid);
        using var past = new TrustStore(grid.TrustOptions, Microsoft.Extensions.Logging.Abstractions.NullLogger<TrustStore>.Instance, new ManualTime(Now.AddMinutes(-2)));
        using var presented = Mdm.Gsi.Client.GridCredential.From(credential);
        using var client = new Mdm.Gsi.Client.GridTlsClient(past);
        using var http = new HttpClient(Mdm.Gsi.Client.GridHttp.CreateHandler(client, presented));
        return await http.GetStringAsync(new Uri($"httpg://localhost:{door.Port}/who"));
    }
}
