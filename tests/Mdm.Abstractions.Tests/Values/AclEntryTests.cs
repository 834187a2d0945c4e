namespace Mdm.Abstractions.Tests.Values;

public sealed class AclEntryTests
{
    [Theory]
    [InlineData("user::rwx", "user::rwx")]
    [InlineData("u::7", "user::rwx")]
    [InlineData(" group::r-x ", "group::r-x")]
    [InlineData("group:/biomed/Role=NULL:rx", "group:/biomed:r-x")]
    [InlineData("user:/DC=org/CN=Doe, Jane: MD:r--", "user:/DC=org/CN=Doe, Jane: MD:r--")]
    [InlineData("mask::-w-", "mask::-w-")]
    [InlineData("m:4", "mask::r--")]
    [InlineData("d:o:7", "default:other::rwx")]
    [InlineData("default:group:/biomed:0", "default:group:/biomed:---")]
    public void Parses_and_prints_its_normal_form(string text, string normal)
    {
        var entry = AclEntry.Parse(text);
        entry.ToString().Should().Be(normal);
        AclEntry.Parse(normal).Should().Be(entry);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("::rwx")]
    [InlineData("user")]
    [InlineData("user:rwx")]
    [InlineData("group:7")]
    [InlineData("user::")]
    [InlineData("user::8")]
    [InlineData("user::rwxr")]
    [InlineData("user::RWX")]
    [InlineData("user:alice:r--")]
    [InlineData("user:/biomed/Role=x:r--")]
    [InlineData("group:biomed:r--")]
    [InlineData("other:/biomed:r--")]
    [InlineData("mask:x:r--")]
    [InlineData("default:default:user::rwx")]
    [InlineData("everyone::r--")]
    public void Refuses_what_is_not_an_entry(string text) =>
        FluentActions.Invoking(() => AclEntry.Parse(text)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.InvalidName);
}
