namespace Mdm.Abstractions.Tests.Values;

public sealed class AclTests
{
    private static readonly DistinguishedName Owner = DistinguishedName.Parse("/CN=owner");
    private static readonly Fqan Group = Fqan.Parse("/biomed");

    [Fact]
    public void The_owner_gets_what_the_owner_entry_says_and_no_more()
    {
        var acl = Acl.Parse(["user::-w-", "group::rwx", "other::rwx"]);
        acl.Effective(Caller("/CN=owner", "/biomed"), Owner, Group).Should().Be(Permissions.Write);
    }

    [Fact]
    public void The_mask_does_not_cut_the_owner_nor_others()
    {
        var acl = Acl.Parse(["user::rwx", "mask::---", "group::rwx", "other::r--", "user:/CN=named:rwx"]);
        acl.Effective(Caller("/CN=owner"), Owner, Group).Should().Be(Permissions.All);
        acl.Effective(Caller("/CN=stranger"), Owner, Group).Should().Be(Permissions.Read);
        acl.Effective(Caller("/CN=named"), Owner, Group).Should().Be(Permissions.None);
        acl.Effective(Caller("/CN=member", "/biomed"), Owner, Group).Should().Be(Permissions.None);
    }

    [Fact]
    public void A_named_user_gets_nothing_from_groups_or_others()
    {
        var acl = Acl.Parse(["user:/CN=named:r--", "group::rwx", "group:/biomed/lung:rwx", "mask::rwx", "other::rwx"]);
        acl.Effective(Caller("/CN=named", "/biomed", "/biomed/lung"), Owner, Group).Should().Be(Permissions.Read);
    }

    [Fact]
    public void One_group_must_grant_all_that_is_asked()
    {
        var acl = Acl.Parse(["group::r--", "group:/biomed/lung:-wx", "mask::rwx", "other::rwx"]);
        var caller = Caller("/CN=member", "/biomed", "/biomed/lung");
        acl.Permits(caller, Owner, Group, Permissions.Read).Should().BeTrue();
        acl.Permits(caller, Owner, Group, Permissions.Write | Permissions.Execute).Should().BeTrue();
        acl.Permits(caller, Owner, Group, Permissions.Read | Permissions.Write).Should().BeFalse();
        acl.Effective(caller, Owner, Group).Should().Be(Permissions.All);
    }

    [Fact]
    public void Who_is_in_a_group_gets_nothing_from_others()
    {
        var acl = Acl.Parse(["group::---", "other::rwx"]);
        acl.Permits(Caller("/CN=member", "/biomed"), Owner, Group, Permissions.Read).Should().BeFalse();
        acl.Permits(Caller("/CN=stranger", "/atlas"), Owner, Group, Permissions.Read).Should().BeTrue();
    }

    [Fact]
    public void A_role_is_not_its_group()
    {
        var acl = Acl.Parse(["group:/biomed/Role=physician:r--", "other::---"]);
        acl.Permits(Caller("/CN=x", "/biomed/Role=physician/Capability=NULL"), Owner, Group, Permissions.Read).Should().BeTrue();
        acl.Permits(Caller("/CN=x", "/biomed"), Owner, Fqan.Parse("/none"), Permissions.Read).Should().BeFalse();
        acl.Permits(Caller("/CN=x", "/biomed/lung/Role=physician"), Owner, Fqan.Parse("/none"), Permissions.Read).Should().BeFalse();
    }

    [Fact]
    public void Default_entries_grant_nothing()
    {
        var acl = Acl.Parse(["user::rwx", "group::---", "other::---", "default:user:/CN=named:rwx", "default:other::rwx"]);
        acl.Effective(Caller("/CN=named"), Owner, Group).Should().Be(Permissions.None);
    }

    [Fact]
    public void A_caller_without_attributes_is_in_no_group()
    {
        var acl = Acl.Parse(["group::rwx", "other::---"]);
        acl.Permits(new GridIdentity(DistinguishedName.Parse("/CN=x"), default), Owner, Group, Permissions.Read).Should().BeFalse();
        acl.Permits(new GridIdentity(DistinguishedName.Parse("/CN=x")), Owner, Group, Permissions.Read).Should().BeFalse();
    }

    [Fact]
    public void Is_completed()
    {
        Acl.Parse(["group:/biomed:r-x", "user:/CN=x:-w-", "group::--x"]).ToString()
            .Should().Be("user::rwx,user:/CN=x:-w-,group::--x,group:/biomed:r-x,mask::rwx,other::---");
        Acl.Parse(["default:user:/CN=x:r--"]).ToString()
            .Should().Be("user::rwx,group::---,other::---,default:user::rwx,default:user:/CN=x:r--,default:group::---,default:mask::r--,default:other::---");
        Acl.Parse([]).ToString().Should().Be("user::rwx,group::---,other::---");
    }

