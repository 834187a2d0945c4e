using Mdm.Cli.Medical;

namespace Mdm.Cli.Tests.Medical;

public sealed class RightTextTests
{
    [Theory]
    [InlineData("rwxrw-r--")]
    [InlineData("---------")]
    [InlineData("private")]
    [InlineData("group")]
    [InlineData("anonymous")]
    [InlineData("none")]
    public void Is_a_mode_or_a_level(string text) => RightText.Parse(text).Should().NotBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("rwxrw-r-")]
    [InlineData("rwxrw-r---")]
    [InlineData("wrxrw-r--")]
    [InlineData("rwxrw-r-t")]
    [InlineData("750")]
    [InlineData("Group")]
    [InlineData("everybody")]
    public void Is_nothing_else(string text) => RightText.Parse(text).Should().BeNull();

    [Fact]
    public void Of_a_user_is_his_subject_his_VO_his_rights_and_a_level()
    {
        RightText.ParseUser(["/DC=org/CN=Jane Doe", "biomed", "r-x", "anonymous"], out var refusal).Should().NotBeNull();
        refusal.Should().BeNull();
    }

    [Theory]
    [InlineData("/DC=org/CN=Jane|anonymous|r-x|biomed", "is no VO")]
    [InlineData("/DC=org/CN=Jane|biomed|anonymous|r-x", "are no rights")]
    [InlineData("/DC=org/CN=Jane|biomed|rex|anonymous", "are no rights")]
    [InlineData("/DC=org/CN=Jane|r-x|biomed|anonymous", "are no rights")]
    [InlineData("biomed|/DC=org/CN=Jane|r-x|anonymous", "is no subject")]
    [InlineData("/DC=org/CN=Jane|biomed|r-x|r-x", "is no level")]
    [InlineData("/DC=org/CN=Jane|biomed|r-x", "four words")]
    public void Of_a_user_in_another_order_is_none(string words, string told)
    {
        RightText.ParseUser(words.Split('|'), out var refusal).Should().BeNull();
        refusal.Should().Contain(told);
    }
}
