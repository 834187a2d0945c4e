using System.Text;

namespace Mdm.Abstractions.Testing;

// The abilities beside: comments, owners, the right to be found.
public abstract partial class CatalogContract
{
    private static readonly DistinguishedName Heir = DistinguishedName.Parse("/DC=org/DC=example/CN=Heir, Second: of images");
    private static readonly Acl Search = Acl.Parse(["user::r--", "user:/DC=org/CN=Doe, Jane: MD:---", "group::---", "mask::r--", "other::---"]);
    private static readonly Fqan Heirs = Fqan.Parse("/heirs/Role=second");

    [SkippableFact]
    public async Task A_comment_is_put_replaced_and_taken_away()
    {
        var catalog = Commentable();
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/d/f"), CatalogDrafts.Link("/d/l", "/d"));
        foreach (var path in (string[])["/", "/d", "/d/f", "/d/l"])
        {
            var before = await There(path);
            Owed.Null(before.Comment);
            Owed.Equal(before with { Comment = "first" }, await catalog.SetCommentAsync(before.Id, "first", default));
            Owed.Equal(before with { Comment = "second" }, await catalog.SetCommentAsync(before.Id, "second", default));
            Owed.Equal(before with { Comment = "second" }, await At(path));
            Owed.Equal(before, await catalog.SetCommentAsync(before.Id, null, default));
            Owed.Equal(before, await At(path));
        }
    }

    [SkippableFact]
    public async Task A_comment_is_told_wherever_its_entry_is()
    {
        var catalog = Commentable();
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/d/f"), CatalogDrafts.File("/d/g"));
        var commented = await catalog.SetCommentAsync(Id("/d/f"), "what it shows", default);
        Owed.Equal(commented, await Found(Id("/d/f")));
        Owed.Equal<string?>(["what it shows", null], (await Catalog.ListAsync(P("/d"), null, 0, 10, default)).Select(entry => entry.Comment));
        Owed.Equal(commented, (await Create(CatalogDrafts.File("/d/f"))).Entry);
        Owed.Equal("what it shows", (await Catalog.SetAclAsync(Id("/d/f"), Narrow, 1, default)).Comment);
        Owed.Equal("what it shows", (await Catalog.MoveAsync(Id("/d/f"), P("/h"), default)).Comment);
        Owed.Equal("what it shows", (await There("/h")).Comment);
    }

    [SkippableFact]
    public async Task A_comment_goes_with_its_entry()
    {
        var catalog = Commentable();
        await Make(CatalogDrafts.File("/f"), CatalogDrafts.File("/g"));
        await catalog.SetCommentAsync(Id("/f"), "of what was here before", default);
        await catalog.SetCommentAsync(Id("/g"), "of what was here before", default);
        await Catalog.RemoveAsync(Id("/f"), default);
        await Make(CatalogDrafts.File("/f"));
        Owed.Null((await There("/f")).Comment);
        await Catalog.ReplaceAsync(Id("/g"), CatalogDrafts.File("/g") with { Id = Id("another") }, default);
        Owed.Null((await There("/g")).Comment);
    }

    [SkippableFact]
    public async Task A_comment_has_255_bytes_of_any_script()
    {
        var catalog = Commentable();
        await Make(CatalogDrafts.File("/f"));
        foreach (var comment in (string[])["x", new string('x', 255), new string('я', 127) + "x", "𝒳 \"quoted\" 'too' \\ % _ -- ;", " "])
        {
            await catalog.SetCommentAsync(Id("/f"), comment, default);
            Owed.Equal(comment, (await There("/f")).Comment);
        }
        foreach (var none in (string[])[string.Empty, new string('x', 256), new string('я', 128)])
            await Owed.ThrowsAnyAsync<ArgumentException>(async () => await catalog.SetCommentAsync(Id("/f"), none, default));
        Owed.Equal(" ", (await There("/f")).Comment);
        Owed.Equal(ICommentableCatalog.MaxCommentBytes, Encoding.UTF8.GetByteCount(new string('я', 127) + "x"));
        await Fails(MdmErrorKind.NotFound, async () => await catalog.SetCommentAsync(Id("never"), "x", default));
    }

    [SkippableFact]
    public async Task An_entry_is_given_to_another_owner_and_group()
    {
        var catalog = Ownable();
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/d/f"));
        var before = await There("/d/f");
        var given = await catalog.SetOwnerAsync(Id("/d/f"), Heir, Heirs, 1, default);
        Owed.True(given.AclVersion > 1);
        Owed.Equal(before with { Owner = Heir, Group = Heirs, AclVersion = given.AclVersion, ModifiedAt = _time.GetUtcNow() }, given);
        Owed.Equal(given, await At("/d/f"));
        Owed.Equal(given, await Found(Id("/d/f")));
        Owed.Equal(CatalogDrafts.Owner, (await There("/d")).Owner);
        await catalog.SetOwnerAsync(CatalogDraft.Root(default).Id, Heir, Heirs, 1, default);
        Owed.Equal((Heir, Heirs), ((await There("/")).Owner, (await There("/")).Group));
    }

