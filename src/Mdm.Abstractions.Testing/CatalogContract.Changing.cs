namespace Mdm.Abstractions.Testing;

public abstract partial class CatalogContract
{
    private static readonly Acl Narrow = Acl.Parse(["user::rw-", "group::---", "other::---"]);

    [Fact]
    public async Task Rights_are_replaced_when_nobody_else_changed_them()
    {
        await Make(CatalogDrafts.File("/f"));
        var changed = await Catalog.SetAclAsync(Id("/f"), Narrow, 1, default);
        Assert.Equal(Narrow, changed.Acl);
        Assert.True(changed.AclVersion > 1);
        Assert.Equal(_time.GetUtcNow(), changed.ModifiedAt);
        Assert.Equal(CatalogDrafts.CreatedAt, changed.CreatedAt);
        Assert.Equal(changed, await At("/f"));
    }

    [Fact]
    public async Task Rights_that_somebody_else_changed_are_not_replaced()
    {
        await Make(CatalogDrafts.File("/f"));
        var first = await Catalog.SetAclAsync(Id("/f"), Narrow, 1, default);
        await Fails(MdmErrorKind.Busy, async () => await Catalog.SetAclAsync(Id("/f"), Acl.FromMode(0b111_111_111), 1, default));
        Assert.Equal(first, await At("/f"));
        await Fails(MdmErrorKind.NotFound, async () => await Catalog.SetAclAsync(Id("never"), Narrow, 1, default));
    }

