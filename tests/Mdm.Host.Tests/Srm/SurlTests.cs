using Mdm.Host.Srm;
using Mdm.Srm.Messages;

namespace Mdm.Host.Tests.Srm;

public class SurlTests
{
    [Theory]
    [InlineData("srm://localhost/x", "/x")]
    [InlineData("srm://localhost", "/")]
    [InlineData("srm://localhost/", "/")]
    [InlineData("srm://localhost:8443", "/")]
    [InlineData("srm://localhost:8443/grid/biomed/a.dcm", "/grid/biomed/a.dcm")]
    [InlineData("srm://localhost:8443/srm/managerv2?SFN=/grid/a", "/grid/a")]
    [InlineData("srm://localhost:8443/srm/managerv2?SFN=grid/a", "/grid/a")]
    [InlineData("srm://localhost?SFN=/grid/a", "/grid/a")]
    [InlineData("srm://localhost:8443/srm/managerv2?SFN=", "/")]
    [InlineData("srm://localhost/srm/v2/server?sfn=/a", "/a")]
    [InlineData("SRM://LOCALHOST/x", "/x")]
    [InlineData("srm://[::1]:8443/x", "/x")]
    [InlineData("srm://[2001:db8::7]/x", "/x")]
    [InlineData("srm://192.0.2.7:1/x", "/x")]
    [InlineData("srm://localhost//grid///a//", "/grid/a")]
    [InlineData("srm://localhost/sp ace/f 1", "/sp ace/f 1")]
    [InlineData("srm://localhost/sp%20ace/f%201", "/sp ace/f 1")]
    [InlineData("srm://localhost/a%2520b", "/a%20b")]
    [InlineData("srm://localhost/100% sure", "/100% sure")]
    [InlineData("srm://localhost/50%", "/50%")]
    [InlineData("srm://localhost/%c3%bc%C3%BC", "/üü")]
    [InlineData("srm://localhost/ü%c3%bc", "/üü")]
    [InlineData("srm://localhost/a%2Fb", "/a/b")]
    [InlineData("srm://localhost/what?now", "/what?now")]
    [InlineData("srm://localhost/...", "/...")]
    public void Names_the_path_in_every_form_that_clients_send(string text, string path)
    {
        Surl.TryParse(text, out var surl, out var refusal).Should().BeTrue(refusal?.Explanation);

        surl!.Path.ToString().Should().Be(path);
        surl.Text.Should().BeSameAs(text, "clients match answers byte for byte");
    }

    [Theory]
    [InlineData("srm://h.example/x", "h.example", null)]
    [InlineData("srm://H.Example:8443/x", "H.Example", 8443)]
    [InlineData("srm://[::1]:65535/x", "[::1]", 65535)]
    [InlineData("srm://[::1]/x", "[::1]", null)]
    public void Keeps_host_and_port_as_typed(string text, string host, int? port)
    {
        Surl.TryParse(text, out var surl, out _).Should().BeTrue();

        surl!.Host.Should().Be(host);
        surl.Port.Should().Be(port);
    }

    [Fact]
    public void Leaves_the_form_of_characters_alone()
    {
        Surl.TryParse("srm://localhost/e\u0301", out var decomposed, out _).Should().BeTrue();
        Surl.TryParse("srm://localhost/\u00e9", out var composed, out _).Should().BeTrue();

        decomposed!.Path.Name.Should().Be("e\u0301");
        decomposed.Path.Should().NotBe(composed!.Path);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/grid/x")]
    [InlineData("https://localhost/x")]
    [InlineData("srm:/localhost/x")]
    [InlineData("srm://")]
    [InlineData("srm:///x")]
    [InlineData("srm://:8443/x")]
    [InlineData("srm://host:0/x")]
    [InlineData("srm://host:65536/x")]
    [InlineData("srm://host:/x")]
    [InlineData("srm://host:-1/x")]
    [InlineData("srm://user@host/x")]
    [InlineData("srm://ho st/x")]
    [InlineData("srm://[::1/x")]
    public void Refuses_what_is_no_SURL(string? text)
    {
        Surl.TryParse(text, out var surl, out var refusal).Should().BeFalse();

        surl.Should().BeNull();
        refusal!.StatusCode.Should().Be(StatusCode.InvalidRequest);
        refusal.Explanation.Should().Contain("srm://host/path");
    }

    [Theory]
    [InlineData("srm://localhost/../etc/passwd")]
    [InlineData("srm://localhost/grid/../x")]
    [InlineData("srm://localhost/grid/%2e%2e/x")]
    [InlineData("srm://localhost/grid%2f..%2fx")]
    [InlineData("srm://localhost/./x")]
    [InlineData("srm://localhost:8443/srm/managerv2?SFN=/../x")]
    [InlineData("srm://localhost/a%00b")]
    [InlineData("srm://localhost/a%0ab")]
    [InlineData("srm://localhost/a\tb")]
    [InlineData("srm://localhost/%ff")]
    [InlineData("srm://localhost/%c3")]
    public void Refuses_a_path_that_cannot_be(string text)
    {
        Surl.TryParse(text, out _, out var refusal).Should().BeFalse();

        refusal!.StatusCode.Should().Be(StatusCode.InvalidPath);
        refusal.Explanation.Should().NotBeNullOrEmpty();
    }

    [Fact]
    public void Names_have_at_most_255_bytes()
    {
        Surl.TryParse("srm://localhost/" + new string('x', 255), out var longest, out _).Should().BeTrue();
        longest!.Path.Name.Should().HaveLength(255);
        Surl.TryParse("srm://localhost/" + new string('x', 256), out _, out var tooLong).Should().BeFalse();
        tooLong!.StatusCode.Should().Be(StatusCode.InvalidPath);
        Surl.TryParse("srm://localhost/" + string.Concat(Enumerable.Repeat("%c3%bc", 128)), out _, out var inBytes).Should().BeFalse();
        inBytes!.StatusCode.Should().Be(StatusCode.InvalidPath);
    }

    [Fact]
    public void A_SURL_without_end_is_refused_before_it_is_looked_at() =>
        Surl.TryParse("srm://localhost/" + new string('/', 1_000_000), out _, out _).Should().BeFalse();
}
