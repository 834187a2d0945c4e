namespace Mdm.Client.Tests;

public sealed class GridEnvironmentTests
{
    private const string ProxyOfUser = "/tmp/x509up_u1000";

    [Fact]
    public void Takes_the_proxy_that_the_variable_names_even_when_it_is_missing() =>
        Read(["X509_USER_PROXY=/p", "X509_USER_CERT=/c", "X509_USER_KEY=/k"], ProxyOfUser).Should().Be(("/p", "/p"));

    [Fact]
    public void Takes_the_proxy_of_the_user_before_a_certificate() =>
        Read(["X509_USER_CERT=/c", "X509_USER_KEY=/k"], ProxyOfUser).Should().Be((ProxyOfUser, ProxyOfUser));

    [Fact]
    public void Takes_certificate_and_key_where_there_is_no_proxy() =>
        Read(["X509_USER_CERT=/c", "X509_USER_KEY=/k"]).Should().Be(("/c", "/k"));

    [Fact]
    public void Takes_nothing_where_there_is_nothing() => Read(["X509_USER_CERT=/c"]).Should().Be((null, null));

    [Theory]
    [InlineData("https://a,https://b", null, "https://a,https://b")]
    [InlineData("https://a,https://b", "1", "https://a,https://b;1")]
    [InlineData("https://a,https://b;2", "1", "https://a,https://b;2")]
    [InlineData(null, "1", null)]
    public void Takes_how_many_keystores_give_a_key_with_them_or_beside_them(string? keystores, string? threshold, string? expected)
    {
        var values = new Dictionary<string, string?> { ["MDM_KEYSTORES"] = keystores, ["MDM_KEY_THRESHOLD"] = threshold };

        GridEnvironment.Read(values.GetValueOrDefault, _ => false, 1000).Keystores.Should().Be(expected);
    }

    private static (string? Certificate, string? Key) Read(string[] variables, params string[] files)
    {
        var values = variables.Select(v => v.Split('=')).ToDictionary(v => v[0], v => v[1]);
        var environment = GridEnvironment.Read(values.GetValueOrDefault, files.Contains, 1000);
        return (environment.CertificateFile, environment.KeyFile);
    }
}
