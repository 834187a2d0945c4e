using Mdm.Client;

namespace Mdm.Interop.Tests;

/// <summary>
/// Whom the door lets in, and what it tells whom it does not: gfal2, unchanged, with every kind of credential. An expired one neither gfal2 nor our own client would send: there curl calls SRM.
/// </summary>
[Collection(RealSite.Name)]
public sealed class Credentials(RealSite site)
{
    private readonly CredentialCases _cases = new(site.Grid);

    private static string Closed => RealSite.Root("orthanc-get");

    [SkippableTheory]
    [InlineData("VOMS proxy", true)]
    [InlineData("limited proxy", true)]
    [InlineData("nested proxy", true)]
    [InlineData("plain proxy", false)]
    [InlineData("certificate", false)]
    public async Task A_good_one_is_accepted_and_its_attributes_open_what_they_open(string credential, bool opens)
    {
        site.Require();
        var files = _cases.Make(credential);
        var (known, listing) = await GfalAsync(files, "gfal-ls", site.Host.Surl("/grid"));
        known.Should().Be(0, listing);
        listing.Should().Contain(TestGrid.Vo);
        var (code, output) = await GfalAsync(files, "gfal-ls", site.Host.Surl(Closed));
        code.Should().Be(opens ? 0 : 13, output);
        if (!opens)
            output.Should().Contain("SRM_AUTHORIZATION_FAILURE").And.Contain("Peter Physician").And.NotContain("VOMS");
    }

    [SkippableTheory]
    [InlineData("unknown CA", "issuer")]
    [InlineData("revoked user", "revoked")]
    [InlineData("revoked CA chain", "revoked")]
    [InlineData("path length exceeded", "path length")]
    [InlineData("signed by a user's key", "issuer is not a CA")]
    [InlineData("signing policy violated", "signing policy")]
    public async Task A_bad_one_is_refused_and_gfal_shows_why(string credential, string reason)
    {
        site.Require();
        var files = _cases.Make(credential);
        // Trust is read anew every second: what the case revoked or installed holds from then on.
        var (code, output) = (0, string.Empty);
        for (var round = 0; round < 60 && !output.Contains(reason, StringComparison.OrdinalIgnoreCase); round++)
        {
            await Task.Delay(500);
            (code, output) = await GfalAsync(files, "gfal-ls", site.Host.Surl("/grid"));
        }
        code.Should().Be(13, output);
        output.Should().Contain("SRM_AUTHENTICATION_FAILURE").And.ContainEquivalentOf(reason);
    }

    [SkippableFact]
    public async Task An_expired_proxy_is_refused_and_the_answer_says_why()
    {
        site.Require();
        var files = _cases.Make("expired proxy");
        (await GfalAsync(files, "gfal-ls", site.Host.Surl("/grid"))).ExitCode.Should().NotBe(0);
        var ours = await Mdm.RunAsync(site.Host, files.Certificate, "ls", "/grid");
        ours.ExitCode.Should().NotBe(0);
        ours.Output.Should().Contain("make a new proxy");

        using var request = new TemporaryDirectory();
        var surl = site.Host.Surl("/grid");
        await File.WriteAllTextAsync(request["ls.xml"],
            $"""<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/" xmlns:s="http://srm.lbl.gov/StorageResourceManager"><E:Body><s:srmLs><srmLsRequest><arrayOfSURLs><urlArray>{surl}</urlArray></arrayOfSURLs></srmLsRequest></s:srmLs></E:Body></E:Envelope>""");
        var (code, output) = await site.RunAsAsync(files.Certificate, "curl", "-sS", "--cert", files.Certificate, "--capath", site.Grid.CertificateDirectory,
            "-H", "Content-Type: text/xml", "--data-binary", "@" + request["ls.xml"], $"https://localhost:{site.Host.Port}/srm/managerv2");
        code.Should().Be(0, output);
        output.Should().Contain("SRM_AUTHENTICATION_FAILURE").And.Contain("expired");
    }

    [SkippableTheory]
    [InlineData("attributes expired", "the attribute certificate has expired")]
    [InlineData("attributes of another holder", "issued to another holder")]
    [InlineData("attributes of an unlisted issuer", "is not in the LSC file")]
    [InlineData("attributes with a broken signature", "signature is broken")]
    public async Task Attributes_that_do_not_count_are_ignored_and_the_refusal_says_why(string credential, string reason)
    {
        site.Require();
        var files = _cases.Make(credential);
        var (known, listing) = await GfalAsync(files, "gfal-ls", site.Host.Surl("/grid"));
        known.Should().Be(0, listing, "the credential itself is good");
        var file = await new Shell(site).AFileAsync("orthanc-get");
        foreach (var (command, path) in ((string, string)[])[("gfal-ls", Closed), ("gfal-stat", file)])
        {
            var (code, output) = await GfalAsync(files, command, site.Host.Surl(path));
            code.Should().Be(13, output);
            output.Should().Contain("SRM_AUTHORIZATION_FAILURE").And.Contain(reason);
        }
        using var target = new TemporaryDirectory();
        var copy = await GfalAsync(files, "gfal-copy", site.Host.Surl(file), "file://" + target["no.dcm"]);
        copy.ExitCode.Should().Be(13, copy.Output);
        copy.Output.Should().Contain(reason);
        using var client = Mdm.Open(site.Host, files.Certificate, files.Key);
        var refusal = await FluentActions.Awaiting(() => client.StatAsync(Surl.Parse(site.Host.Surl(file)), CancellationToken.None)).Should().ThrowAsync<SrmException>();
        refusal.Which.Message.Should().Contain(reason);
    }

    private Task<(int ExitCode, string Output)> GfalAsync(CredentialFiles files, string command, params string[] arguments)
    {
        var environment = site.Grid.Environment(files.Certificate);
        if (!files.IsProxy)
        {
            environment["X509_USER_PROXY"] = null;
            environment["X509_USER_CERT"] = files.Certificate;
            environment["X509_USER_KEY"] = files.Key;
        }
        return ChildProcess.RunAsync(Here.Tool(command), arguments, environment, TimeSpan.FromSeconds(60));
    }
}
