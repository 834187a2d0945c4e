using Mdm.Abstractions.Testing;
using Mdm.Host.Metadata;

namespace Mdm.Host.Tests.Metadata;

public sealed class SearchRightsTests
{
    private static readonly DistinguishedName Jane = DistinguishedName.Parse("/DC=org/CN=Doe, Jane: MD");

    [Fact]
    public void A_file_without_rights_of_its_own_is_found_as_its_collection_says() => Of(null).Should().Be(RowReaders.AsCollection);

    [Fact]
    public void Each_class_is_named_and_cut_down_to_the_mask()
    {
        Of("user::r--", $"user:{Jane}:r--", "group::r--", "group:/other/Role=reader:rwx", "mask::rwx", "other::---").Should().Be(RowReaders.Only(
            [new(CatalogDrafts.Owner, null, true), new(Jane, null, true), new(null, CatalogDrafts.Group, true), new(null, Fqan.Parse("/other/Role=reader"), true), new(null, null, false)]));
        Of("user::r--", $"user:{Jane}:r--", "group::r--", "mask::-wx", "other::r--").Should().Be(RowReaders.Only(
            [new(CatalogDrafts.Owner, null, true), new(Jane, null, false), new(null, CatalogDrafts.Group, false), new(null, null, true)]));
    }

    [Fact]
    public void The_owners_class_comes_before_an_entry_that_names_him() =>
        Of("user::---", $"user:{CatalogDrafts.Owner}:r--", "group::---", "mask::r--", "other::---").Named.Should().Contain(new RowReader(CatalogDrafts.Owner, null, false)).And.HaveCount(3);

    [Fact]
    public void One_entry_of_the_owning_group_that_may_is_enough() =>
        Of("user::---", "group::---", $"group:{CatalogDrafts.Group}:r--", "mask::r--", "other::---").Named.Should().Contain(new RowReader(null, CatalogDrafts.Group, true)).And.HaveCount(3);

    private static RowReaders Of(params string[]? acl) => SearchRights.Of(new CatalogEntry
    {
        Id = CatalogDrafts.Id("/f"),
        Path = StoragePath.Parse("/f"),
        Kind = CatalogEntryKind.File,
        Owner = CatalogDrafts.Owner,
        Group = CatalogDrafts.Group,
        Acl = CatalogDrafts.Acl,
        SearchAcl = acl is null ? null : Acl.Parse(acl),
        CreatedAt = CatalogDrafts.CreatedAt,
        ModifiedAt = CatalogDrafts.CreatedAt,
        AclVersion = 1,
    });
}
