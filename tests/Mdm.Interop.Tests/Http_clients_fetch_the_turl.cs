namespace Mdm.Interop.Tests;

/// <summary>curl and davix on the address that SRM gave out.</summary>
[Collection(RealSite.Name)]
public sealed class Http_clients_fetch_the_turl(RealSite site)
{
    private readonly Shell _shell = new(site);

    [SkippableTheory]
    [InlineData("--tlsv1.2", "--tls-max", "1.2")]
    [InlineData("--tlsv1.3")]
    public async Task Curl_with_a_proxy(params string[] versions)
    {
        site.Require();
        using var target = new TemporaryDirectory();
        var (file, turl) = await TurlAsync();
        await _shell.DoAsync("curl", [.. versions, "-sSf", "--cert", site.Grid.PhysicianProxy, "--capath", site.Grid.CertificateDirectory, "-H", "Want-Digest: adler32", "-D", target["headers"], "-o", target["image.dcm"], turl]);
        var sum = Checksums.Adler32(target["image.dcm"]);
        (await File.ReadAllTextAsync(target["headers"])).Should().Contain("adler32=" + sum);
        (await _shell.DoAsync("gfal-sum", site.Host.Surl(file), "ADLER32")).Trim().Should().EndWith(sum);
    }

    [SkippableFact]
    public async Task Curl_resumes_in_the_middle()
    {
        site.Require();
        using var target = new TemporaryDirectory();
        var (_, turl) = await TurlAsync();
        string[] identity = ["-sSf", "--cert", site.Grid.PhysicianProxy, "--capath", site.Grid.CertificateDirectory];
        await _shell.DoAsync("curl", [.. identity, "-o", target["whole"], turl]);
        var whole = await File.ReadAllBytesAsync(target["whole"]);
        await File.WriteAllBytesAsync(target["part"], whole[..(whole.Length / 2)]);
        await _shell.DoAsync("curl", [.. identity, "-C", "-", "-o", target["part"], turl]);
        (await File.ReadAllBytesAsync(target["part"])).Should().Equal(whole);
    }

    [SkippableFact]
    public async Task Davix_with_a_token_that_it_asks_for()
    {
        site.Require();
        using var target = new TemporaryDirectory();
        var (file, turl) = await TurlAsync();
        await _shell.DoAsync("davix-get", "-P", "grid", "-E", site.Grid.PhysicianProxy, "--capath", site.Grid.CertificateDirectory, turl, target["image.dcm"]);
        (await _shell.DoAsync("gfal-sum", site.Host.Surl(file), "ADLER32")).Trim().Should().EndWith(Checksums.Adler32(target["image.dcm"]));
    }

    [SkippableFact]
    public async Task Nobody_else_gets_the_bytes()
    {
        site.Require();
        var (_, turl) = await TurlAsync();
        (await StatusAsync("--cert", site.Grid.StrangerProxy, "--capath", site.Grid.CertificateDirectory, turl)).Should().Be("403");
        (await StatusAsync("--cert", site.Grid.ResearcherProxy, "--capath", site.Grid.CertificateDirectory, turl)).Should().Be("403");
        (await StatusAsync("--capath", site.Grid.CertificateDirectory, turl)).Should().Be("401");
    }

    private async Task<string> StatusAsync(params string[] arguments) =>
        (await site.RunAsync("curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}", .. arguments])).Output.Trim();

    private async Task<(string File, string Turl)> TurlAsync()
    {
        var file = await _shell.AFileAsync("orthanc-get");
        var turl = (await _shell.DoAsync("gfal-xattr", "-D", "SRM PLUGIN:TURL_PROTOCOLS=https", site.Host.Surl(file), "user.replicas")).Trim();
        return (file, turl);
    }
}
