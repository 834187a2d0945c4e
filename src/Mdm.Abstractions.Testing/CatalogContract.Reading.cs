namespace Mdm.Abstractions.Testing;

public abstract partial class CatalogContract
{
    [Fact]
    public async Task The_root_directory_always_exists()
    {
        var root = Assert.Single(await Catalog.WalkAsync(StoragePath.Root, default));
        Same(CatalogDraft.Root(root.CreatedAt), root);
        Assert.Equal(1, root.AclVersion);
        Assert.Equal(root, await Catalog.FindAsync(root.Id, default));
        Assert.Empty(await Catalog.ListAsync(StoragePath.Root, null, 0, 10, default));
    }

    [Fact]
    public async Task Walks_from_the_root_to_the_entry()
    {
        await Make(CatalogDrafts.Directory("/a"), CatalogDrafts.Directory("/a/b"), CatalogDrafts.File("/a/b/c"));
        Assert.Equal(["/", "/a", "/a/b", "/a/b/c"], (await Catalog.WalkAsync(P("/a/b/c"), default)).Select(entry => entry.Path.ToString()));
    }

    [Fact]
    public async Task Walks_as_far_as_entries_exist()
    {
        await Make(CatalogDrafts.Directory("/a"));
        Assert.Equal(["/", "/a"], (await Catalog.WalkAsync(P("/a/b/c"), default)).Select(entry => entry.Path.ToString()));
    }

    [Fact]
    public async Task A_walk_stops_after_a_link_or_a_file()
    {
        await Make(CatalogDrafts.Directory("/real"), CatalogDrafts.File("/real/x"), CatalogDrafts.Link("/link", "/real"), CatalogDrafts.File("/file"));
        Assert.Equal(["/", "/link"], (await Catalog.WalkAsync(P("/link/x"), default)).Select(entry => entry.Path.ToString()));
        Assert.Equal(["/", "/file"], (await Catalog.WalkAsync(P("/file/x"), default)).Select(entry => entry.Path.ToString()));
        Assert.Equal(CatalogEntryKind.Link, (await At("/link"))!.Kind);
    }

    [Fact]
    public async Task Walks_as_deep_as_a_path_may_be()
    {
        var path = StoragePath.Root;
        var drafts = new List<CatalogDraft>();
        for (var depth = 0; depth < StoragePath.MaxDepth; depth++)
            drafts.Add(CatalogDrafts.Directory((path = path.Child("d")).ToString()));
        await Make([.. drafts]);
        Assert.Equal(StoragePath.MaxDepth + 1, (await Catalog.WalkAsync(path, default)).Count);
        Assert.Equal(path, (await Catalog.FindAsync(Id(path.ToString()), default))!.Path);
    }

    [Fact]
    public async Task Finds_an_entry_by_its_id()
    {
        await Make(CatalogDrafts.Directory("/a"), CatalogDrafts.File("/a/f"));
        Assert.Equal(P("/a/f"), (await Catalog.FindAsync(Id("/a/f"), default))!.Path);
        Assert.Null(await Catalog.FindAsync(Id("never"), default));
    }

    [Fact]
    public async Task Lists_in_the_order_of_utf8_bytes()
    {
        // In UTF-16 the face (U+1F600) would come before the full-width letter (U+FF21).
        string[] ordered = ["!", "10", "9", "A", "Z", "_", "a", "ab", "b", "é", "я", "中", "Ａ", "😀"];
        await Make([.. ordered.Reverse().Select(name => CatalogDrafts.File("/" + name))]);
        Assert.Equal(ordered, await Names("/"));
        Assert.Equal(["Ａ", "😀"], await Names("/", after: "中"));
    }

    [Fact]
    public async Task Pages_by_name_and_by_number()
    {
        await Make([CatalogDrafts.Directory("/d"), .. Enumerable.Range(0, 10).Select(i => CatalogDrafts.File($"/d/{i}"))]);
        Assert.Equal(["0", "1", "2"], await Names("/d", limit: 3));
        Assert.Equal(["3", "4", "5"], await Names("/d", after: "2", limit: 3));
        Assert.Equal(["5", "6", "7"], await Names("/d", after: "2", skip: 2, limit: 3));
        Assert.Equal(["8", "9"], await Names("/d", skip: 8, limit: 3));
        Assert.Equal(["5", "6"], await Names("/d", after: "44", limit: 2));
        Assert.Empty(await Names("/d", after: "9"));
        Assert.Empty(await Names("/d", skip: 10));
    }

    [Fact]
    public async Task Lists_only_the_directory_itself()
    {
        await Make(CatalogDrafts.Directory("/a"), CatalogDrafts.Directory("/a/b"), CatalogDrafts.File("/a/b/c"), CatalogDrafts.Directory("/ab"));
        Assert.Equal(["b"], await Names("/a"));
        Assert.Equal(["a", "ab"], await Names("/"));
    }

    [Fact]
    public async Task Tells_what_cannot_be_listed()
    {
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/f"), CatalogDrafts.Link("/l", "/d"));
        await Fails(MdmErrorKind.NotFound, async () => await Names("/none"));
        await Fails(MdmErrorKind.NotFound, async () => await Names("/d/none/deeper"));
        await Fails(MdmErrorKind.NotADirectory, async () => await Names("/f"));
        await Fails(MdmErrorKind.NotADirectory, async () => await Names("/l"));
        await Fails(MdmErrorKind.NotADirectory, async () => await Names("/l/below"));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Names("/d", limit: 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Names("/d", skip: -1));
    }
}
