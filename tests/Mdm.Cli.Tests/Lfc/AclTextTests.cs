using Mdm.Abstractions;
using Mdm.Cli.Lfc;

namespace Mdm.Cli.Tests.Lfc;

public sealed class AclTextTests
{
    [Theory]
    [InlineData("u::7,g::r-x,o:0", "user::rwx,group::r-x,other::---")]
    [InlineData("user::rwx,group::5,mask:rwx,other::4", "user::rwx,group::r-x,mask::rwx,other::r--")]
    [InlineData("m::rwx,other:7", "mask::rwx,other::rwx")]
    [InlineData("g:biomed/Role=reader:r", "group:/biomed/Role=reader:r--")]
    [InlineData("group:/biomed:r-x", "group:/biomed:r-x")]
    [InlineData("d:u::7,d:g:biomed:5,default:o:0", "default:user::rwx,default:group:/biomed:r-x,default:other::---")]
    [InlineData("u:/DC=org/O=Doe, Inc/CN=host:8443:rw,o:0", "user:/DC=org/O=Doe, Inc/CN=host:8443:rw-,other::---")]
    public void Reads_what_the_name_server_read(string text, string expected) =>
        string.Join(',', AclText.Parse(text, rightsMayLack: false)).Should().Be(expected);

    [Theory]
    [InlineData("u:/DC=org/CN=Jane", "user:/DC=org/CN=Jane:---")]
    [InlineData("u:/DC=org/CN=Jane:", "user:/DC=org/CN=Jane:---")]
    [InlineData("u:/DC=org/CN=Jane:rwx", "user:/DC=org/CN=Jane:rwx")]
    [InlineData("g:biomed,d:g:biomed/Role=reader:", "group:/biomed:---,default:group:/biomed/Role=reader:---")]
    [InlineData("m:", "mask::---")]
    public void Needs_no_rights_of_what_is_to_go(string text, string expected) =>
        string.Join(',', AclText.Parse(text, rightsMayLack: true)).Should().Be(expected);

    [Theory]
    [InlineData("rwx")]
    [InlineData("u:101:rwx")]
    [InlineData("u::rwz")]
    [InlineData("u::8")]
    [InlineData("g:biomed/Role=reader")]
    [InlineData("everybody::rwx")]
    [InlineData("")]
    public void Refuses_what_is_no_entry(string text)
    {
        var parse = () => AclText.Parse(text, rightsMayLack: false);

        parse.Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.InvalidName);
    }

    [Fact]
    public void Writes_what_getacl_wrote_byte_for_byte()
    {
        var acl = Acl.Parse(["user::rwx", "user:/DC=org/CN=Jane:rw-", "group::r-x", "group:/biomed/Role=reader:rwx", "mask::r-x", "other::---", "default:user::rwx", "default:group::r-x", "default:other::---"]);

        string.Join('\n', AclText.Lines(acl, access: true, byDefault: true)).Should().Be(
            """
            user::rwx
            user:/DC=org/CN=Jane:rw-		#effective:r--
            group::r-x		#effective:r-x
            group:biomed/Role=reader:rwx		#effective:r-x
            mask::r-x
            other::---
            default:user::rwx
            default:group::r-x
            default:other::---
            """);
        AclText.Lines(acl, access: false, byDefault: true).Should().OnlyContain(line => line.StartsWith("default:", StringComparison.Ordinal)).And.HaveCount(3);
    }
}