    [SkippableFact]
    public async Task Nothing_is_given_away_by_who_read_other_rights()
    {
        var catalog = Ownable();
        await Make(CatalogDrafts.File("/f"));
        var narrowed = await Catalog.SetAclAsync(Id("/f"), Narrow, 1, default);
        await Fails(MdmErrorKind.Busy, async () => await catalog.SetOwnerAsync(Id("/f"), Heir, Heirs, 1, default));
        Owed.Equal(narrowed, await At("/f"));
        var given = await catalog.SetOwnerAsync(Id("/f"), Heir, CatalogDrafts.Group, narrowed.AclVersion, default);
        await Fails(MdmErrorKind.Busy, async () => await Catalog.SetAclAsync(Id("/f"), Acl.FromMode(0b111_111_111), narrowed.AclVersion, default));
        Owed.Equal(given, await At("/f"));
        await Fails(MdmErrorKind.NotFound, async () => await catalog.SetOwnerAsync(Id("never"), Heir, Heirs, 1, default));
    }

    [SkippableFact]
    public async Task The_rights_to_read_and_to_find_change_in_one_step()
    {
        var catalog = Findable();
        await Make(CatalogDrafts.File("/f"));
        var before = await There("/f");
        Owed.Null(before.SearchAcl);
        var changed = await catalog.SetRightsAsync(Id("/f"), Narrow, Search, 1, default);
        Owed.True(changed.AclVersion > 1);
        Owed.Equal(before with { Acl = Narrow, SearchAcl = Search, AclVersion = changed.AclVersion, ModifiedAt = _time.GetUtcNow() }, changed);
        Owed.Equal(changed, await At("/f"));
        Owed.Equal(changed, await Found(Id("/f")));
        Owed.Equal(changed, (await Catalog.ListAsync(StoragePath.Root, null, 0, 10, default))[0]);
        var opened = await catalog.SetRightsAsync(Id("/f"), Narrow, null, changed.AclVersion, default);
        Owed.Null(opened.SearchAcl);
        Owed.Equal(opened, await At("/f"));
    }

    [SkippableFact]
    public async Task The_right_to_find_stays_when_anything_else_changes()
    {
        var catalog = Findable();
        await Make(CatalogDrafts.File("/f"));
        var version = (await catalog.SetRightsAsync(Id("/f"), Narrow, Search, 1, default)).AclVersion;
        Owed.Equal(Search, (await Catalog.SetAclAsync(Id("/f"), CatalogDrafts.Acl, version, default)).SearchAcl);
        await Catalog.SetFactsAsync(Id("/f"), new FileFacts(1, 2), default);
        Owed.Equal(Search, (await Catalog.MoveAsync(Id("/f"), P("/g"), default)).SearchAcl);
        Owed.Equal(Search, (await There("/g")).SearchAcl);
        await Catalog.RemoveAsync(Id("/f"), default);
        await Make(CatalogDrafts.File("/f"));
        Owed.Null((await There("/f")).SearchAcl);
    }

    [SkippableFact]
    public async Task Neither_right_changes_when_somebody_else_changed_one_meanwhile()
    {
        var catalog = Findable();
        await Make(CatalogDrafts.File("/f"));
        var first = await catalog.SetRightsAsync(Id("/f"), Narrow, Search, 1, default);
        await Fails(MdmErrorKind.Busy, async () => await catalog.SetRightsAsync(Id("/f"), CatalogDrafts.Acl, null, 1, default));
        await Fails(MdmErrorKind.Busy, async () => await Catalog.SetAclAsync(Id("/f"), CatalogDrafts.Acl, 1, default));
        Owed.Equal(first, await At("/f"));
        await Fails(MdmErrorKind.NotFound, async () => await catalog.SetRightsAsync(Id("never"), Narrow, Search, 1, default));
    }

    private IFindableCatalog Findable()
    {
        Skip.IfNot(Catalog is IFindableCatalog, $"The catalogue has not the ability {nameof(IFindableCatalog)}.");
        return (IFindableCatalog)Catalog;
    }

    private ICommentableCatalog Commentable()
    {
        Skip.IfNot(Catalog is ICommentableCatalog, $"The catalogue has not the ability {nameof(ICommentableCatalog)}.");
        return (ICommentableCatalog)Catalog;
    }

    private IOwnableCatalog Ownable()
    {
        Skip.IfNot(Catalog is IOwnableCatalog, $"The catalogue has not the ability {nameof(IOwnableCatalog)}.");
        return (IOwnableCatalog)Catalog;
    }
}