    [Fact]
    public void Order_does_not_matter()
    {
        var one = Acl.Parse(["user::rwx", "group:/b:r--", "group:/a:r--", "other::---"]);
        var two = Acl.Parse(["other::---", "group:/a:4", "group:/b:4", "group::0"]);
        (one == two).Should().BeTrue();
        (one != two).Should().BeFalse();
        one.GetHashCode().Should().Be(two.GetHashCode());
        (one == Acl.FromMode(0)).Should().BeFalse();
    }

    [Fact]
    public void Refuses_an_entry_that_stands_twice() =>
        FluentActions.Invoking(() => Acl.Parse(["group:/biomed:r--", "group:/biomed/Role=NULL:rwx"])).Should().Throw<MdmException>().WithMessage("*stands twice*");

    [Fact]
    public void Refuses_entries_that_no_text_could_give()
    {
        AclEntry[] strange =
        [
            new(false, AclTag.User, null, Permissions.Read), new(false, AclTag.User, "alice", Permissions.Read), new(false, AclTag.Group, "/a/Role=NULL", Permissions.Read),
            new(false, AclTag.Other, "/CN=x", Permissions.Read), new(false, AclTag.Owner, null, (Permissions)8), new(false, (AclTag)9, null, Permissions.Read),
        ];
        foreach (var entry in strange)
            FluentActions.Invoking(() => Acl.Create([entry])).Should().Throw<MdmException>(entry.Tag.ToString()).Which.Kind.Should().Be(MdmErrorKind.InvalidName);
    }

    [Fact]
    public void What_is_accepted_can_be_read_again_however_long()
    {
        static IEnumerable<string> Users(int count) => Enumerable.Range(0, count).Select(i => $"user:/CN={i}:r--");
        var full = Acl.Parse(Users(Acl.MaxEntries - 4));
        full.Entries.Should().HaveCount(Acl.MaxEntries);
        Acl.Parse(full.Entries.Select(e => e.ToString())).Should().Be(full);
        FluentActions.Invoking(() => Acl.Parse(Users(Acl.MaxEntries - 3))).Should().Throw<MdmException>().WithMessage("*256 entries*");
        FluentActions.Invoking(() => Acl.Parse(Users(100_000))).Should().Throw<MdmException>();
    }

    [Theory]
    [InlineData(0b111_101_100)]
    [InlineData(0)]
    [InlineData(0b111_111_111)]
    public void Mode_bits_go_in_and_come_out(int mode) => Acl.FromMode(mode).Mode.Should().Be(mode);

    [Fact]
    public void The_group_bits_show_the_mask_where_there_is_one()
    {
        var acl = Acl.Parse(["user::rwx", "group::rwx", "user:/CN=x:rwx", "mask::r--", "other::--x"]);
        acl.Mode.Should().Be(0b111_100_001);
        var changed = acl.WithMode(0b110_010_000);
        changed.ToString().Should().Be("user::rw-,user:/CN=x:rwx,group::rwx,mask::-w-,other::---");
        Acl.FromMode(0).WithMode(0b110_100_001).Should().Be(Acl.FromMode(0b110_100_001));
    }

    [Fact]
    public void Changing_the_mode_leaves_defaults_alone()
    {
        var acl = Acl.Parse(["default:user::rwx", "default:group::r-x", "default:other::r-x"]).WithMode(0);
        acl.InheritedBy(directory: false, 0b111_111_111).Should().Be(Acl.FromMode(0b111_101_101));
    }

    [Fact]
    public void Without_defaults_a_child_starts_with_its_mode() =>
        Acl.FromMode(0b111_111_111).InheritedBy(directory: true, 0b111_101_000).Should().Be(Acl.FromMode(0b111_101_000));

    [Fact]
    public void A_file_inherits_defaults_cut_to_its_mode()
    {
        var parent = Acl.Parse(["default:user::rwx", "default:user:/CN=x:rwx", "default:group::r-x", "default:mask::rwx", "default:other::r-x"]);
        parent.InheritedBy(directory: false, 0b110_100_000).ToString().Should().Be("user::rw-,user:/CN=x:rwx,group::r-x,mask::r--,other::---");
    }

    [Fact]
    public void A_directory_inherits_the_defaults_as_defaults_too()
    {
        var parent = Acl.Parse(["default:user::rwx", "default:group::rwx", "default:other::r-x"]);
        var child = parent.InheritedBy(directory: true, 0b111_101_000);
        child.ToString().Should().Be("user::rwx,group::r-x,other::---,default:user::rwx,default:group::rwx,default:other::r-x");
        child.InheritedBy(directory: true, 0b111_101_000).Should().Be(child);
    }

    private static GridIdentity Caller(string subject, params string[] fqans) => new(DistinguishedName.Parse(subject), [.. fqans.Select(Fqan.Parse)]);
}