    [Fact]
    public async Task Of_many_who_change_rights_at_once_one_wins_each_round()
    {
        await Make(CatalogDrafts.File("/f"));
        var won = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            try
            {
                await Catalog.SetAclAsync(Id("/f"), Acl.FromMode(i), 1, default);
                return true;
            }
            catch (MdmException e) when (e.Kind == MdmErrorKind.Busy)
            {
                return false;
            }
        })));
        Assert.Single(won, true);
    }

    [Fact]
    public async Task The_roots_rights_may_be_changed()
    {
        await Catalog.SetAclAsync(CatalogDraft.Root(default).Id, Narrow, 1, default);
        Assert.Equal(Narrow, (await At("/"))!.Acl);
    }

    [Fact]
    public async Task Rights_may_have_as_many_entries_as_a_list_may()
    {
        await Make(CatalogDrafts.File("/f"));
        var full = Acl.Create(
        [
            new AclEntry(false, AclTag.Owner, null, Permissions.All), new AclEntry(false, AclTag.OwningGroup, null, Permissions.Read),
            new AclEntry(false, AclTag.Mask, null, Permissions.Read), new AclEntry(false, AclTag.Other, null, Permissions.None),
            .. Enumerable.Range(0, Acl.MaxEntries - 4).Select(i => new AclEntry(false, AclTag.User, $"/DC=org/CN=Müller, {i}: researcher", Permissions.Read)),
        ]);
        await Catalog.SetAclAsync(Id("/f"), full, 1, default);
        Assert.Equal(full, (await At("/f"))!.Acl);
    }

    [Fact]
    public async Task Facts_are_recorded_and_forgotten()
    {
        await Make(CatalogDrafts.File("/f"));
        var facts = new FileFacts(123_456_789_012, uint.MaxValue);
        await Catalog.SetFactsAsync(Id("/f"), facts, default);
        Assert.Equal(facts, (await At("/f"))!.Facts);
        await Catalog.SetFactsAsync(Id("/f"), null, default);
        Assert.Null((await At("/f"))!.Facts);
        await Fails(MdmErrorKind.NotFound, async () => await Catalog.SetFactsAsync(Id("never"), facts, default));
    }

    [Fact]
    public async Task Learning_facts_is_no_modification_and_replacing_them_is()
    {
        await Make(CatalogDrafts.File("/f"));
        var facts = new FileFacts(1, 2);
        await Catalog.SetFactsAsync(Id("/f"), facts, default);
        await Catalog.SetFactsAsync(Id("/f"), facts, default);
        Assert.Equal(CatalogDrafts.CreatedAt, (await At("/f"))!.ModifiedAt);
        await Catalog.SetFactsAsync(Id("/f"), facts with { Length = 3 }, default);
        Assert.Equal(_time.GetUtcNow(), (await At("/f"))!.ModifiedAt);
    }

    [Fact]
    public async Task A_moved_entry_keeps_all_but_its_path()
    {
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/f"));
        await Catalog.SetFactsAsync(Id("/f"), new FileFacts(1, 2), default);
        var before = await At("/f");
        var moved = await Catalog.MoveAsync(Id("/f"), P("/d/g"), default);
        Assert.Equal(before! with { Path = P("/d/g"), ModifiedAt = _time.GetUtcNow() }, moved);
        Assert.Equal(moved, await At("/d/g"));
        Assert.Equal(moved, await Catalog.FindAsync(Id("/f"), default));
        Assert.Null(await At("/f"));
        Assert.Equal(["d"], await Names("/"));
    }

    [Fact]
    public async Task A_directory_moves_with_all_below_it()
    {
        await Make(CatalogDrafts.Directory("/a"), CatalogDrafts.Directory("/a/b"), CatalogDrafts.File("/a/b/c"), CatalogDrafts.Directory("/z"));
        await Catalog.MoveAsync(Id("/a"), P("/z/y"), default);
        Assert.Equal(Id("/a/b/c"), (await At("/z/y/b/c"))!.Id);
        Assert.Equal(P("/z/y/b/c"), (await Catalog.FindAsync(Id("/a/b/c"), default))!.Path);
        Assert.Null(await At("/a/b/c"));
        Assert.Equal(CatalogDrafts.CreatedAt, (await At("/z/y/b/c"))!.ModifiedAt);
    }

    [Fact]
    public async Task Moving_onto_its_own_path_changes_nothing()
    {
        await Make(CatalogDrafts.Directory("/d"));
        var before = await At("/d");
        Assert.Equal(before, await Catalog.MoveAsync(Id("/d"), P("/d"), default));
        Assert.Equal(await At("/"), await Catalog.MoveAsync((await At("/"))!.Id, StoragePath.Root, default));
    }

    [Fact]
    public async Task Tells_why_an_entry_cannot_move()
    {
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.Directory("/d/e"), CatalogDrafts.File("/f"), CatalogDrafts.Link("/l", "/d"));
        await Fails(MdmErrorKind.NotFound, async () => await Catalog.MoveAsync(Id("never"), P("/x"), default));
        await Fails(MdmErrorKind.NotFound, async () => await Catalog.MoveAsync(Id("/f"), P("/none/x"), default));
        await Fails(MdmErrorKind.AlreadyExists, async () => await Catalog.MoveAsync(Id("/f"), P("/d"), default));
        await Fails(MdmErrorKind.AlreadyExists, async () => await Catalog.MoveAsync(Id("/f"), P("/l"), default));
        await Fails(MdmErrorKind.AlreadyExists, async () => await Catalog.MoveAsync(Id("/f"), StoragePath.Root, default));
        await Fails(MdmErrorKind.NotADirectory, async () => await Catalog.MoveAsync(Id("/d"), P("/f/x"), default));
        await Fails(MdmErrorKind.NotADirectory, async () => await Catalog.MoveAsync(Id("/f"), P("/l/x"), default));
        await Fails(MdmErrorKind.InvalidName, async () => await Catalog.MoveAsync(Id("/d"), P("/d/x"), default));
        await Fails(MdmErrorKind.InvalidName, async () => await Catalog.MoveAsync(Id("/d"), P("/d/e/x"), default));
        await Fails(MdmErrorKind.InvalidName, async () => await Catalog.MoveAsync(CatalogDraft.Root(default).Id, P("/x"), default));
        Assert.Equal(["d", "f", "l"], await Names("/"));
        Assert.Equal(["e"], await Names("/d"));
    }

    [Fact]
    public async Task No_move_makes_a_path_too_deep()
    {
        var deep = StoragePath.Root;
        var drafts = new List<CatalogDraft>();
        for (var depth = 0; depth < StoragePath.MaxDepth - 1; depth++)
            drafts.Add(CatalogDrafts.Directory((deep = deep.Child("d")).ToString()));
        await Make([.. drafts, CatalogDrafts.Directory("/x"), CatalogDrafts.File("/x/f"), CatalogDrafts.File("/flat")]);
        var before = await At("/x");
        await Fails(MdmErrorKind.InvalidName, async () => await Catalog.MoveAsync(Id("/x"), deep.Child("x"), default));
        Assert.Equal(before, await At("/x"));
        // One name less deep, and a file where a directory would not fit.
        await Catalog.MoveAsync(Id("/x"), deep.Parent.Child("x"), default);
        await Catalog.MoveAsync(Id("/flat"), deep.Child("flat"), default);
        Assert.Equal(StoragePath.MaxDepth, (await Catalog.FindAsync(Id("/x/f"), default))!.Path.Names.Length);
    }

    [Fact]
    public async Task No_move_makes_a_path_too_long()
    {
        var longest = StoragePath.Root;
        var drafts = new List<CatalogDraft>();
        for (var part = 0; part < 15; part++)
            drafts.Add(CatalogDrafts.Directory((longest = longest.Child(new string('я', 127))).ToString()));
        await Make([.. drafts, CatalogDrafts.Directory("/x"), CatalogDrafts.File("/x/" + new string('y', 255))]);
        // 15 x 255 bytes, and 2, 256 and 15 more: 4,098.
        await Fails(MdmErrorKind.InvalidName, async () => await Catalog.MoveAsync(Id("/x"), longest.Child(new string('x', 15)), default));
        await Catalog.MoveAsync(Id("/x"), longest.Child(new string('x', 14)), default);
        Assert.Equal(StoragePath.MaxBytes, System.Text.Encoding.UTF8.GetByteCount((await Catalog.FindAsync(Id("/x/" + new string('y', 255)), default))!.Path.ToString()));
    }

    [Fact]
    public async Task Removes_files_links_and_empty_directories()
    {
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/d/f"), CatalogDrafts.Link("/d/l", "/d"));
        Assert.True(await Catalog.RemoveAsync(Id("/d/f"), default));
        Assert.True(await Catalog.RemoveAsync(Id("/d/l"), default));
        Assert.True(await Catalog.RemoveAsync(Id("/d"), default));
        Assert.False(await Catalog.RemoveAsync(Id("/d"), default));
        Assert.Empty(await Names("/"));
        Assert.Null(await Catalog.FindAsync(Id("/d/f"), default));
    }

    [Fact]
    public async Task Removes_neither_the_root_nor_a_directory_with_entries()
    {
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/d/f"));
        await Fails(MdmErrorKind.DirectoryNotEmpty, async () => await Catalog.RemoveAsync(Id("/d"), default));
        await Fails(MdmErrorKind.Refused, async () => await Catalog.RemoveAsync(CatalogDraft.Root(default).Id, default));
        Assert.NotNull(await At("/d/f"));
    }

    [Fact]
    public async Task A_removed_entry_may_be_created_again()
    {
        await Make(CatalogDrafts.File("/f"));
        await Catalog.RemoveAsync(Id("/f"), default);
        await Make(CatalogDrafts.File("/f"));
        Assert.NotNull(await At("/f"));
    }

    [Fact]
    public async Task Two_moves_at_once_never_make_a_ring()
    {
        for (var round = 0; round < 10; round++)
        {
            var (a, b) = ($"/a{round}", $"/b{round}");
            await Make(CatalogDrafts.Directory(a), CatalogDrafts.Directory(b));
            var moves = await Task.WhenAll(Move(a, b + "/a"), Move(b, a + "/b"));
            Assert.Single(moves, true);
        }

        async Task<bool> Move(string from, string to)
        {
            await Task.Yield();
            try
            {
                await Catalog.MoveAsync(Id(from), P(to), default);
                return true;
            }
            catch (MdmException e) when (e.Kind is MdmErrorKind.NotFound or MdmErrorKind.InvalidName)
            {
                return false;
            }
        }
    }
}
