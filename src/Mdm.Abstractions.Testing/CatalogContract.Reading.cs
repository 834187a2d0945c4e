namespace Mdm.Abstractions.Testing;

public abstract partial class CatalogContract
{
    [SkippableFact]
    public async Task The_root_directory_always_exists()
    {
        var root = Owed.Single(await Catalog.WalkAsync(StoragePath.Root, default));
        Same(CatalogDraft.Root(root.CreatedAt), root);
        Owed.Equal(1, root.AclVersion);
        Owed.Equal(root, await Catalog.FindAsync(root.Id, default));
        Owed.Empty(await Catalog.ListAsync(StoragePath.Root, null, 0, 10, default));
    }

    [SkippableFact]
    public async Task Walks_from_the_root_to_the_entry()
    {
        await Make(CatalogDrafts.Directory("/a"), CatalogDrafts.Directory("/a/b"), CatalogDrafts.File("/a/b/c"));
        Owed.Equal(["/", "/a", "/a/b", "/a/b/c"], (await Catalog.WalkAsync(P("/a/b/c"), default)).Select(entry => entry.Path.ToString()));
    }

    [SkippableFact]
    public async Task Walks_as_far_as_entries_exist()
    {
        await Make(CatalogDrafts.Directory("/a"));
        Owed.Equal(["/", "/a"], (await Catalog.WalkAsync(P("/a/b/c"), default)).Select(entry => entry.Path.ToString()));
    }

    [SkippableFact]
    public async Task A_walk_stops_after_a_link_or_a_file()
    {
        await Make(CatalogDrafts.Directory("/real"), CatalogDrafts.File("/real/x"), CatalogDrafts.Link("/link", "/real"), CatalogDrafts.File("/file"));
        Owed.Equal(["/", "/link"], (await Catalog.WalkAsync(P("/link/x"), default)).Select(entry => entry.Path.ToString()));
        Owed.Equal(["/", "/file"], (await Catalog.WalkAsync(P("/file/x"), default)).Select(entry => entry.Path.ToString()));
        Owed.Equal(CatalogEntryKind.Link, (await There("/link")).Kind);
    }

    [SkippableFact]
    public async Task Walks_as_deep_as_a_path_may_be()
    {
        var path = StoragePath.Root;
        var drafts = new List<CatalogDraft>();
        for (var depth = 0; depth < StoragePath.MaxDepth; depth++)
            drafts.Add(CatalogDrafts.Directory((path = path.Child("d")).ToString()));
        await Make([.. drafts]);
        Owed.Equal(StoragePath.MaxDepth + 1, (await Catalog.WalkAsync(path, default)).Count);
        Owed.Equal(path, (await Found(Id(path.ToString()))).Path);
    }

    [SkippableFact]
    public async Task Finds_an_entry_by_its_id()
    {
        await Make(CatalogDrafts.Directory("/a"), CatalogDrafts.File("/a/f"));
        Owed.Equal(P("/a/f"), (await Found(Id("/a/f"))).Path);
        Owed.Null(await Catalog.FindAsync(Id("never"), default));
    }

    [SkippableFact]
    public async Task Lists_in_the_order_of_utf8_bytes()
    {
        // In UTF-16 the face (U+1F600) would come before the full-width letter (U+FF21).
        string[] ordered = ["!", "10", "9", "A", "Z", "_", "a", "ab", "b", "é", "я", "中", "Ａ", "😀"];
        await Make([.. ordered.Reverse().Select(name => CatalogDrafts.File("/" + name))]);
        Owed.Equal(ordered, await Names("/"));
        Owed.Equal(["Ａ", "😀"], await Names("/", after: "中"));
    }

    [SkippableFact]
    public async Task Pages_by_name_and_by_number()
    {
        await Make([CatalogDrafts.Directory("/d"), .. Enumerable.Range(0, 10).Select(i => CatalogDrafts.File($"/d/{i}"))]);
        Owed.Equal(["0", "1", "2"], await Names("/d", limit: 3));
        Owed.Equal(["3", "4", "5"], await Names("/d", after: "2", limit: 3));
        Owed.Equal(["5", "6", "7"], await Names("/d", after: "2", skip: 2, limit: 3));
        Owed.Equal(["8", "9"], await Names("/d", skip: 8, limit: 3));
        Owed.Equal(["5", "6"], await Names("/d", after: "44", limit: 2));
        Owed.Empty(await Names("/d", after: "9"));
        Owed.Empty(await Names("/d", skip: 10));
    }

    [SkippableFact]
    public async Task Lists_only_the_directory_itself()
    {
        await Make(CatalogDrafts.Directory("/a"), CatalogDrafts.Directory("/a/b"), CatalogDrafts.File("/a/b/c"), CatalogDrafts.Directory("/ab"));
        Owed.Equal(["b"], await Names("/a"));
        Owed.Equal(["a", "ab"], await Names("/"));
    }

    [SkippableFact]
    public async Task Tells_what_cannot_be_listed()
    {
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/f"), CatalogDrafts.Link("/l", "/d"));
        await Fails(MdmErrorKind.NotFound, async () => await Names("/none"));
        await Fails(MdmErrorKind.NotFound, async () => await Names("/d/none/deeper"));
        await Fails(MdmErrorKind.NotADirectory, async () => await Names("/f"));
        await Fails(MdmErrorKind.NotADirectory, async () => await Names("/l"));
        await Fails(MdmErrorKind.NotADirectory, async () => await Names("/l/below"));
        await Owed.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Names("/d", limit: 0));
        await Owed.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Names("/d", skip: -1));
    }
}
