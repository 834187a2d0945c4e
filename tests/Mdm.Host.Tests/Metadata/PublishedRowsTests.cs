using Mdm.Host.Configuration;
using Mdm.Host.Metadata;
using Mdm.Host.Publication;
using Mdm.Host.Tests.Doubles;
using Mdm.Host.Tests.Publication;
using Mdm.TestKit;

namespace Mdm.Host.Tests.Metadata;

public sealed class PublishedRowsTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly PublicationBench _bench = new(configure: options => options with { Attributes = ["Modality", "StudyDate", "SliceThickness", "PixelSpacing"] });
    private readonly MetadataInMemory _metadata = new();

    public async Task InitializeAsync()
    {
        _bench.Metadata = _metadata;
        await _bench.RestartAsync();
        _bench.Archive.Entries = ListedArchive.Images(studies: 2, images: 2);
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task A_row_has_what_the_allow_list_names_in_its_types_and_nothing_else()
    {
        (await _bench.RunAsync()).Outcome.Should().Be(RunOutcome.Complete);

        var (collection, readers) = _metadata.Declared[PublicationBench.Root];
        collection.Columns.Select(column => (column.Name, column.Type, column.Group)).Should().Equal(
            ("Modality", "varchar(255)", "image"), ("StudyDate", "timestamp", "patient"), ("SliceThickness", "float", "image"), ("PixelSpacing", "varchar(255)", "image"));
        readers.Should().ContainSingle().Which.Group.Should().Be(Fqan.Parse("/biomed/Role=physician"));
        Rows().Should().HaveCount(4);
        Rows()[$"{PublicationBench.Root}/s1/s1.1/s1.1.2.dcm"].Where(value => value.Key != "Path").Should().BeEquivalentTo(
            new Dictionary<string, string> { ["Modality"] = "CT", ["StudyDate"] = "2024-01-01 00:00:00" });
    }

    [Fact]
    public async Task A_row_has_its_values_under_the_names_that_the_allow_list_gives_and_loses_those_that_go()
    {
        await using var bench = new PublicationBench(configure: options => options with { Attributes = ["Modality", "Kind=Modality", "Day=StudyDate:varchar(8)"] }) { Metadata = _metadata };
        await bench.RestartAsync();
        bench.Archive.Entries = ListedArchive.Images(studies: 1, images: 1);

        await bench.RunAsync();

        _metadata.Declared[PublicationBench.Root].Collection.Columns.Select(column => (column.Name, column.Type, column.Group)).Should().Equal(
            ("Modality", "varchar(255)", "image"), ("Kind", "varchar(255)", "image"), ("Day", "varchar(8)", "patient"));
        Rows().Values.Should().ContainSingle().Which.Where(value => value.Key != "Path").Should().BeEquivalentTo(new Dictionary<string, string> { ["Modality"] = "CT", ["Kind"] = "CT", ["Day"] = "20240101" });
    }

    [Fact]
    public async Task What_did_not_change_is_not_put_again_and_what_did_is()
    {
        await _bench.RunAsync();
        var puts = _metadata.Puts;

        await _bench.RunAsync();
        _metadata.Puts.Should().Be(puts);

        _bench.Archive.Entries[0] = ListedArchive.Image("s1", "s1.1", "s1.1.1", modality: "MR");
        await _bench.RunAsync();
        _metadata.Puts.Should().Be(puts + 1);
        Rows()[$"{PublicationBench.Root}/s1/s1.1/s1.1.1.dcm"]["Modality"].Should().Be("MR");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_store_that_was_lost_is_filled_again(bool isRestarted)
    {
        await _bench.RunAsync();
        _metadata.Lose();
        if (isRestarted)
            await _bench.RestartAsync();

        (await _bench.RunAsync()).Outcome.Should().Be(RunOutcome.Complete);

        Rows().Should().HaveCount(4);
        var puts = _metadata.Puts;
        await _bench.RunAsync();
        _metadata.Puts.Should().Be(puts, "they are there now");
    }

    [Fact]
    public async Task A_store_that_was_lost_and_is_away_when_it_is_filled_again_is_filled_when_it_is_back()
    {
        await _bench.RunAsync();
        _metadata.Lose();
        _metadata.BeforePut = _ => throw new MdmException(MdmErrorKind.Unavailable, "The metadata is away.");
        (await _bench.RunAsync()).Behind.Should().Be(4);
        await _bench.RestartAsync();

        _metadata.BeforePut = null;
        (await _bench.RunAsync()).Outcome.Should().Be(RunOutcome.Complete);

        Rows().Should().HaveCount(4);
    }

    [Fact]
    public async Task Files_are_published_while_the_metadata_is_away_and_their_rows_follow_with_the_next_run()
    {
        _metadata.Away = new MdmException(MdmErrorKind.Unavailable, "The metadata is away.");
        var run = await _bench.RunAsync();

        run.Outcome.Should().Be(RunOutcome.Incomplete, "the schedule tries it again soon");
        run.Behind.Should().Be(4);
        run.Reason.Should().Contain("The metadata is away.");
        (await _bench.FilesAsync()).Should().HaveCount(4);

        _metadata.Away = null;
        (await _bench.RunAsync()).Outcome.Should().Be(RunOutcome.Complete);
        Rows().Should().HaveCount(4);
    }

    [Fact]
    public async Task A_row_goes_with_its_file_also_when_the_metadata_was_away_and_the_host_was_restarted()
    {
        await _bench.RunAsync();
        var gone = $"{PublicationBench.Root}/s1/s1.1/s1.1.1.dcm";
        _metadata.Away = new MdmException(MdmErrorKind.Unavailable, "The metadata is away.");

        await _bench.Names.RemoveAsync(PublicationBench.Physician, StoragePath.Parse(gone), default);
        await _bench.RestartAsync();
        Rows().Should().ContainKey(gone);

        _metadata.Away = null;
        await Here.UntilAsync(() => Task.FromResult(!Rows().ContainsKey(gone)), Limit, "the row is gone");
        Rows().Should().HaveCount(3);
    }

    [Fact]
    public async Task Rows_carry_the_paths_of_files_that_were_moved_with_their_directory()
    {
        await _bench.RunAsync();

        await _bench.Names.MoveAsync(PublicationBench.Physician, PublicationBench.Root.Child("s1"), PublicationBench.Root.Child("mine"), default);

        await Here.UntilAsync(() => Task.FromResult(Rows().Keys.Count(path => path.StartsWith($"{PublicationBench.Root}/mine/", StringComparison.Ordinal)) == 2), Limit, "the rows carry the new paths");
        Rows().Should().HaveCount(4);
        Rows()[$"{PublicationBench.Root}/mine/s1.1/s1.1.1.dcm"]["Modality"].Should().Be("CT");
    }

    [Fact]
    public async Task A_path_that_is_refused_for_good_does_not_keep_a_row_that_has_to_go()
    {
        await _bench.RunAsync();
        _metadata.BeforePut = _ => throw new MdmException(MdmErrorKind.NotFound, "The collection is gone.");
        await _bench.Names.MoveAsync(PublicationBench.Physician, PublicationBench.Root.Child("s1"), PublicationBench.Root.Child("mine"), default);

        await _bench.Names.RemoveAsync(PublicationBench.Physician, StoragePath.Parse($"{PublicationBench.Root}/s2/s2.1/s2.1.1.dcm"), default);

        await Here.UntilAsync(async () => Rows().Count == 3 && (await _bench.RowLedger.BacklogAsync(default)).Count == 0, Limit, "the row is gone, and nothing waits");
    }

    [Fact]
    public async Task A_file_that_went_while_its_row_was_being_put_leaves_none()
    {
        await _bench.RunAsync();
        var gone = StoragePath.Parse($"{PublicationBench.Root}/s1/s1.1/s1.1.1.dcm");
        _bench.Archive.Entries[0] = ListedArchive.Image("s1", "s1.1", "s1.1.1", modality: "MR");
        _metadata.BeforePut = async rows =>
        {
            if (!rows.Any(row => row.Path == gone))
                return;
            _metadata.BeforePut = null;
            await _bench.Names.RemoveAsync(PublicationBench.Physician, gone, default);
            await Here.UntilAsync(() => Task.FromResult(!Rows().ContainsKey(gone.ToString())), Limit, "the follower has removed the row");
        };

        await _bench.RunAsync();
        _bench.LookForRows();

        await Here.UntilAsync(async () => !Rows().ContainsKey(gone.ToString()) && (await _bench.RowLedger.BacklogAsync(default)).Count == 0, Limit, "it is taken back");
        Rows().Should().HaveCount(3);
    }

    [Fact]
    public async Task What_leaves_the_allow_list_leaves_the_rows_and_what_users_added_stays()
    {
        await _bench.RunAsync();

        _bench.Options = With(options => options with { Attributes = ["Modality"] });
        await _bench.RestartAsync();
        (await _bench.RunAsync()).Outcome.Should().Be(RunOutcome.Complete);

        Rows().Should().HaveCount(4);
        Rows().Values.Should().OnlyContain(row => row.ContainsKey("Modality") && !row.ContainsKey("StudyDate"));
    }

    [Fact]
    public async Task A_publication_that_gets_another_collection_takes_its_rows_along()
    {
        await _bench.RunAsync();
        var elsewhere = StoragePath.Parse("/mdm/elsewhere");

        _bench.Options = With(options => options with { Collection = elsewhere });
        await _bench.RestartAsync();
        await _bench.RunAsync();

        Rows().Should().BeEmpty();
        _metadata.Rows(elsewhere).Should().HaveCount(4);
    }

    [Fact]
    public async Task What_only_the_object_says_is_there_once_it_was_staged()
    {
        await _bench.RunAsync();
        _bench.Archive.Headers["s1/s1.1/s1.1.1"] =
            [ListedArchive.Attribute("SliceThickness", "DS", "1.50 "), ListedArchive.Attribute("PixelSpacing", "DS", "0.5", "0.5"), ListedArchive.Attribute("PatientName", "PN", "Marked^Patient")];
        var path = $"{PublicationBench.Root}/s1/s1.1/s1.1.1.dcm";
        Rows()[path].Should().NotContainKey("SliceThickness");

        var file = await _bench.Authorizer.ReadAsync(PublicationBench.Physician, StoragePath.Parse(path), default);
        await _bench.Staging.StageAsync(file, null, default);

        await Here.UntilAsync(() => Task.FromResult(Rows()[path].ContainsKey("SliceThickness")), Limit, "the row is completed");
        Rows()[path].Should().Contain("SliceThickness", "1.5").And.Contain("PixelSpacing", "0.5\\0.5").And.NotContainKey("PatientName");
        var puts = _metadata.Puts;
        await _bench.RunAsync();
        _metadata.Puts.Should().Be(puts, "the listing has not changed");
        Rows()[path].Should().ContainKey("SliceThickness", "a scan does not take it away");
    }

    [Fact]
    public async Task An_attribute_that_the_archive_does_not_know_is_refused_by_name()
    {
        _bench.Options = With(options => options with { Attributes = ["Modality", "Modalty"] });
        await _bench.RestartAsync();

        var run = await _bench.RunAsync();

        run.Outcome.Should().Be(RunOutcome.Refused);
        run.Reason.Should().Contain("'Modalty'");
    }

    private HostOptions With(Func<PublicationOptions, PublicationOptions> change) =>
        _bench.Options with { Publications = _bench.Options.Publications.ToDictionary(p => p.Key, p => change(p.Value)) };

    private SortedDictionary<string, Dictionary<string, string>> Rows() => _metadata.Rows(PublicationBench.Root);
}
