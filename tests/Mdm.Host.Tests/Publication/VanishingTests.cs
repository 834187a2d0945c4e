using Mdm.Host.Publication;
using Mdm.TestKit;
using InMemoryCatalog = Mdm.Abstractions.Testing.InMemoryCatalog;

namespace Mdm.Host.Tests.Publication;

/// <summary>One truncated answer must not empty a hospital.</summary>
public sealed class VanishingTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly MdmException Gone = new(MdmErrorKind.Unavailable, "The association was lost.");
    private readonly PublicationBench _bench = new();
    private List<ArchiveEntry> _all = [];

    public async Task InitializeAsync()
    {
        _bench.Archive.Entries = _all = ListedArchive.Images(studies: 3, images: 2);
        await _bench.RunAsync();
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Nothing_vanishes_before_a_second_complete_scan_agrees()
    {
        Lose("s1");

        (await _bench.RunAsync()).Should().BeEquivalentTo(new { Missing = 2, Vanished = 0 });
        (await _bench.FilesAsync()).Should().HaveCount(6);

        (await _bench.RunAsync()).Should().BeEquivalentTo(new { Missing = 0, Vanished = 2 });
        (await _bench.AllAsync()).Keys.Should().HaveCount(3 + (2 * 4), "the emptied directories went too").And.NotContain("/grid/biomed/clinical/s1");
    }

    [Fact]
    public async Task A_moved_file_vanishes_too_and_directories_of_users_stay()
    {
        await _bench.Names.MakeDirectoryAsync(PublicationBench.Physician, StoragePath.Parse("/grid/biomed/clinical/mine"), default);
        await _bench.Names.MoveAsync(PublicationBench.Physician, StoragePath.Parse("/grid/biomed/clinical/s1/s1.1/s1.1.1.dcm"), StoragePath.Parse("/grid/biomed/clinical/mine/x.dcm"), default);
        Lose("s1");
        await _bench.RunAsync();
        await _bench.RunAsync();

        (await _bench.AllAsync()).Keys.Should().Contain("/grid/biomed/clinical/mine").And.NotContain("/grid/biomed/clinical/mine/x.dcm").And.NotContain("/grid/biomed/clinical/s1");
    }

    [Fact]
    public async Task What_comes_back_in_between_begins_anew()
    {
        Lose("s1");
        await _bench.RunAsync();
        _bench.Archive.Entries = _all;
        await _bench.RunAsync();
        Lose("s1");

        (await _bench.RunAsync()).Vanished.Should().Be(0);
        (await _bench.FilesAsync()).Should().HaveCount(6);
    }

    [Fact]
    public async Task A_scan_that_broke_off_counts_nothing()
    {
        Lose("s1");
        await _bench.RunAsync();
        _bench.Archive.Break = (2, Gone);
        for (var i = 0; i < 3; i++)
        {
            var broken = await _bench.RunAsync();
            broken.Should().BeEquivalentTo(new { Outcome = RunOutcome.Incomplete, Vanished = 0, Listed = 2 });
            broken.Reason.Should().Be("Archive pacs broke the listing off: The association was lost.");
        }
        (await _bench.FilesAsync()).Should().HaveCount(6);

        _bench.Archive.Break = null;
        (await _bench.RunAsync()).Vanished.Should().Be(2);
    }

    [Fact]
    public async Task What_a_scan_listed_before_it_broke_off_is_published()
    {
        _bench.Archive.Entries = [ListedArchive.Image("s9", "s9.1", "s9.1.1"), .. _all];
        _bench.Archive.Break = (1, Gone);

        (await _bench.RunAsync()).Should().BeEquivalentTo(new { Outcome = RunOutcome.Incomplete, Created = 1 });

        (await _bench.FilesAsync()).Should().HaveCount(7);
    }

    [Fact]
    public async Task More_than_the_configured_share_waits_for_an_operator()
    {
        Lose("s1", "s2");
        await _bench.RunAsync();

        var held = await _bench.RunAsync();
        held.Should().BeEquivalentTo(new { Outcome = RunOutcome.Complete, Held = 4, Vanished = 0 });
        held.Reason.Should().Contain("4 of 6 files").And.Contain("50 percent");
        (await _bench.FilesAsync()).Should().HaveCount(6);

        (await _bench.RunAsync(new PublicationOrder(AcceptLoss: true))).Vanished.Should().Be(4);
        (await _bench.FilesAsync()).Should().HaveCount(2);
    }

    [Fact]
    public async Task An_archive_that_says_it_is_empty_empties_nothing()
    {
        _bench.Archive.Entries = [];
        for (var i = 0; i < 5; i++)
            (await _bench.RunAsync()).Vanished.Should().Be(0);

        (await _bench.FilesAsync()).Should().HaveCount(6);
    }

    [Fact]
    public async Task The_first_order_that_accepts_the_loss_still_needs_two_scans()
    {
        Lose("s1");

        (await _bench.RunAsync(new PublicationOrder(AcceptLoss: true))).Vanished.Should().Be(0);
    }

    [Fact]
    public async Task An_order_for_one_study_un_publishes_nothing_of_others()
    {
        _bench.Archive.Entries = [ListedArchive.Image("s1", "s1.1", "s1.1.1"), ListedArchive.Image("s1", "s1.1", "s1.1.9")];

        var first = await _bench.RunAsync(new PublicationOrder("s1"));
        var second = await _bench.RunAsync(new PublicationOrder("s1"));

        first.Should().BeEquivalentTo(new { Created = 1, Missing = 1, Vanished = 0 });
        second.Vanished.Should().Be(1);
        (await _bench.FilesAsync()).Should().HaveCount(6).And.NotContain("/grid/biomed/clinical/s1/s1.1/s1.1.2.dcm");
        _bench.Archive.Asked[^1].Conditions.Should().ContainSingle(c => c.Keyword == "StudyInstanceUID" && c.AnyOf[0] == "s1");
    }

    [Fact]
    public async Task An_archive_that_ignores_the_study_adds_nothing_of_others()
    {
        _bench.Archive.Entries = [.. _all, ListedArchive.Image("s4", "s4.1", "s4.1.1")];

        (await _bench.RunAsync(new PublicationOrder("s1"))).Should().BeEquivalentTo(new { Created = 0, Existing = 2, Skipped = 5 });
    }

    [Fact]
    public async Task A_driver_that_throws_what_it_likes_is_told_without_its_words()
    {
        _bench.Archive.Break = (0, new InvalidOperationException("Marked^Patient"));

        var end = await _bench.RunAsync();

        end.Outcome.Should().Be(RunOutcome.Incomplete);
        end.Reason.Should().Contain("InvalidOperationException").And.NotContain("Marked");
    }

    [Fact]
    public async Task A_crash_between_ledger_and_catalogue_loses_nothing()
    {
        var catalog = new InterferingCatalog(new InMemoryCatalog());
        await using var bench = new PublicationBench(catalog);
        bench.Archive.Entries = ListedArchive.Images(2, 2);
        catalog.BeforeCreate = drafts => drafts[0].Kind == CatalogEntryKind.File ? throw new InvalidOperationException("The process died here.") : Task.CompletedTask;
        (await bench.RunAsync()).Outcome.Should().Be(RunOutcome.Incomplete);
        (await bench.FilesAsync()).Should().BeEmpty();

        catalog.BeforeCreate = null;
        await bench.RestartAsync();
        (await bench.RunAsync()).Created.Should().Be(4);

        bench.Archive.Entries = ListedArchive.Images(1, 2);
        await bench.RunAsync();
        (await bench.RunAsync()).Vanished.Should().Be(2);
        (await bench.FilesAsync()).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_host_that_stops_in_the_middle_begins_anew()
    {
        var reached = new TaskCompletionSource();
        _bench.Archive.Entries = ListedArchive.Images(1, PublicationScan.BatchSize + 500);
        _bench.Archive.BeforeEach = async (count, cancellationToken) =>
        {
            if (count != PublicationScan.BatchSize + 100)
                return;
            reached.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        };
        var run = _bench.Runner.Begin("clinical", new PublicationOrder());
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await _bench.RestartAsync();
        run.Progress.Outcome.Should().Be(RunOutcome.Incomplete);

        _bench.Archive.BeforeEach = null;
        (await _bench.RunAsync()).Should().BeEquivalentTo(new { Outcome = RunOutcome.Complete, Vanished = 0, Failed = 0, Listed = PublicationScan.BatchSize + 500 });
    }

    private void Lose(params string[] studies) => _bench.Archive.Entries = [.. _all.Where(e => !studies.Contains(e.Labels[0]))];
}
