namespace Mdm.Abstractions.Testing;

public abstract partial class CatalogContract
{
    private static readonly Acl Narrow = Acl.Parse(["user::rw-", "group::---", "other::---"]);

    [SkippableFact]
    public async Task Rights_are_replaced_when_nobody_else_changed_them()
    {
        await Make(CatalogDrafts.File("/f"));
        var changed = await Catalog.SetAclAsync(Id("/f"), Narrow, 1, default);
        Owed.Equal(Narrow, changed.Acl);
        Owed.True(changed.AclVersion > 1);
        Owed.Equal(_time.GetUtcNow(), changed.ModifiedAt);
        Owed.Equal(CatalogDrafts.CreatedAt, changed.CreatedAt);
        Owed.Equal(changed, await At("/f"));
    }

    [SkippableFact]
    public async Task Rights_that_somebody_else_changed_are_not_replaced()
    {
        await Make(CatalogDrafts.File("/f"));
        var first = await Catalog.SetAclAsync(Id("/f"), Narrow, 1, default);
        await Fails(MdmErrorKind.Busy, async () => await Catalog.SetAclAsync(Id("/f"), Acl.FromMode(0b111_111_111), 1, default));
        Owed.Equal(first, await At("/f"));
        await Fails(MdmErrorKind.NotFound, async () => await Catalog.SetAclAsync(Id("never"), Narrow, 1, default));
    }

