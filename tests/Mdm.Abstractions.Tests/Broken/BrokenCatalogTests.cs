using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests.Broken;

/// <summary>Catalogues broken in one way each, and the obligation that must notice it.</summary>
public sealed class BrokenCatalogTests
{
    private static readonly (string Name, string Obligation, Action<Tuned> Break)[] Table =
    [
        ("has no root", nameof(CatalogContract.The_root_directory_always_exists), c => c.Walk = (_, _) => new([])),
        ("walks to the entry alone", nameof(CatalogContract.Walks_from_the_root_to_the_entry), c => c.Walk = async (p, t) => [(await c.Sound.WalkAsync(p, t))[^1]]),
        ("walks to nothing where something is missing", nameof(CatalogContract.Walks_as_far_as_entries_exist), c => c.Walk = async (p, t) => await c.Sound.WalkAsync(p, t) is var walk && walk[^1].Path == p ? walk : [walk[0]]),
        ("follows links", nameof(CatalogContract.A_walk_stops_after_a_link_or_a_file), c => c.Walk = (p, t) => c.Sound.WalkAsync(StoragePath.Parse(p.ToString().Replace("/link", "/real", StringComparison.Ordinal)), t)),
        ("walks no deeper than ten", nameof(CatalogContract.Walks_as_deep_as_a_path_may_be), c => c.Walk = async (p, t) => [.. (await c.Sound.WalkAsync(p, t)).Take(10)]),
        ("finds nothing by id", nameof(CatalogContract.Finds_an_entry_by_its_id), c => c.Find = (_, _) => new((CatalogEntry?)null)),
        ("orders by UTF-16", nameof(CatalogContract.Lists_in_the_order_of_utf8_bytes), c => c.List = async (d, a, s, l, t) => [.. (await c.Sound.ListAsync(d, a, s, l, t)).OrderBy(e => e.Path.Name, StringComparer.Ordinal)]),
        ("does not page by name", nameof(CatalogContract.Pages_by_name_and_by_number), c => c.List = (d, _, s, l, t) => c.Sound.ListAsync(d, null, s, l, t)),
        ("does not page by number", nameof(CatalogContract.Pages_by_name_and_by_number), c => c.List = (d, a, _, l, t) => c.Sound.ListAsync(d, a, 0, l, t)),
        ("lists what is below too", nameof(CatalogContract.Lists_only_the_directory_itself), c => c.List = async (d, a, s, l, t) => [.. await c.Sound.ListAsync(d, a, s, l, t), .. d.IsRoot ? [] : await c.Sound.ListAsync(d.Child("b"), a, s, l, t)]),
        ("lists nothing for what is not there", nameof(CatalogContract.Tells_what_cannot_be_listed), c => c.List = async (d, a, s, l, t) => (await c.Sound.WalkAsync(d, t))[^1].Path == d ? await c.Sound.ListAsync(d, a, s, l, t) : []),
        ("forgets the owner", nameof(CatalogContract.Keeps_every_member_of_what_it_was_given), c => c.Walk = async (p, t) => [.. (await c.Sound.WalkAsync(p, t)).Select(e => e with { Owner = People.Nobody.Subject })]),
        ("cuts names at 100 letters", nameof(CatalogContract.Names_may_be_255_bytes_of_any_script), c => c.Create = (drafts, t) => c.Sound.CreateManyAsync([.. drafts.Select(d => d with { Path = d.Path.IsRoot || d.Path.Name.Length < 100 ? d.Path : d.Path.Parent.Child(d.Path.Name[..100]) })], t)),
        ("does not tell upper from lower case", nameof(CatalogContract.Names_are_compared_ordinally), c => c.Walk = async (p, t) =>
            [.. (await c.Sound.WalkAsync(StoragePath.Parse(p.ToString().Replace("SCAN", "Scan", StringComparison.Ordinal)), t)).Select(e => e.Path.ToString() == "/Scan" ? e with { Path = p } : e)]),
        ("creates again", nameof(CatalogContract.Creating_again_changes_nothing), c => c.Create = async (drafts, t) => [.. (await c.Sound.CreateManyAsync(drafts, t)).Select(o => o with { Kind = CreateOutcomeKind.Created })]),
        ("creates where it has moved away", nameof(CatalogContract.An_id_that_moved_elsewhere_still_exists), c => c.Create = async (drafts, t) => [.. (await c.Sound.CreateManyAsync(drafts, t)).Zip(drafts, (o, d) => o.Entry is { } e && e.Id == d.Id ? o with { Entry = e with { Path = d.Path } } : o)]),
        ("says NoParent where the name is taken", nameof(CatalogContract.A_name_that_another_entry_has_is_taken), c => c.Create = async (drafts, t) => [.. (await c.Sound.CreateManyAsync(drafts, t)).Select(o => o.Kind == CreateOutcomeKind.NameTaken ? new CreateOutcome(CreateOutcomeKind.NoParent, null) : o)]),
        ("makes parents", nameof(CatalogContract.A_parent_must_be_there_and_be_a_directory), c => c.Create = async (drafts, t) =>
        {
            var parents = drafts.Where(d => d.Path.Names.Length == 2 && d.Path.Parent.Name == "none").Select(d => CatalogDrafts.Directory(d.Path.Parent.ToString())).ToList();
            return [.. (await c.Sound.CreateManyAsync([.. parents, .. drafts], t)).Skip(parents.Count)];
        }),
        ("stops at the first that cannot be created", nameof(CatalogContract.One_draft_that_cannot_be_created_does_not_hinder_the_others), c => c.Create = async (drafts, t) =>
        {
            var first = await c.Sound.CreateManyAsync([drafts[0]], t);
            return first[0].Kind == CreateOutcomeKind.Created ? await c.Sound.CreateManyAsync(drafts, t) : [.. drafts.Select(_ => first[0])];
        }),
        ("takes drafts that make no sense", nameof(CatalogContract.Nothing_is_created_when_a_draft_makes_no_sense), c => c.Create = (drafts, t) => c.Sound.CreateManyAsync([.. drafts.Take(1)], t)),
        ("keeps the old entry", nameof(CatalogContract.Another_entry_takes_a_files_place), c => c.Replace = async (_, draft, t) => (await c.Sound.CreateManyAsync([draft], t))[0] with { Kind = CreateOutcomeKind.Created }),
        ("removes and then creates", nameof(CatalogContract.Whoever_looks_while_a_file_is_replaced_finds_the_one_or_the_other), c => c.Replace = async (old, draft, t) =>
        {
            await c.Sound.RemoveAsync(old, t);
            await Task.Delay(20, t);
            return (await c.Sound.CreateManyAsync([draft], t))[0];
        }),
        ("removes wherever it stands", nameof(CatalogContract.What_stands_elsewhere_or_is_a_directory_is_not_replaced), c => c.Replace = async (old, draft, t) =>
        {
            await c.Sound.RemoveAsync(old, t);
            return (await c.Sound.CreateManyAsync([draft], t))[0];
        }),
        ("insists on something to replace", nameof(CatalogContract.Where_there_is_nothing_to_replace_an_entry_is_created), c => c.Replace = async (old, draft, t) =>
            await c.Sound.FindAsync(old, t) is null ? new CreateOutcome(CreateOutcomeKind.NoParent, null) : await c.Sound.ReplaceAsync(old, draft, t)),
        ("removes before it looks", nameof(CatalogContract.Replacing_by_what_exists_already_changes_nothing), c => c.Replace = async (old, draft, t) =>
        {
            await c.Sound.RemoveAsync(old, t);
            return (await c.Sound.CreateManyAsync([draft], t))[0];
        }),
        ("ignores versions of rights", nameof(CatalogContract.Rights_that_somebody_else_changed_are_not_replaced), c => c.SetAcl = async (id, acl, _, t) => await c.Sound.SetAclAsync(id, acl, (await c.Sound.FindAsync(id, t))?.AclVersion ?? 1, t)),
        ("does not set rights", nameof(CatalogContract.Rights_are_replaced_when_nobody_else_changed_them), c => c.SetAcl = async (id, _, _, t) => (await c.Sound.FindAsync(id, t))!),
        ("lets everybody win", nameof(CatalogContract.Of_many_who_change_rights_at_once_one_wins_each_round), c => c.SetAcl = async (id, acl, _, t) => (await c.Sound.FindAsync(id, t))! with { Acl = acl }),
        ("forgets facts", nameof(CatalogContract.Facts_are_recorded_and_forgotten), c => c.SetFacts = (_, _, _) => default),
        ("takes learning for a modification", nameof(CatalogContract.Learning_facts_is_no_modification_and_replacing_them_is), c => c.SetFacts = async (id, facts, t) =>
        {
            await c.Sound.SetFactsAsync(id, new FileFacts(9, 9), t);
            await c.Sound.SetFactsAsync(id, facts, t);
        }),
        ("forgets facts when moving", nameof(CatalogContract.A_moved_entry_keeps_all_but_its_path), c => c.Move = async (id, to, t) =>
        {
            await c.Sound.SetFactsAsync(id, null, t);
            return await c.Sound.MoveAsync(id, to, t);
        }),
        ("does not move", nameof(CatalogContract.A_directory_moves_with_all_below_it), c => c.Move = async (id, to, t) => (await c.Sound.FindAsync(id, t))! with { Path = to }),
        ("calls every refused move NotFound", nameof(CatalogContract.Tells_why_an_entry_cannot_move), c => c.Move = async (id, to, t) =>
        {
            try
            {
                return await c.Sound.MoveAsync(id, to, t);
            }
            catch (MdmException e)
            {
                throw new MdmException(MdmErrorKind.NotFound, e.Message);
            }
        }),
        ("removes nothing", nameof(CatalogContract.Removes_files_links_and_empty_directories), c => c.Remove = (_, _) => new(true)),
        ("says true for what was not there", nameof(CatalogContract.Removes_files_links_and_empty_directories), c => c.Remove = async (id, t) => await c.Sound.RemoveAsync(id, t) || true),
        ("tells the new comment and keeps the old", nameof(CatalogContract.A_comment_is_put_replaced_and_taken_away), c => c.SetComment = async (id, comment, t) => (await c.Sound.FindAsync(id, t))! with { Comment = comment }),
        ("takes a comment for a modification", nameof(CatalogContract.A_comment_is_put_replaced_and_taken_away), c => c.SetComment = async (id, comment, t) =>
        {
            var entry = await c.Sound.SetCommentAsync(id, comment, t);
            return await c.Sound.SetAclAsync(id, entry.Acl, entry.AclVersion, t);
        }),
        ("lists without comments", nameof(CatalogContract.A_comment_is_told_wherever_its_entry_is), c => c.List = async (d, a, s, l, t) => [.. (await c.Sound.ListAsync(d, a, s, l, t)).Select(e => e with { Comment = null })]),
        ("forgets a comment when rights change", nameof(CatalogContract.A_comment_is_told_wherever_its_entry_is), c => c.SetAcl = async (id, acl, version, t) =>
        {
            await c.Sound.SetCommentAsync(id, null, t);
            return await c.Sound.SetAclAsync(id, acl, version, t);
        }),
        ("hands a comment on to what comes after", nameof(CatalogContract.A_comment_goes_with_its_entry), c => c.Replace = async (old, draft, t) =>
        {
            var outcome = await c.Sound.ReplaceAsync(old, draft, t);
            await c.Sound.SetCommentAsync(draft.Id, "of what was here before", t);
            return outcome;
        }),
        ("cuts comments at 100 letters", nameof(CatalogContract.A_comment_has_255_bytes_of_any_script), c => c.SetComment = (id, comment, t) => c.Sound.SetCommentAsync(id, comment is { Length: > 100 } ? comment[..100] : comment, t)),
        ("gives the owner and not the group", nameof(CatalogContract.An_entry_is_given_to_another_owner_and_group), c => c.SetOwner = (id, owner, _, version, t) => c.Sound.SetOwnerAsync(id, owner, CatalogDrafts.Group, version, t)),
        ("ignores versions when it gives away", nameof(CatalogContract.Nothing_is_given_away_by_who_read_other_rights), c => c.SetOwner = async (id, owner, group, _, t) => await c.Sound.SetOwnerAsync(id, owner, group, (await c.Sound.FindAsync(id, t))?.AclVersion ?? 1, t)),
        ("changes the right to read and not the right to find", nameof(CatalogContract.The_rights_to_read_and_to_find_change_in_one_step), c => c.SetRights = async (id, acl, search, version, t) => (await c.Sound.SetAclAsync(id, acl, version, t)) with { SearchAcl = search }),
        ("lists without the right to find", nameof(CatalogContract.The_rights_to_read_and_to_find_change_in_one_step), c => c.List = async (d, a, s, l, t) => [.. (await c.Sound.ListAsync(d, a, s, l, t)).Select(e => e with { SearchAcl = null })]),
        ("opens a file to searches when the right to read changes", nameof(CatalogContract.The_right_to_find_stays_when_anything_else_changes), c => c.SetAcl = (id, acl, version, t) => c.Sound.SetRightsAsync(id, acl, null, version, t)),
        ("ignores versions of both rights", nameof(CatalogContract.Neither_right_changes_when_somebody_else_changed_one_meanwhile), c => c.SetRights = async (id, acl, search, _, t) => await c.Sound.SetRightsAsync(id, acl, search, (await c.Sound.FindAsync(id, t))?.AclVersion ?? 1, t)),
        ("calls a full directory Busy", nameof(CatalogContract.Removes_neither_the_root_nor_a_directory_with_entries), c => c.Remove = (_, _) => throw new MdmException(MdmErrorKind.Busy, "Full.")),
    ];

