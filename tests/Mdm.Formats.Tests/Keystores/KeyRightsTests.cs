using Mdm.Abstractions;
using Mdm.Formats.Keystores;

namespace Mdm.Formats.Tests.Keystores;

public sealed class KeyRightsTests
{
    private static readonly GridIdentity Owner = new(DistinguishedName.Parse("/DC=org/CN=Owner"), [Fqan.Parse("/vo")]);
    private static readonly GridIdentity Member = new(DistinguishedName.Parse("/DC=org/CN=Member"), [Fqan.Parse("/vo/Role=r"), Fqan.Parse("/vo")]);
    private static readonly GridIdentity Stranger = new(DistinguishedName.Parse("/DC=org/CN=Stranger"), [Fqan.Parse("/other")]);

    [Fact]
    public void The_first_class_that_names_the_caller_decides_also_when_it_refuses()
    {
        var rights = Of("user::--------", "user:/DC=org/CN=Member:----l---", "group::------g-", "group:/vo/Role=r:p-------", "other::------g-");
        rights.Of(Owner).Should().Be(KeyRight.None, "an owner who is refused is refused, whatever others get");
        rights.Of(Member).Should().Be(KeyRight.List, "a named user is looked at before any group");
        rights.Of(Stranger).Should().Be(KeyRight.Get);
    }

    [Fact]
    public void Groups_count_together_and_the_mask_cuts_them_and_named_users()
    {
        var rights = Of("group::------g-", "group:/vo/Role=r:pd------", "other::----l---", "mask::p-----g-");
        rights.Of(Member).Should().Be(KeyRight.Get | KeyRight.Permission);
        Of("group::--------", "other::------g-").Of(Member).Should().Be(KeyRight.None, "who is in the group is not other");
    }

    [Fact]
    public void The_rights_of_a_file_come_back_as_they_were()
    {
        var draft = new KeyDraft(KeyId.Parse("00112233445566778899aabbccddeeff"), Owner.Subject, Fqan.Parse("/vo"),
            Acl.Parse(["user::rwx", "user:/DC=org/CN=Doe, Jane: MD:r--", "group::-wx", "group:/vo/Role=r:r-x", "mask::r-x", "other::--x", "default:user::rwx", "default:group::r--", "default:other::---"]));
        var rights = KeyRights.OfFile(draft);
        rights.ToFile(draft.Id).Should().Be(draft);
        WireRights.Of(rights).ToRights().ToFile(draft.Id).Should().Be(draft);
        rights.Of(Owner).Should().Be(KeyRight.Read | KeyRight.List | KeyRight.Get | KeyRight.Write | KeyRight.Execute, "the catalogue changes the rights of a file's key, its owner does not");
    }

    [Fact]
    public void Rights_without_a_group_cross_the_wire()
    {
        var rights = KeyRights.OfOwner(new GridIdentity(Owner.Subject));
        var request = new RightsRequest([new(default, 0)], [WireRights.Of(rights)], 1);
        var read = KeystoreWire.Read(KeystoreWire.Write(request, KeystoreJson.Default.RightsRequest), KeystoreJson.Default.RightsRequest);
        read.Rights[0].ToRights().Should().Be(rights);
    }

    [Fact]
    public void Who_may_get_the_key_is_who_may_read_the_file()
    {
        GridIdentity[] callers = [Owner, Member, Stranger, new(Member.Subject), new(DistinguishedName.Parse("/DC=org/CN=Other"), [Fqan.Parse("/vo/Role=r")])];
        Permissions[] some = [Permissions.None, Permissions.Read, Permissions.Write, Permissions.All];
        foreach (var user in some)
        {
            foreach (var group in some)
            {
                foreach (var named in some)
                {
                    foreach (var mask in some)
                    {
                        var acl = Acl.Create(
                        [
                            new(false, AclTag.Owner, null, user), new(false, AclTag.User, Member.Subject.ToString(), named), new(false, AclTag.OwningGroup, null, group),
                            new(false, AclTag.Group, "/vo/Role=r", named), new(false, AclTag.Mask, null, mask), new(false, AclTag.Other, null, user),
                        ]);
                        var draft = new KeyDraft(default, Owner.Subject, Fqan.Parse("/vo"), acl);
                        foreach (var caller in callers)
                            KeyRights.OfFile(draft).Of(caller).HasFlag(KeyRight.Get).Should().Be(acl.Permits(caller, draft.Owner, draft.Group, Permissions.Read), "{0} for {1}", acl, caller);
                    }
                }
            }
        }
    }

    [Fact]
    public void The_widest_of_two_grants_whatever_either_grants()
    {
        var one = Of("user::pd------", "group::------g-", "other::--------");
        var other = new KeyRights(Stranger.Subject, Fqan.Parse("/other"), one.Entries);
        var widest = KeyRights.Widest(one, other);
        foreach (var caller in (GridIdentity[])[Owner, Member, Stranger])
            widest.Of(caller).Should().HaveFlag(one.Of(caller) | other.Of(caller));
        KeyRights.Widest(one, one).Should().Be(one);
    }

    [Theory]
    [InlineData("user::gg-------")]
    [InlineData("user::q")]
    [InlineData("user:nobody:g")]
    [InlineData("group:/a=b:g")]
    [InlineData("g")]
    [InlineData("")]
    public void What_is_no_entry_is_refused(string text) =>
        FluentActions.Invoking(() => KeyRightsEntry.Parse(text)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.InvalidName);

    [Fact]
    public void Letters_and_bits_are_those_of_Hydra()
    {
        KeyRightText.Format((KeyRight)207).Should().Be("pdrw--gs");
        KeyRightText.Parse("sg-drwp").Should().Be((KeyRight)207);
        ((int)KeyRight.Execute, (int)KeyRight.List).Should().Be((16, 32));
        KeyRightText.Format(KeyRight.Execute).Should().Be("-----x--");
    }

    [Fact]
    public void A_name_has_the_id_that_the_documents_say()
    {
        var hash = System.Security.Cryptography.SHA256.HashData("mdm-key-name-v1\0my file\01"u8)[..16];
        KeyName.Parse("my file").IdOf(1).ToBytes().Should().Equal(hash);
        KeyName.Parse("00112233445566778899aabbccddeeff").Ids.Should().Equal(KeyId.Parse("00112233445566778899aabbccddeeff"));
        FluentActions.Invoking(() => KeyName.Parse(new string('x', 251))).Should().Throw<MdmException>();
        FluentActions.Invoking(() => KeyName.Parse("a\tb")).Should().Throw<MdmException>();
    }

    private static KeyRights Of(params string[] entries) => new(Owner.Subject, Fqan.Parse("/vo"), entries.Select(KeyRightsEntry.Parse));
}