    [SkippableFact]
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
        Owed.Single(won, true);
    }

    [SkippableFact]
    public async Task The_roots_rights_may_be_changed()
    {
        await Catalog.SetAclAsync(CatalogDraft.Root(default).Id, Narrow, 1, default);
        Owed.Equal(Narrow, (await There("/")).Acl);
    }

    [SkippableFact]
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
        Owed.Equal(full, (await There("/f")).Acl);
    }

    [SkippableFact]
    public async Task Facts_are_recorded_and_forgotten()
    {
        await Make(CatalogDrafts.File("/f"));
        var facts = new FileFacts(123_456_789_012, uint.MaxValue);
        await Catalog.SetFactsAsync(Id("/f"), facts, default);
        Owed.Equal(facts, (await There("/f")).Facts);
        await Catalog.SetFactsAsync(Id("/f"), null, default);
        Owed.Null((await There("/f")).Facts);
        await Fails(MdmErrorKind.NotFound, async () => await Catalog.SetFactsAsync(Id("never"), facts, default));
    }

    [SkippableFact]
    public async Task Learning_facts_is_no_modification_and_replacing_them_is()
    {
        await Make(CatalogDrafts.File("/f"));
        var facts = new FileFacts(1, 2);
        await Catalog.SetFactsAsync(Id("/f"), facts, default);
        await Catalog.SetFactsAsync(Id("/f"), facts, default);
        Owed.Equal(CatalogDrafts.CreatedAt, (await There("/f")).ModifiedAt);
        await Catalog.SetFactsAsync(Id("/f"), facts with { Length = 3 }, default);
        Owed.Equal(_time.GetUtcNow(), (await There("/f")).ModifiedAt);
    }

    [SkippableFact]
    public async Task A_moved_entry_keeps_all_but_its_path()
    {
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/f"));
        await Catalog.SetFactsAsync(Id("/f"), new FileFacts(1, 2), default);
        var before = await At("/f");
        var moved = await Catalog.MoveAsync(Id("/f"), P("/d/g"), default);
        Owed.Equal(before! with { Path = P("/d/g"), ModifiedAt = _time.GetUtcNow() }, moved);
        Owed.Equal(moved, await At("/d/g"));
        Owed.Equal(moved, await Catalog.FindAsync(Id("/f"), default));
        Owed.Null(await At("/f"));
        Owed.Equal(["d"], await Names("/"));
    }

    [SkippableFact]
    public async Task A_directory_moves_with_all_below_it()
    {
        await Make(CatalogDrafts.Directory("/a"), CatalogDrafts.Directory("/a/b"), CatalogDrafts.File("/a/b/c"), CatalogDrafts.Directory("/z"));
        await Catalog.MoveAsync(Id("/a"), P("/z/y"), default);
        Owed.Equal(Id("/a/b/c"), (await There("/z/y/b/c")).Id);
        Owed.Equal(P("/z/y/b/c"), (await Found(Id("/a/b/c"))).Path);
        Owed.Null(await At("/a/b/c"));
        Owed.Equal(CatalogDrafts.CreatedAt, (await There("/z/y/b/c")).ModifiedAt);
    }

    [SkippableFact]
    public async Task Moving_onto_its_own_path_changes_nothing()
    {
        await Make(CatalogDrafts.Directory("/d"));
        var before = await At("/d");
        Owed.Equal(before, await Catalog.MoveAsync(Id("/d"), P("/d"), default));
        Owed.Equal(await At("/"), await Catalog.MoveAsync((await There("/")).Id, StoragePath.Root, default));
    }

    [SkippableFact]
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
        Owed.Equal(["d", "f", "l"], await Names("/"));
        Owed.Equal(["e"], await Names("/d"));
    }

    [SkippableFact]
    public async Task No_move_makes_a_path_too_deep()
    {
        var deep = StoragePath.Root;
        var drafts = new List<CatalogDraft>();
        for (var depth = 0; depth < StoragePath.MaxDepth - 1; depth++)
            drafts.Add(CatalogDrafts.Directory((deep = deep.Child("d")).ToString()));
        await Make([.. drafts, CatalogDrafts.Directory("/x"), CatalogDrafts.File("/x/f"), CatalogDrafts.File("/flat")]);
        var before = await At("/x");
        await Fails(MdmErrorKind.InvalidName, async () => await Catalog.MoveAsync(Id("/x"), deep.Child("x"), default));
        Owed.Equal(before, await At("/x"));
        // One name less deep, and a file where a directory would not fit.
        await Catalog.MoveAsync(Id("/x"), deep.Parent.Child("x"), default);
        await Catalog.MoveAsync(Id("/flat"), deep.Child("flat"), default);
        Owed.Equal(StoragePath.MaxDepth, (await Found(Id("/x/f"))).Path.Names.Length);
    }

    [SkippableFact]
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
        Owed.Equal(StoragePath.MaxBytes, System.Text.Encoding.UTF8.GetByteCount((await Found(Id("/x/" + new string('y', 255)))).Path.ToString()));
    }

    [SkippableFact]
    public async Task Removes_files_links_and_empty_directories()
    {
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/d/f"), CatalogDrafts.Link("/d/l", "/d"));
        Owed.True(await Catalog.RemoveAsync(Id("/d/f"), default));
        Owed.True(await Catalog.RemoveAsync(Id("/d/l"), default));
        Owed.True(await Catalog.RemoveAsync(Id("/d"), default));
        Owed.False(await Catalog.RemoveAsync(Id("/d"), default));
        Owed.Empty(await Names("/"));
        Owed.Null(await Catalog.FindAsync(Id("/d/f"), default));
    }

    [SkippableFact]
    public async Task Removes_neither_the_root_nor_a_directory_with_entries()
    {
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/d/f"));
        await Fails(MdmErrorKind.DirectoryNotEmpty, async () => await Catalog.RemoveAsync(Id("/d"), default));
        await Fails(MdmErrorKind.Refused, async () => await Catalog.RemoveAsync(CatalogDraft.Root(default).Id, default));
        Owed.NotNull(await At("/d/f"));
    }

    [SkippableFact]
    public async Task A_removed_entry_may_be_created_again()
    {
        await Make(CatalogDrafts.File("/f"));
        await Catalog.RemoveAsync(Id("/f"), default);
        await Make(CatalogDrafts.File("/f"));
        Owed.NotNull(await At("/f"));
    }

    [SkippableFact]
    public async Task Two_moves_at_once_never_make_a_ring()
    {
        for (var round = 0; round < 10; round++)
        {
            var (a, b) = ($"/a{round}", $"/b{round}");
            await Make(CatalogDrafts.Directory(a), CatalogDrafts.Directory(b));
            var moves = await Task.WhenAll(Move(a, b + "/a"), Move(b, a + "/b"));
            Owed.Single(moves, true);
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