    public static IEnumerable<object[]> Rows => Table.Select(static row => new object[] { row.Name, row.Obligation });

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_catalogue_that(string breaks, string obligation)
    {
        var row = Table.Single(row => row.Name == breaks);
        Breaks.NamesThePromise(await Breaks.NoticedAsync(typeof(CatalogContract), () => new Suite(row.Break), obligation));
    }

    private sealed class Tuned : ICommentableCatalog, IOwnableCatalog, IFindableCatalog
    {
        public Tuned(TimeProvider time)
        {
            Sound = new InMemoryCatalog(time);
            (Walk, Find, List) = (Sound.WalkAsync, Sound.FindAsync, Sound.ListAsync);
            (Create, SetAcl, SetFacts) = (Sound.CreateManyAsync, Sound.SetAclAsync, Sound.SetFactsAsync);
            (Move, Remove, Replace) = (Sound.MoveAsync, Sound.RemoveAsync, Sound.ReplaceAsync);
            (SetComment, SetOwner, SetRights) = (Sound.SetCommentAsync, Sound.SetOwnerAsync, Sound.SetRightsAsync);
        }

        public InMemoryCatalog Sound { get; }

        public Func<StoragePath, CancellationToken, ValueTask<IReadOnlyList<CatalogEntry>>> Walk { get; set; }

