using Mdm.Abstractions.Testing;
using Mdm.Formats.Names;
using Mdm.Host.Names;

namespace Mdm.Host.Tests.Names;

public sealed class AclEditTests
{
    private const string Plain = "user::rwx,group::r-x,other::---";
    private const string Named = "user::rwx,user:/CN=a:rw-,group::r-x,group:/vo:-w-,mask::r--,other::---";
    private const string WithDefaults = "user::rwx,group::r-x,other::---,default:user::rwx,default:group::r-x,default:other::---";

    [Theory]
    // The mask is what the entries need that it holds down, unless it is given.
    [InlineData(Plain, "modify", "user:/CN=a:rw-", "user::rwx,user:/CN=a:rw-,group::r-x,mask::rwx,other::---")]
    [InlineData(Plain, "modify", "user:/CN=a:rw-,mask::r--", "user::rwx,user:/CN=a:rw-,group::r-x,mask::r--,other::---")]
    [InlineData(Named, "modify", "user:/CN=a:r--", "user::rwx,user:/CN=a:r--,group::r-x,group:/vo:-w-,mask::rwx,other::---")]
    [InlineData(Named, "modify", "group::---", "user::rwx,user:/CN=a:rw-,group::---,group:/vo:-w-,mask::rw-,other::---")]
    [InlineData(Named, "modify", "other::r--", "user::rwx,user:/CN=a:rw-,group::r-x,group:/vo:-w-,mask::r--,other::r--")]
    [InlineData(Named, "modify", "mask::---", "user::rwx,user:/CN=a:rw-,group::r-x,group:/vo:-w-,mask::---,other::---")]
    [InlineData(Named, "delete", "group:/vo:---", "user::rwx,user:/CN=a:rw-,group::r-x,mask::rwx,other::---")]
    [InlineData(Named, "delete", "group:/vo:---,user:/CN=a:7", Plain)]
    [InlineData(Named, "delete", "mask::---", "user::rwx,user:/CN=a:rw-,group::r-x,group:/vo:-w-,mask::rwx,other::---")]
    [InlineData(Named, "delete", "user:/CN=never there:---", "user::rwx,user:/CN=a:rw-,group::r-x,group:/vo:-w-,mask::rwx,other::---")]
    [InlineData(Named, "replace", Plain, Plain)]
    [InlineData(WithDefaults, "replace", Plain, Plain)]
    [InlineData(Plain, "replace", "u::7,g::5,o:0,u:/CN=a:6", "user::rwx,user:/CN=a:rw-,group::r-x,mask::rwx,other::---")]
    // Entries by default, as LFC writes them.
    [InlineData(Plain, "modify", "d:u::7,d:g::5,d:o:0", WithDefaults)]
    [InlineData(WithDefaults, "modify", "d:g:/vo:7", "user::rwx,group::r-x,other::---,default:user::rwx,default:group::r-x,default:group:/vo:rwx,default:mask::rwx,default:other::---")]
    [InlineData(WithDefaults, "modify", "user:/CN=a:r--", "user::rwx,user:/CN=a:r--,group::r-x,mask::r-x,other::---,default:user::rwx,default:group::r-x,default:other::---")]
    [InlineData(WithDefaults, "delete", "d:u::0,d:g::0,d:o:0", Plain)]
    public void Makes_of_a_list(string before, string change, string entries, string after) =>
        Apply(before, change, entries).ToString().Should().Be(Acl.Parse(after.Split(',')).ToString());

    [Theory]
    [InlineData(Plain, "modify", "d:g:/vo:7", "default:user::")]
    [InlineData(Plain, "modify", "d:u::7,d:g::5", "default:other::")]
    [InlineData(Plain, "replace", "u::7,g::5", "none of them can be missing")]
    [InlineData(Plain, "replace", "u:/CN=a:7", "none of them can be missing")]
    [InlineData(Plain, "delete", "other::r--", "none of them can be missing")]
    [InlineData(WithDefaults, "delete", "d:u::7", "take all of them away or none")]
    [InlineData(Plain, "modify", "u::7,user::r--", "twice")]
    [InlineData(Plain, "widen", "u::7", "replace, modify or delete")]
    [InlineData(Plain, "modify", "user:nobody:7", "distinguished name")]
    [InlineData(Plain, "modify", "nobody", "not an ACL entry")]
    public void Says_why_a_list_cannot_become_that(string before, string change, string entries, string why) =>
        FluentActions.Invoking(() => Apply(before, change, entries)).Should().Throw<MdmException>().Where(refusal => refusal.Kind == MdmErrorKind.InvalidName).WithMessage($"*{why}*");

    [Fact]
    public void A_file_has_no_entries_by_default() =>
        FluentActions.Invoking(() => AclEdit.Parse(new AclQuestion(new WireName("/f"), "modify", ["d:u::7", "d:g::5", "d:o:0"])).ApplyTo(Entry(CatalogEntryKind.File, Plain)))
            .Should().Throw<MdmException>().WithMessage("*not a directory*");

    [Fact]
    public void No_change_names_more_than_a_list_may_have() =>
        FluentActions.Invoking(() => AclEdit.Parse(new AclQuestion(new WireName("/f"), "modify", [.. Enumerable.Range(0, Acl.MaxEntries + 1).Select(i => $"user:/CN={i}:r--")])))
            .Should().Throw<MdmException>().WithMessage($"*{Acl.MaxEntries}*");

    private static Acl Apply(string before, string change, string entries) =>
        AclEdit.Parse(new AclQuestion(new WireName("/d"), change, entries.Split(','))).ApplyTo(Entry(CatalogEntryKind.Directory, before));

    private static CatalogEntry Entry(CatalogEntryKind kind, string acl) => new()
    {
        Id = CatalogDrafts.Id("/d"),
        Path = StoragePath.Parse("/d"),
        Kind = kind,
        Owner = CatalogDrafts.Owner,
        Group = CatalogDrafts.Group,
        Acl = Acl.Parse(acl.Split(',')),
        CreatedAt = CatalogDrafts.CreatedAt,
        ModifiedAt = CatalogDrafts.CreatedAt,
        AclVersion = 1,
    };
}
