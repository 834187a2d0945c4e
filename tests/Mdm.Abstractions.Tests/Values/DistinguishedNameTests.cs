namespace Mdm.Abstractions.Tests.Values;

public sealed class DistinguishedNameTests
{
    [Theory]
    [InlineData("/CN=x")]
    [InlineData("/DC=org/DC=example/CN=Alice")]
    [InlineData("/DC=org/CN=host/se.example.org")]
    [InlineData("/C=DE/O=Müller, Söhne: GmbH/CN=Jürgen=1")]
    public void Keeps_the_slash_form(string text) => DistinguishedName.Parse(text).ToString().Should().Be(text);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("CN=x")]
    [InlineData("/=x")]
    [InlineData("/biomed")]
    [InlineData("/biomed/Role=physician")]
    [InlineData("CN=x,DC=org")]
    [InlineData("/CN=x\n")]
    public void Refuses_what_is_not_a_slash_form(string? text) => DistinguishedName.TryParse(text, out _).Should().BeFalse();

    // Not as attribute data: attributes are kept in UTF-8, which has no half of a pair.
    [Fact]
    public void Refuses_half_of_a_surrogate_pair() => DistinguishedName.TryParse("/CN=\udfff", out _).Should().BeFalse();

    [Fact]
    public void Refuses_what_is_too_long()
    {
        DistinguishedName.TryParse("/CN=" + new string('x', DistinguishedName.MaxLength - 4), out _).Should().BeTrue();
        DistinguishedName.TryParse("/CN=" + new string('x', DistinguishedName.MaxLength - 3), out _).Should().BeFalse();
    }

    [Fact]
    public void Is_compared_ordinally()
    {
        (DistinguishedName.Parse("/CN=x") == DistinguishedName.Parse("/CN=x")).Should().BeTrue();
        (DistinguishedName.Parse("/CN=x") == DistinguishedName.Parse("/CN=X")).Should().BeFalse();
    }
}