        public Func<FileId, CancellationToken, ValueTask<CatalogEntry?>> Find { get; set; }

        public Func<StoragePath, string?, int, int, CancellationToken, ValueTask<IReadOnlyList<CatalogEntry>>> List { get; set; }

        public Func<IReadOnlyList<CatalogDraft>, CancellationToken, ValueTask<IReadOnlyList<CreateOutcome>>> Create { get; set; }

        public Func<FileId, Acl, long, CancellationToken, ValueTask<CatalogEntry>> SetAcl { get; set; }

        public Func<FileId, FileFacts?, CancellationToken, ValueTask> SetFacts { get; set; }

        public Func<FileId, StoragePath, CancellationToken, ValueTask<CatalogEntry>> Move { get; set; }

        public Func<FileId, CancellationToken, ValueTask<bool>> Remove { get; set; }

        public Func<FileId, CatalogDraft, CancellationToken, ValueTask<CreateOutcome>> Replace { get; set; }

        public Func<FileId, string?, CancellationToken, ValueTask<CatalogEntry>> SetComment { get; set; }

        public Func<FileId, DistinguishedName, Fqan, long, CancellationToken, ValueTask<CatalogEntry>> SetOwner { get; set; }

        public Func<FileId, Acl, Acl?, long, CancellationToken, ValueTask<CatalogEntry>> SetRights { get; set; }

