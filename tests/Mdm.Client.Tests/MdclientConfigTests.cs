using Mdm.Abstractions;
using Mdm.Client.Metadata;

namespace Mdm.Client.Tests;

public sealed class MdclientConfigTests
{
    [Fact]
    public void Reads_what_amgas_clients_have()
    {
        var config = Parse("# where", "", "Host = meta.example", "Port=8823", "Login = \"NULL\"", "PermissionMask = rwx", "GroupMask = r-x", "Home = /hospital", "UseSSL = require", "AuthenticateWithCertificate = 1", "UseGridProxy = 1", "TrustedCertDir = /etc/ca");

        config.Should().Be(new MdclientConfig { Host = "meta.example", Port = 8823, Login = "NULL", PermissionMask = "rwx", GroupMask = "r-x", Home = "/hospital", TrustDirectory = "/etc/ca" });
    }

    [Fact]
    public void Is_encrypted_unless_it_says_that_it_is_not()
    {
        Parse().IsEncrypted.Should().BeTrue();
        Parse("UseSSL = try").IsEncrypted.Should().BeTrue("a try that fails must not send anything in clear");
        Parse("UseSSL = no").IsEncrypted.Should().BeFalse();
    }

    [Theory]
    [InlineData("Host meta")]
    [InlineData("= x")]
    [InlineData("Port = 0")]
    [InlineData("Port = many")]
    [InlineData("UseSSL = perhaps")]
    [InlineData("IgnoreCertificateNameMismatch = 1")]
    [InlineData("Hosst = meta")]
    public void Refuses_what_means_nothing_with_its_line(string line) =>
        FluentActions.Invoking(() => Parse("Host = a", line)).Should().Throw<MdmException>().WithMessage("mdclient.config, line 2: *").Which.Kind.Should().Be(MdmErrorKind.InvalidName);

    [Fact]
    public void Does_not_print_its_password() => Parse("Password = secret").ToString().Should().NotContain("secret");

    private static MdclientConfig Parse(params string[] lines) => MdclientConfig.Parse("mdclient.config", lines);
}
