using Mdm.Abstractions;

namespace Mdm.Client.Tests;

public sealed class SurlTests
{
    [Theory]
    [InlineData("srm://host:8446/grid/vo", "srm://host:8446/grid/vo")]
    [InlineData("srm://host/grid/vo", "srm://host:8443/grid/vo")]
    [InlineData("SRM://host:1/a", "srm://host:1/a")]
    [InlineData("srm://host:8446", "srm://host:8446/")]
    [InlineData("srm://host:8446//grid//vo/", "srm://host:8446/grid/vo")]
    [InlineData("srm://host:8446/srm/managerv2?SFN=/grid/vo", "srm://host:8446/grid/vo")]
    [InlineData("srm://host:8446/srm/managerv2?SFN=grid", "srm://host:8446/grid")]
    [InlineData("srm://[::1]:8446/a", "srm://[::1]:8446/a")]
    [InlineData("srm://host:1/sp ace/f 1", "srm://host:1/sp%20ace/f%201")]
    [InlineData("srm://host:1/sp%20ace", "srm://host:1/sp%20ace")]
    [InlineData("srm://host:1/100%25", "srm://host:1/100%25")]
    [InlineData("srm://host:1/Größe", "srm://host:1/Gr%C3%B6%C3%9Fe")]
    public void Is_sent_in_one_form(string typed, string sent) => Surl.Parse(typed).ToString().Should().Be(sent);

    [Theory]
    [InlineData("srm://host:1/a")]
    [InlineData("srm://host:1/sp%20ace/100%25/%23x")]
    public void Reads_back_what_it_sends(string sent) => Surl.Parse(Surl.Parse(sent).ToString()).Should().Be(Surl.Parse(sent));

    [Theory]
    [InlineData("grid/vo")]
    [InlineData("https://host/a")]
    [InlineData("srm://")]
    [InlineData("srm:///a")]
    [InlineData("srm://host:0/a")]
    [InlineData("srm://host:65536/a")]
    [InlineData("srm://host:x/a")]
    [InlineData("srm://ho st/a")]
    [InlineData("srm://host:1/a/../b")]
    [InlineData("srm://host:1/a%2F..%2Fb")]
    [InlineData("srm://host:1/a%00b")]
    [InlineData("/path/without/endpoint")]
    public void Refuses_what_is_none(string typed) =>
        FluentActions.Invoking(() => Surl.Parse(typed)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.InvalidName);

    [Fact]
    public void Takes_a_path_literally_at_an_endpoint()
    {
        var surl = Surl.Parse("/grid/100%25 x", "srm://host:9/");

        surl.Path.ToString().Should().Be("/grid/100%25 x");
        surl.ToString().Should().Be("srm://host:9/grid/100%2525%20x");
    }

    [Fact]
    public void Asks_the_service_that_it_names()
    {
        Surl.Parse("srm://host:9/other/srm?SFN=/a").Endpoint.Should().Be(new Uri("httpg://host:9/other/srm"));
        Surl.Parse("srm://host:9/a").Endpoint.Should().Be(new Uri("httpg://host:9/srm/managerv2"));
    }
}
