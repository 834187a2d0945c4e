using Mdm.Abstractions;
using Mdm.Cli.Commands.Keys;
using Mdm.Formats.Keystores;

namespace Mdm.Cli.Tests;

public sealed class KeyRightsTextTests
{
    private const string Rita = "/DC=org/CN=Rita";

    [Theory]
    [InlineData(Rita, Rita)]
    [InlineData($"{Rita}:g", Rita)]
    [InlineData($"{Rita}:", Rita)]
    [InlineData($"{Rita}:pd--l---", Rita)]
    [InlineData("/DC=org/CN=host:8443", "/DC=org/CN=host:8443")]
    [InlineData("/DC=org/CN=robot:g:", "/DC=org/CN=robot:g")]
    [InlineData("/biomed/Role=reader:gl", "/biomed/Role=reader")]
    [InlineData("/biomed:", "/biomed")]
    [InlineData("/biomed", "/biomed")]
    public void Whose_entry_is_meant_does_not_depend_on_the_rights_behind_it(string text, string name) => KeyRightsText.ParseNamed(text)?.Name.Should().Be(name);

    [Theory]
    [InlineData("a")]
    [InlineData("a:r")]
    [InlineData(":g")]
    [InlineData("")]
    public void What_is_neither_a_subject_nor_an_attribute_is_nobody(string text)
    {
        KeyRightsText.ParseNamed(text).Should().BeNull();
        KeyRightsText.ParseEntry(text).Should().BeNull();
    }

    [Fact]
    public void An_entry_may_give_nothing()
    {
        KeyRightsText.ParseEntry($"{Rita}:").Should().Be((AclTag.User, Rita, KeyRight.None));
        KeyRightsText.ParseEntry("/biomed:").Should().Be((AclTag.Group, "/biomed", KeyRight.None));
        KeyRightsText.ParseEntry(Rita).Should().BeNull("nothing says what it gives");
    }
}
