using Mdm.Abstractions;
using Mdm.Cli.Lfc;
using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.Cli.Tests.Lfc;

public sealed class NameServerTests
{
    private readonly Dictionary<string, string> _variables = new() { ["LFC_HOST"] = "lfc.example.org" };

    private Terminal Terminal => Command.Terminal() with { Variable = name => _variables.GetValueOrDefault(name) };

    [Theory]
    [InlineData("/grid/a", "srm://lfc.example.org:8443/grid/a")]
    [InlineData("//grid//a/", "srm://lfc.example.org:8443/grid/a")]
    [InlineData("/", "srm://lfc.example.org:8443/")]
    [InlineData("lfn:/grid/a b", "srm://lfc.example.org:8443/grid/a%20b")]
    [InlineData("a/b", "srm://lfc.example.org:8443/grid/home/a/b")]
    [InlineData("lfn:a", "srm://lfc.example.org:8443/grid/home/a")]
    [InlineData("se.example.org:/grid/a", "srm://se.example.org:8443/grid/a")]
    [InlineData("srm://se.example.org:8444/grid/a", "srm://se.example.org:8444/grid/a")]
    public void Reads_names_in_every_form(string name, string surl)
    {
        _variables["LFC_HOME"] = "/grid/home/";

        var place = NameServer.Lfc.Place(Terminal, name);

        place.Surl.ToString().Should().Be(Surl.Parse(surl).ToString());
        place.Typed.Should().Be(name);
    }

    [Fact]
    public void Takes_a_home_at_another_host()
    {
        _variables["LFC_HOME"] = "se.example.org:/grid/home";

        NameServer.Lfc.Place(Terminal, "a").Surl.Should().Be(Surl.Parse("srm://se.example.org:8443/grid/home/a"));
    }

    [Theory]
    [InlineData("LFC_HOST", "other.example.org:9000", "srm://other.example.org:9000/")]
    [InlineData("LFC_HOST", "srm://other.example.org", "srm://other.example.org:8443/")]
    [InlineData("LFC_HOST", "", "srm://endpoint.example.org:8443/")]
    public void Finds_the_host_in_its_variable_then_where_all_commands_do(string variable, string value, string surl)
    {
        _variables[variable] = value;

        var terminal = Terminal with { Environment = () => Command.NoEnvironment with { Endpoint = "srm://endpoint.example.org:8443" } };

        NameServer.Lfc.Host(terminal).Should().Be(Surl.Parse(surl));
        NameServer.Dpns.Host(terminal).Host.Should().Be("endpoint.example.org", "each family has a variable of its own");
    }

    [Fact]
    public void Says_which_variable_is_missing()
    {
        var relative = () => NameServer.Lfc.Place(Terminal, "a");
        var nowhere = () => NameServer.Dpns.Place(Terminal, "/a");

        relative.Should().Throw<MdmException>().WithMessage("*LFC_HOME*");
        nowhere.Should().Throw<MdmException>().WithMessage("*DPNS_HOST*");
    }

    [Theory]
    [InlineData("/DC=org/CN=Jane", "/DC=org/CN=Jane", null)]
    [InlineData("/DC=org/CN=Jane:biomed", "/DC=org/CN=Jane", "/biomed")]
    [InlineData("/DC=org/CN=Jane:/biomed/Role=reader", "/DC=org/CN=Jane", "/biomed/Role=reader")]
    [InlineData("/DC=org/CN=host:8443", "/DC=org/CN=host:8443", null)]
    [InlineData("/DC=org/CN=Jane:", "/DC=org/CN=Jane", null)]
    [InlineData(":biomed", null, "/biomed")]
    public void Reads_owners_and_groups(string text, string? owner, string? group)
    {
        var read = OwnerCommand.Parse(text)!.Value;

        read.Owner?.ToString().Should().Be(owner);
        read.Group?.ToString().Should().Be(group);
    }

    [Theory]
    [InlineData("101:102")]
    [InlineData("jane")]
    [InlineData(":")]
    [InlineData("")]
    public void Knows_no_numbers_and_no_accounts(string text) => OwnerCommand.Parse(text).Should().BeNull();

    [Fact]
    public void Refusals_are_told_in_the_words_that_scripts_look_for()
    {
        var place = NameServer.Lfc.Place(Terminal, "/grid/a");

        PosixWords.Of(new SrmException(StatusCode.InvalidPath, "whatever"), place).Should().Be("No such file or directory");
        PosixWords.Of(new SrmException(StatusCode.DuplicationError, $"{place.Surl}: there already [SRM_DUPLICATION_ERROR]"), place).Should().Be("File exists");
        PosixWords.Of(new SrmException(StatusCode.AuthorizationFailure, $"{place.Surl}: You need w on /grid. [SRM_AUTHORIZATION_FAILURE]"), place).Should().Be("Permission denied (You need w on /grid)");
        PosixWords.Of(new SrmException(StatusCode.Failure, "/grid/a: 'user:x' would let others read."), place).Should().Be("Refused ('user:x' would let others read)");
    }
}
