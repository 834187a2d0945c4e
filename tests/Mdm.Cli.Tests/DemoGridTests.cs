using Mdm.TestKit;

namespace Mdm.Cli.Tests;

public sealed class DemoGridTests(DemoGridFixture fixture) : IClassFixture<DemoGridFixture>
{
    [SkippableTheory]
    [InlineData("host/hostcert.pem")]
    [InlineData("voms/vomscert.pem")]
    [InlineData("users/physician/usercert.pem")]
    [InlineData("users/admin/usercert.pem")]
    public async Task Issues_certificates_that_openssl_verifies(string file)
    {
        var (code, output) = await ChildProcess.RunAsync(Here.Tool("openssl"), ["verify", "-CApath", fixture.Grid.Certificates, "-crl_check", Path.Combine(fixture.Root, file)]);

        code.Should().Be(0, output);
    }

    [SkippableTheory]
    [InlineData("physician", "proxy")]
    [InlineData("researcher", "proxy-plain")]
    [InlineData("researcher", "proxy-limited")]
    public async Task Issues_proxies_that_openssl_verifies(string user, string proxy)
    {
        var file = Path.Combine(fixture.Root, "users", user, proxy);

        var (code, output) = await ChildProcess.RunAsync(Here.Tool("openssl"), ["verify", "-CApath", fixture.Grid.Certificates, "-crl_check", "-allow_proxy_certs", "-untrusted", file, file]);

        code.Should().Be(0, output);
    }

    [SkippableTheory]
    [InlineData("physician", "proxy", "/biomed/Role=physician/Capability=NULL")]
    [InlineData("researcher", "proxy", "/biomed/Role=NULL/Capability=NULL")]
    [InlineData("researcher", "proxy-limited-voms", "/biomed/Role=NULL/Capability=NULL")]
    [InlineData("outsider", "proxy", "/astro/Role=NULL/Capability=NULL")]
    public async Task Issues_attributes_that_voms_tools_believe(string user, string proxy, string primary)
    {
        var environment = new Dictionary<string, string?> { ["X509_CERT_DIR"] = fixture.Grid.Certificates, ["X509_VOMS_DIR"] = fixture.Grid.VomsDirectory, ["X509_USER_PROXY"] = Path.Combine(fixture.Root, "users", user, proxy) };

        var (code, output) = await ChildProcess.RunAsync(Here.Tool("voms-proxy-info"), ["-all"], environment);

        code.Should().Be(0, output);
        output.Split('\n').First(l => l.StartsWith("attribute", StringComparison.Ordinal)).Should().EndWith(primary);
        output.Should().NotContainEquivalentOf("error").And.NotContainEquivalentOf("warning");
    }

    [Fact]
    public void Lets_nobody_else_read_keys()
    {
        var secrets = Directory.EnumerateFiles(fixture.Root, "*", SearchOption.AllDirectories).Where(f => File.ReadAllText(f).Contains("PRIVATE KEY", StringComparison.Ordinal)).ToArray();

        secrets.Should().HaveCountGreaterThan(8).And.OnlyContain(f => File.GetUnixFileMode(f) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public void Forgets_the_key_of_its_ca() =>
        Directory.EnumerateFiles(fixture.Grid.Certificates).Should().OnlyContain(f => !File.ReadAllText(f).Contains("PRIVATE", StringComparison.Ordinal));

    [Fact]
    public async Task Leaves_a_directory_alone_that_holds_something_else()
    {
        using var home = new TemporaryDirectory();
        await File.WriteAllTextAsync(home["thesis"], "mine");

        var (code, _, error) = await Command.RunAsync("demo-grid", home.Path);

        code.Should().Be(ExitCode.Failed);
        error.Should().Contain("not empty");
        File.Exists(home["thesis"]).Should().BeTrue();
    }

    [Fact]
    public async Task Replaces_a_grid_that_it_made()
    {
        using var home = new TemporaryDirectory();
        (await Command.RunAsync("demo-grid", home["sp ace"], "--vo", "one")).Code.Should().Be(ExitCode.Success);

        var (code, output, _) = await Command.RunAsync("demo-grid", home["sp ace"], "--vo", "two");

        code.Should().Be(ExitCode.Success);
        output.Should().Contain($"export X509_CERT_DIR='{home["sp ace", "certificates"]}'");
        Directory.Exists(home["sp ace", "vomsdir", "two"]).Should().BeTrue();
        Directory.Exists(home["sp ace", "vomsdir", "one"]).Should().BeFalse();
    }
}
