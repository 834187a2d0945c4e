using Mdm.Host.Configuration;
using Mdm.Host.Publication;
using InMemoryCatalog = Mdm.Abstractions.Testing.InMemoryCatalog;

namespace Mdm.Host.Tests.Publication;

public sealed class PublicationScanTests : IAsyncLifetime, IAsyncDisposable
{
    private const string First = "/grid/biomed/clinical/s1/s1.1/s1.1.1.dcm";
    private readonly PublicationBench _bench = new();

    public Task InitializeAsync()
    {
        _bench.Archive.Entries = ListedArchive.Images(studies: 2, images: 3);
        return Task.CompletedTask;
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Publishes_all_that_is_listed_by_its_labels()
    {
        var end = await _bench.RunAsync();

        end.Should().BeEquivalentTo(new { Outcome = RunOutcome.Complete, Listed = 6, Created = 6, Failed = 0, Reason = (string?)null });
        (await _bench.FilesAsync()).Should().HaveCount(6).And.Contain(First);
        var file = await _bench.AtAsync(First);
        file.Source.Should().Be(new FileSource("pacs", new ArchiveObjectId("s1/s1.1/s1.1.1"), "application/dicom"));
        file.Publication.Should().Be("clinical");
        file.Owner.Should().Be(PublicationPlan.DefaultOwner);
        file.Group.ToString().Should().Be("/biomed/Role=physician");
    }

    [Fact]
    public async Task Publishing_twice_changes_nothing()
    {
        await _bench.RunAsync();
        var before = await _bench.AllAsync();

        await _bench.RestartAsync();
        var end = await _bench.RunAsync();

        end.Should().BeEquivalentTo(new { Created = 0, Existing = 6, Vanished = 0 });
        (await _bench.AllAsync()).Values.Should().Equal(before.Values);
    }

    [Fact]
    public async Task Order_and_repetition_of_a_listing_do_not_matter()
    {
        await _bench.RunAsync();
        var before = await _bench.AllAsync();

        _bench.Archive.Entries = [.. Enumerable.Reverse(_bench.Archive.Entries), .. _bench.Archive.Entries];
        var end = await _bench.RunAsync();

        end.Should().BeEquivalentTo(new { Listed = 12, Created = 0, Failed = 0, Vanished = 0 });
        (await _bench.AllAsync()).Values.Should().Equal(before.Values);
    }

    [Fact]
    public async Task A_file_that_a_user_moved_stays_where_he_put_it()
    {
        await _bench.RunAsync();
        await _bench.Names.MoveAsync(PublicationBench.Physician, StoragePath.Parse(First), StoragePath.Parse("/grid/biomed/clinical/interesting.dcm"), default);

        await _bench.RunAsync();

        (await _bench.FilesAsync()).Should().HaveCount(6).And.Contain("/grid/biomed/clinical/interesting.dcm").And.NotContain(First);
    }

    [Fact]
    public async Task New_files_follow_a_directory_that_was_moved()
    {
        await _bench.RunAsync();
        await _bench.Names.MoveAsync(PublicationBench.Physician, StoragePath.Parse("/grid/biomed/clinical/s1"), StoragePath.Parse("/grid/biomed/clinical/first"), default);
        _bench.Archive.Entries.Add(ListedArchive.Image("s1", "s1.1", "s1.1.4"));
        _bench.Archive.Entries.Add(ListedArchive.Image("s1", "s1.2", "s1.2.1"));

        await _bench.RunAsync();

        (await _bench.FilesAsync()).Should().HaveCount(8).And.Contain("/grid/biomed/clinical/first/s1.1/s1.1.4.dcm").And.Contain("/grid/biomed/clinical/first/s1.2/s1.2.1.dcm");
    }

    [Fact]
    public async Task A_directory_that_moves_while_its_files_are_registered_is_found_again()
    {
        var memory = new InMemoryCatalog();
        var catalog = new InterferingCatalog(memory);
        await using var bench = new PublicationBench(catalog);
        bench.Archive.Entries = ListedArchive.Images(1, 2);
        catalog.BeforeCreate = async drafts =>
        {
            if (drafts[0].Kind != CatalogEntryKind.File)
                return;
            catalog.BeforeCreate = null;
            var study = (await memory.WalkAsync(PublicationBench.Root.Child("s1"), default))[^1];
            await memory.MoveAsync(study.Id, PublicationBench.Root.Child("moved"), default);
        };

        (await bench.RunAsync()).Should().BeEquivalentTo(new { Created = 2, Failed = 0 });

        (await bench.FilesAsync()).Should().Contain("/grid/biomed/clinical/moved/s1.1/s1.1.1.dcm").And.HaveCount(2);
    }

    [Fact]
    public async Task Rights_that_were_changed_survive()
    {
        await _bench.RunAsync();
        var acl = Acl.Parse(["user::rwx", "user:/DC=org/CN=Doctor:r--"]);
        await Assert.ThrowsAsync<MdmException>(() => _bench.Names.SetAclAsync(PublicationBench.Admin, StoragePath.Parse(First), _ => acl, default).AsTask());
        var closed = Acl.Parse(["user::rw-"]);
        var file = await _bench.AtAsync(First);
        await _bench.Catalog.SetAclAsync(file.Id, closed, file.AclVersion, default);

        await _bench.RunAsync();

        (await _bench.AtAsync(First)).Acl.Should().Be(closed);
    }

    [Fact]
    public async Task Those_configured_may_list_and_read_and_nobody_else()
    {
        await _bench.RunAsync();

        (await _bench.Authorizer.ReadAsync(PublicationBench.Physician, StoragePath.Parse(First), default)).Entry.Path.ToString().Should().Be(First);
        await _bench.Authorizer.Invoking(a => a.ReadAsync(PublicationBench.Stranger, StoragePath.Parse(First), default).AsTask()).Should().ThrowAsync<MdmException>().Where(e => e.Kind == MdmErrorKind.AccessDenied);
        var acl = (await _bench.AtAsync(First)).Acl;
        acl.Effective(PublicationBench.Physician, PublicationPlan.DefaultOwner, Fqan.Parse("/biomed")).Should().NotHaveFlag(Permissions.Execute);
        acl.HasDefaults.Should().BeFalse();
        (await _bench.Names.StatAsync(PublicationBench.Stranger, PublicationBench.Root, true, default)).Acl.HasDefaults.Should().BeTrue("ancestors let everybody pass");
    }

    [Fact]
    public async Task A_directory_without_default_entries_closes_what_is_new_in_it()
    {
        await _bench.RunAsync();
        var series = await _bench.AtAsync("/grid/biomed/clinical/s1/s1.1");
        await _bench.Catalog.SetAclAsync(series.Id, Acl.Create(series.Acl.Entries.Where(e => !e.IsDefault)), series.AclVersion, default);
        _bench.Archive.Entries.Add(ListedArchive.Image("s1", "s1.1", "new"));

        await _bench.RunAsync();

        (await _bench.AtAsync("/grid/biomed/clinical/s1/s1.1/new.dcm")).Acl.Should().Be(Acl.FromMode(0b110_000_000));
    }

    [Fact]
    public async Task A_name_that_is_taken_gets_a_mark()
    {
        await _bench.RunAsync();
        await _bench.Names.MakeDirectoryAsync(PublicationBench.Physician, StoragePath.Parse("/grid/biomed/clinical/s3"), default);
        await _bench.Names.MakeDirectoryAsync(PublicationBench.Physician, StoragePath.Parse("/grid/biomed/clinical/s1/s1.1/late.dcm"), default);
        _bench.Archive.Entries.Add(ListedArchive.Image("s3", "s3.1", "s3.1.1"));
        _bench.Archive.Entries.Add(ListedArchive.Image("s1", "s1.1", "late"));

        var end = await _bench.RunAsync();
        var again = await _bench.RunAsync();

        end.Should().BeEquivalentTo(new { Created = 2, Failed = 0 });
        again.Should().BeEquivalentTo(new { Created = 0, Existing = 8, Failed = 0 });
        (await _bench.FilesAsync()).Should().ContainMatch("/grid/biomed/clinical/s3~????????/s3.1/s3.1.1.dcm").And.ContainMatch("/grid/biomed/clinical/s1/s1.1/late~????????.dcm");
    }

    [Fact]
    public async Task A_changed_object_loses_its_size_and_checksums()
    {
        _bench.Archive.Entries = [ListedArchive.Image("s1", "s1.1", "s1.1.1", version: "1"), ListedArchive.Image("s1", "s1.1", "s1.1.2", version: "1")];
        await _bench.RunAsync();
        foreach (var path in await _bench.FilesAsync())
            await _bench.Catalog.SetFactsAsync((await _bench.AtAsync(path)).Id, new FileFacts(1, 1), default);

        _bench.Archive.Entries = [ListedArchive.Image("s1", "s1.1", "s1.1.1", version: "2"), ListedArchive.Image("s1", "s1.1", "s1.1.2", version: "1")];
        var end = await _bench.RunAsync();

        end.Changed.Should().Be(1);
        (await _bench.AtAsync(First)).Facts.Should().BeNull();
        (await _bench.AtAsync("/grid/biomed/clinical/s1/s1.1/s1.1.2.dcm")).Facts.Should().NotBeNull();
        (await _bench.RunAsync()).Changed.Should().Be(0);
    }

    [Fact]
    public async Task What_the_archive_returns_beyond_the_selection_is_not_published()
    {
        await using var bench = new PublicationBench(configure: o => o with { Select = new Dictionary<string, IReadOnlyList<string>> { ["Modality"] = ["MR", "C?"], ["StudyDate"] = ["20240101-20240131"] } });
        bench.Archive.Entries =
        [
            ListedArchive.Image("a", "a", "1", "MR", "20240115"), ListedArchive.Image("a", "a", "2", "CT", "20240131"),
            ListedArchive.Image("a", "a", "3", "US", "20240115"), ListedArchive.Image("a", "a", "4", "MR", "20240201"),
        ];

        (await bench.RunAsync()).Should().BeEquivalentTo(new { Listed = 4, Skipped = 2, Created = 2 });

        (await bench.FilesAsync()).Select(path => path[^5..]).Should().Equal("1.dcm", "2.dcm");
        bench.Archive.Asked.Single().Conditions.Should().HaveCount(2, "the archive is told, so that it can save work");
    }

    [Fact]
    public async Task Two_publications_of_one_archive_share_nothing_and_do_not_list_it_at_once()
    {
        await using var bench = new PublicationBench(others: ("teaching", PublicationBench.Originals() with { Root = StoragePath.Parse("/grid/biomed/teaching") }));
        bench.Archive.Entries = ListedArchive.Images(1, 3);
        bench.Archive.BeforeEach = async (_, _) => await Task.Yield();

        var both = new[] { bench.Runner.Begin("clinical", new PublicationOrder()), bench.Runner.Begin("teaching", new PublicationOrder()) };
        await Task.WhenAll(both.Select(run => run.Done));

        both.Should().OnlyContain(run => run.Progress.Created == 3);
        (await bench.AllAsync()).Values.Where(e => e.Kind == CatalogEntryKind.File).Select(e => e.Id).Should().HaveCount(6).And.OnlyHaveUniqueItems();
        bench.Archive.AtMost.Should().Be(1);
    }

    [Fact]
    public async Task A_publication_that_shows_no_identity_shows_no_label_either()
    {
        await using var deidentifier = new SilentDeidentifier();
        await using var bench = new PublicationBench(others: ("research", PublicationBench.Research())) { Deidentifier = deidentifier };
        bench.Archive.Entries = ListedArchive.Images(2, 2);

        await bench.RunAsync(publication: "research");

        var files = await bench.FilesAsync();
        files.Should().HaveCount(4).And.OnlyContain(path => !path.Contains("s1") && !path.Contains("s2"));
        files.Select(path => path.Split('/')[4]).Distinct().Should().HaveCount(2, "one directory a study");
    }

    [Fact]
    public async Task An_object_that_cannot_be_disclosed_does_not_stop_the_others()
    {
        await using var deidentifier = new ChoosyDeidentifier();
        await using var bench = new PublicationBench(others: ("research", PublicationBench.Research())) { Deidentifier = deidentifier };
        bench.Archive.Entries = [.. ListedArchive.Images(1, 2), ListedArchive.Image("bad", "x", "y")];

        (await bench.RunAsync(publication: "research")).Should().BeEquivalentTo(new { Outcome = RunOutcome.Complete, Created = 2, Failed = 1 });

        (await bench.FilesAsync()).Should().Equal("/grid/biomed/research/mapped-s1/mapped-s1.1/mapped-s1.1.1.dcm", "/grid/biomed/research/mapped-s1/mapped-s1.1/mapped-s1.1.2.dcm");
    }

    [Fact]
    public async Task Without_its_deidentifier_nothing_is_published()
    {
        await using var bench = new PublicationBench(others: ("research", PublicationBench.Research()));
        bench.Archive.Entries = ListedArchive.Images(1, 1);

        (await bench.RunAsync(publication: "research")).Outcome.Should().Be(RunOutcome.Refused);

        (await bench.FilesAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task The_root_follows_the_configuration_with_all_below_it()
    {
        await _bench.RunAsync();
        var id = (await _bench.AtAsync(First)).Id;

        _bench.Options = _bench.Options with { Publications = new Dictionary<string, PublicationOptions> { ["clinical"] = PublicationBench.Originals() with { Root = StoragePath.Parse("/grid/other") } } };
        await _bench.RestartAsync();
        await _bench.RunAsync();

        (await _bench.AtAsync("/grid/other/s1/s1.1/s1.1.1.dcm")).Id.Should().Be(id);
        (await _bench.FilesAsync()).Should().HaveCount(6);
    }

    [Fact]
    public async Task A_root_that_is_something_else_refuses_the_run()
    {
        var root = await _bench.Catalog.CreateManyAsync([Mdm.Abstractions.Testing.CatalogDrafts.Directory("/grid")], default);
        await _bench.Catalog.CreateManyAsync([Mdm.Abstractions.Testing.CatalogDrafts.Directory("/grid/biomed"), Mdm.Abstractions.Testing.CatalogDrafts.Directory("/grid/biomed/clinical")], default);

        var end = await _bench.RunAsync();

        root.Should().ContainSingle();
        end.Outcome.Should().Be(RunOutcome.Refused);
        end.Reason.Should().Contain("/grid/biomed/clinical is something else");
    }

    private sealed class ChoosyDeidentifier : IEntryDisclosure
    {
        public string RulesVersion => "1";

        public bool Accepts(string mediaType) => true;

        public DisclosedEntry Disclose(ArchiveEntry entry) => entry.Labels[0] == "bad"
            ? throw new MdmException(MdmErrorKind.Refused, "It has no such UID.")
            : new DisclosedEntry([.. entry.Labels.Select(label => "mapped-" + label)], []);

        public ValueTask DeidentifyAsync(Stream original, Stream deidentified, CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;
    }

    private sealed class SilentDeidentifier : IDeidentifier
    {
        public string RulesVersion => "1";

        public bool Accepts(string mediaType) => true;

        public ValueTask DeidentifyAsync(Stream original, Stream deidentified, CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;
    }
}
