namespace Mdm.Abstractions.Testing;

public abstract partial class CatalogContract
{
    [SkippableFact]
    public async Task Another_entry_takes_a_files_place()
    {
        await Make(CatalogDrafts.File("/f"));
        var draft = CatalogDrafts.File("/f") with { Id = Id("another"), Source = new FileSource("files", new ArchiveObjectId("2"), "text/plain") };
        var outcome = await Catalog.ReplaceAsync(Id("/f"), draft, default);
        Owed.Equal(CreateOutcomeKind.Created, outcome.Kind);
        Same(draft, await There("/f"));
        Owed.Null(await Catalog.FindAsync(Id("/f"), default));
        Owed.Equal((IEnumerable<string>)["f"], await Names("/"));
    }

    [SkippableFact]
    public async Task Whoever_looks_while_a_file_is_replaced_finds_the_one_or_the_other()
    {
        await Make(CatalogDrafts.File("/f"));
        using var over = new CancellationTokenSource();
        var looking = Task.Run(async () =>
        {
            var isAlwaysThere = true;
            do
                isAlwaysThere &= await At("/f") is not null;
            while (isAlwaysThere && !over.IsCancellationRequested);
            return isAlwaysThere;
        });
        var last = Id("/f");
        for (var round = 0; round < 30; round++)
        {
            var next = Id($"round {round}");
            await Catalog.ReplaceAsync(last, CatalogDrafts.File("/f") with { Id = next }, default);
            last = next;
        }
        await over.CancelAsync();
        Owed.True(await looking);
        Owed.Equal(last, (await There("/f")).Id);
    }

    [SkippableFact]
    public async Task What_stands_elsewhere_or_is_a_directory_is_not_replaced()
    {
        await Make(CatalogDrafts.File("/f"), CatalogDrafts.File("/g"), CatalogDrafts.Directory("/d"));
        var outcome = await Catalog.ReplaceAsync(Id("/f"), CatalogDrafts.File("/g") with { Id = Id("another") }, default);
        Owed.Equal((CreateOutcomeKind.NameTaken, Id("/g")), (outcome.Kind, outcome.Entry?.Id));
        outcome = await Catalog.ReplaceAsync(Id("/d"), CatalogDrafts.File("/d") with { Id = Id("another") }, default);
        Owed.Equal((CreateOutcomeKind.NameTaken, Id("/d")), (outcome.Kind, outcome.Entry?.Id));
        Owed.Equal((IEnumerable<string>)["d", "f", "g"], await Names("/"));
    }

    [SkippableFact]
    public async Task Where_there_is_nothing_to_replace_an_entry_is_created()
    {
        var outcome = await Catalog.ReplaceAsync(Id("never"), CatalogDrafts.File("/f"), default);
        Owed.Equal(CreateOutcomeKind.Created, outcome.Kind);
        await There("/f");
        Owed.Equal(CreateOutcomeKind.NoParent, (await Catalog.ReplaceAsync(Id("never"), CatalogDrafts.File("/none/f"), default)).Kind);
    }

    [SkippableFact]
    public async Task Replacing_by_what_exists_already_changes_nothing()
    {
        await Make(CatalogDrafts.File("/f"), CatalogDrafts.File("/g"));
        var outcome = await Catalog.ReplaceAsync(Id("/f"), CatalogDrafts.File("/f") with { Id = Id("/g") }, default);
        Owed.Equal((CreateOutcomeKind.Existing, P("/g")), (outcome.Kind, outcome.Entry?.Path));
        Owed.Equal(Id("/f"), (await There("/f")).Id);
    }
}