        public ValueTask<CatalogEntry> SetRightsAsync(FileId id, Acl acl, Acl? search, long expectedVersion, CancellationToken cancellationToken) => SetRights(id, acl, search, expectedVersion, cancellationToken);

        public ValueTask<CatalogEntry> SetCommentAsync(FileId id, string? comment, CancellationToken cancellationToken) => SetComment(id, comment, cancellationToken);

        public ValueTask<CatalogEntry> SetOwnerAsync(FileId id, DistinguishedName owner, Fqan group, long expectedVersion, CancellationToken cancellationToken) => SetOwner(id, owner, group, expectedVersion, cancellationToken);

        public ValueTask<CreateOutcome> ReplaceAsync(FileId old, CatalogDraft draft, CancellationToken cancellationToken) => Replace(old, draft, cancellationToken);

        public ValueTask<IReadOnlyList<CatalogEntry>> WalkAsync(StoragePath path, CancellationToken cancellationToken) => Walk(path, cancellationToken);

        public ValueTask<CatalogEntry?> FindAsync(FileId id, CancellationToken cancellationToken) => Find(id, cancellationToken);

        public ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(StoragePath directory, string? after, int skip, int limit, CancellationToken cancellationToken) => List(directory, after, skip, limit, cancellationToken);

        public ValueTask<IReadOnlyList<CreateOutcome>> CreateManyAsync(IReadOnlyList<CatalogDraft> drafts, CancellationToken cancellationToken) => Create(drafts, cancellationToken);

        public ValueTask<CatalogEntry> SetAclAsync(FileId id, Acl acl, long expectedVersion, CancellationToken cancellationToken) => SetAcl(id, acl, expectedVersion, cancellationToken);

        public ValueTask SetFactsAsync(FileId id, FileFacts? facts, CancellationToken cancellationToken) => SetFacts(id, facts, cancellationToken);

        public ValueTask<CatalogEntry> MoveAsync(FileId id, StoragePath to, CancellationToken cancellationToken) => Move(id, to, cancellationToken);

        public ValueTask<bool> RemoveAsync(FileId id, CancellationToken cancellationToken) => Remove(id, cancellationToken);

        public ValueTask DisposeAsync() => Sound.DisposeAsync();
    }

    private sealed class Suite(Action<Tuned> breaks) : CatalogContract
    {
        protected override bool Keeps => false;

        protected override ValueTask<ICatalog> OpenAsync(TimeProvider time)
        {
            var tuned = new Tuned(time);
            breaks(tuned);
            return new(tuned);
        }
    }
}
