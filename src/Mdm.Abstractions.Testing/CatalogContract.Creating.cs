namespace Mdm.Abstractions.Testing;

public abstract partial class CatalogContract
{
    [SkippableFact]
    public async Task Keeps_every_member_of_what_it_was_given()
    {
        CatalogDraft[] drafts = [CatalogDrafts.Directory("/d"), CatalogDrafts.File("/d/f"), CatalogDrafts.Link("/d/l", "/nowhere/yet")];
        var outcomes = await Catalog.CreateManyAsync(drafts, default);
        foreach (var (draft, outcome) in drafts.Zip(outcomes))
        {
            Owed.Equal(CreateOutcomeKind.Created, outcome.Kind);
            var kept = await There(draft.Path.ToString());
            Same(draft, kept);
            Owed.Equal(outcome.Entry, kept);
            Owed.Equal(draft.CreatedAt, kept.ModifiedAt);
            Owed.Equal(1, kept.AclVersion);
            Owed.Null(kept.Facts);
        }
    }

    [SkippableFact]
    public async Task Names_may_be_255_bytes_of_any_script()
    {
        string[] names = [new string('x', 255), new string('я', 127), new string('中', 85), string.Concat(Enumerable.Repeat("😀", 63)), " leading and trailing ", "a\\b'c\"d%e_f*g?h", "-rf", "e\u0301"];
        await Make([.. names.Select(name => CatalogDrafts.File("/" + name))]);
        foreach (var name in names)
            Owed.Equal(name, (await There("/" + name)).Path.Name);
    }

    [SkippableFact]
    public async Task Names_are_compared_ordinally()
    {
        await Make(CatalogDrafts.File("/Scan"), CatalogDrafts.File("/scan"), CatalogDrafts.File("/é"), CatalogDrafts.File("/e\u0301"));
        Owed.Null(await At("/SCAN"));
        Owed.Equal(Id("/e\u0301"), (await There("/e\u0301")).Id);
    }

    [SkippableFact]
    public async Task Creating_again_changes_nothing()
    {
        await Make(CatalogDrafts.File("/f"));
        var before = await At("/f");
        var outcome = await Create(CatalogDrafts.File("/f") with { Acl = Acl.FromMode(0), Publication = "other" });
        Owed.Equal(CreateOutcomeKind.Existing, outcome.Kind);
        Owed.Equal(before, outcome.Entry);
        Owed.Equal(before, await At("/f"));
    }

    [SkippableFact]
    public async Task An_id_that_moved_elsewhere_still_exists()
    {
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/f"));
        await Catalog.MoveAsync(Id("/f"), P("/d/g"), default);
        var outcome = await Create(CatalogDrafts.File("/f"));
        Owed.Equal(CreateOutcomeKind.Existing, outcome.Kind);
        Owed.Equal(P("/d/g"), outcome.Entry!.Path);
        Owed.Null(await At("/f"));
    }

    [SkippableFact]
    public async Task An_existing_id_counts_before_a_missing_parent()
    {
        await Make(CatalogDrafts.File("/f"));
        Owed.Equal(CreateOutcomeKind.Existing, (await Create(CatalogDrafts.File("/f") with { Path = P("/none/f") })).Kind);
    }

    [SkippableFact]
    public async Task A_name_that_another_entry_has_is_taken()
    {
        await Make(CatalogDrafts.File("/f"));
        var outcome = await Create(CatalogDrafts.Directory("/f") with { Id = Id("other") });
        Owed.Equal(CreateOutcomeKind.NameTaken, outcome.Kind);
        Owed.Equal(Id("/f"), outcome.Entry!.Id);
        Owed.Null(await Catalog.FindAsync(Id("other"), default));
        Owed.Equal(CreateOutcomeKind.NameTaken, (await Create(CatalogDrafts.Directory("/") with { Id = Id("other") })).Kind);
    }

    [SkippableFact]
    public async Task A_parent_must_be_there_and_be_a_directory()
    {
        await Make(CatalogDrafts.File("/f"), CatalogDrafts.Link("/l", "/"));
        Owed.Equal(new CreateOutcome(CreateOutcomeKind.NoParent, null), await Create(CatalogDrafts.File("/none/x")));
        Owed.Equal(new CreateOutcome(CreateOutcomeKind.ParentNotADirectory, null), await Create(CatalogDrafts.File("/f/x")));
        Owed.Equal(new CreateOutcome(CreateOutcomeKind.ParentNotADirectory, null), await Create(CatalogDrafts.File("/l/x")));
        Owed.Equal(new CreateOutcome(CreateOutcomeKind.ParentNotADirectory, null), await Create(CatalogDrafts.File("/f/deeper/x")));
    }

    [SkippableFact]
    public async Task One_draft_that_cannot_be_created_does_not_hinder_the_others()
    {
        var outcomes = await Catalog.CreateManyAsync(
            [CatalogDrafts.File("/late/x"), CatalogDrafts.Directory("/late"), CatalogDrafts.File("/late/y"), CatalogDrafts.File("/late/y"), CatalogDrafts.File("/late/y/z")], default);
        Owed.Equal(
            [CreateOutcomeKind.NoParent, CreateOutcomeKind.Created, CreateOutcomeKind.Created, CreateOutcomeKind.Existing, CreateOutcomeKind.ParentNotADirectory],
            outcomes.Select(outcome => outcome.Kind));
        Owed.Equal(["y"], await Names("/late"));
    }

    [SkippableFact]
    public async Task Nothing_is_created_when_a_draft_makes_no_sense()
    {
        CatalogDraft[] senseless =
        [
            CatalogDrafts.File("/x") with { Source = null },
            CatalogDrafts.Directory("/x") with { Target = StoragePath.Root },
            CatalogDrafts.Link("/x", "/d") with { Target = null },
        ];
        foreach (var draft in senseless)
            await Owed.ThrowsAsync<ArgumentException>(async () => await Catalog.CreateManyAsync([CatalogDrafts.Directory("/d"), draft], default));
        Owed.Empty(await Names("/"));
    }

    [SkippableFact]
    public async Task Creating_nothing_is_no_error() => Owed.Empty(await Catalog.CreateManyAsync([], default));

    [SkippableFact]
    public async Task Creating_at_the_same_time_creates_each_entry_once()
    {
        var drafts = Enumerable.Range(0, 40).Select(i => CatalogDrafts.File($"/{i}")).ToArray();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await Catalog.CreateManyAsync(drafts, default))));
        Owed.Equal(drafts.Length, outcomes.SelectMany(o => o).Count(o => o.Kind == CreateOutcomeKind.Created));
        Owed.Equal(drafts.Length, (await Names("/")).Length);
    }

    [SkippableFact]
    public async Task What_was_created_is_there_after_opening_again()
    {
        Skip.IfNot(Keeps, "The catalogue forgets when closed.");
        await Make(CatalogDrafts.Directory("/d"), CatalogDrafts.File("/d/f"));
        var before = await At("/d/f");
        await Catalog.DisposeAsync();
        _catalog = await OpenAsync(_time);
        Owed.Equal(before, await At("/d/f"));
    }
}
