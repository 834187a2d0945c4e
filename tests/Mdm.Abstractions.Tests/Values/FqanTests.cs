namespace Mdm.Abstractions.Tests.Values;

public sealed class FqanTests
{
    [Theory]
    [InlineData("/biomed", "/biomed", null, "biomed")]
    [InlineData("/biomed/Role=NULL/Capability=NULL", "/biomed", null, "biomed")]
    [InlineData("/biomed/lung/Role=physician", "/biomed/lung", "physician", "biomed")]
    [InlineData("/biomed/Role=physician/Capability=NULL", "/biomed", "physician", "biomed")]
    [InlineData("/vo.example.org/a b", "/vo.example.org/a b", null, "vo.example.org")]
    public void Parses(string text, string group, string? role, string organisation)
    {
        var fqan = Fqan.Parse(text);
        fqan.Group.Should().Be(group);
        fqan.Role.Should().Be(role);
        fqan.VirtualOrganisation.Should().Be(organisation);
        Fqan.Parse(fqan.ToString()).Should().Be(fqan);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("biomed")]
    [InlineData("/biomed/")]
    [InlineData("//biomed")]
    [InlineData("/Role=physician")]
    [InlineData("/biomed/Role=")]
    [InlineData("/biomed/Role=a/Role=b")]
    [InlineData("/biomed/Role=a/lung")]
    [InlineData("/biomed/role=a")]
    [InlineData("/biomed/../atlas")]
    [InlineData("/biomed\n")]
    public void Refuses_what_is_not_an_fqan(string? text) => Fqan.TryParse(text, out _).Should().BeFalse();

    // Not as attribute data: attributes are kept in UTF-8, which has no half of a pair.
    [Fact]
    public void Refuses_half_of_a_surrogate_pair() => Fqan.TryParse("/biomed\ud800", out _).Should().BeFalse();

    [Fact]
    public void Refuses_what_is_too_long()
    {
        Fqan.TryParse("/" + new string('x', Fqan.MaxLength - 1), out _).Should().BeTrue();
        Fqan.TryParse("/" + new string('x', Fqan.MaxLength), out _).Should().BeFalse();
    }

    [Fact]
    public void Null_parts_do_not_count()
    {
        (Fqan.Parse("/biomed") == Fqan.Parse("/biomed/Role=NULL/Capability=NULL")).Should().BeTrue();
        (Fqan.Parse("/biomed") == Fqan.Parse("/biomed/Role=physician")).Should().BeFalse();
        (Fqan.Parse("/biomed") == Fqan.Parse("/Biomed")).Should().BeFalse();
    }
}
