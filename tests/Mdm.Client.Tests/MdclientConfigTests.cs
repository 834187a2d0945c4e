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
    public void Refuses_what_means_nothing_with_its_line(string line) =>
        FluentActions.Invoking(() => Parse("Host = a", line)).Should().Throw<MdmException>().WithMessage("mdclient.config, line 2: *").Which.Kind.Should().Be(MdmErrorKind.InvalidName);

    [Theory]
    [InlineData("UseSSL = require # Values: require, try, no", null, "NULL")]
    [InlineData("UseSSL = require\t#no", null, "NULL")]
    [InlineData("Login = jane # or NULL", null, "jane")]
    [InlineData("Login = \"jane # doe\" # a comment", null, "jane # doe")]
    [InlineData("Login = \"jane\"", null, "jane")]
    [InlineData("Password = a#b # secret", "a#b", "NULL")]
    [InlineData("Password = \"a", "a", "NULL")]
    public void What_follows_a_value_is_a_comment(string line, string? password, string login)
    {
        var config = Parse(line);

        (config.Password, config.Login, config.IsEncrypted).Should().Be((password, login, true));
        config.Remarks.Should().BeEmpty();
    }

    [Fact]
    public void Keys_that_are_not_known_are_told_once_each_and_passed_over()
    {
        var config = Parse("Hosst = meta", "Host = a # here", "hosst = b", "Colour = blue", "UseSLL = no");

        config.Host.Should().Be("a");
        config.IsEncrypted.Should().BeTrue("nothing says that it is not, as it is to be said");
        config.Remarks.Should().Equal(
            "mdclient.config, line 1: 'Hosst' is passed over: it is no key that is known here.",
            "mdclient.config, line 4: 'Colour' is passed over: it is no key that is known here.",
            "mdclient.config, line 5: 'UseSLL' is passed over: it is no key that is known here.");
    }

    [Fact]
    public void That_names_are_not_to_be_compared_is_told_and_not_obeyed() =>
        Parse("IgnoreCertificateNameMismatch = 1", "IgnoreCertificateNameMismatch = yes").Remarks.Should().ContainSingle().Which.Should().Contain("line 1").And.Contain("compared all the same");

    [Fact]
    public void Is_looked_for_here_at_home_and_in_the_installation()
    {
        MdclientConfig.Places("/home/jane", "/opt/glite").Should().Equal("mdclient.config", "/home/jane/.mdclient.config", "/home/jane/mdclient.config", "/opt/glite/etc/mdclient.config");
        MdclientConfig.Places(null, "").Should().Equal("mdclient.config");
    }

    [Fact]
    public void Does_not_print_its_password() => Parse("Password = secret").ToString().Should().NotContain("secret");

    private static MdclientConfig Parse(params string[] lines) => MdclientConfig.Parse("mdclient.config", lines);
}
