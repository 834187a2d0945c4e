using System.Security.Cryptography;
using Mdm.Formats.Sealed;
using Mdm.Host.Staging;
using Mdm.Host.Tests.Doubles;

namespace Mdm.Host.Tests.Staging;

public sealed class StagingAreaTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(SealedFormat.SegmentLength)]
    [InlineData((5 * SealedFormat.SegmentLength) + 17)]
    public async Task Stages_the_bytes_of_the_archive_with_their_facts(int length)
    {
        await using var bench = new StagingBench();
        var content = bench.Publish("/grid/a", length);

        var staged = await bench.StageAsync("/grid/a");

        (await bench.ReadAsync(staged)).Should().Equal(content);
        staged.Facts.Should().Be(new FileFacts(length, Adler32.Of(content)));
        bench.Area.LocalityOf(bench.Catalog.Get("/grid/a")).Should().Be(FileLocality.OnlineAndNearline);
        await Eventually.HoldsAsync(() => bench.Catalog.Get("/grid/a").Facts == staged.Facts, "the catalogue has the facts");
    }

    [Fact]
    public async Task Fetches_a_file_once_however_many_ask()
    {
        await using var bench = new StagingBench();
        bench.Publish("/grid/a", 100_000);
        bench.Archive.Gate = new TaskCompletionSource();

        var asks = Enumerable.Range(0, 50).Select(i => bench.StageAsync("/grid/a", i % 2 == 0 ? StagingBench.Alice : StagingBench.Bob)).ToList();
        await Eventually.HoldsAsync(() => !bench.Archive.Asked.IsEmpty, "the archive is asked");
        bench.Archive.Gate.SetResult();
        var staged = await Task.WhenAll(asks);
        await bench.StageAsync("/grid/a");

        bench.Archive.Asked.Should().HaveCount(1);
        staged.Should().OnlyContain(file => file.Facts == staged[0].Facts);
        bench.Area.Usage.Reserved.Should().Be(0);
    }

    [Fact]
    public async Task Makes_one_retrieval_of_what_is_asked_for_together()
    {
        await using var bench = new StagingBench();
        for (var i = 0; i < 200; i++)
            bench.Publish($"/grid/series/{i:d3}", 3000 + i);

        // What waits while the archive is busy is asked for when it is not.
        bench.Archive.Gate = new TaskCompletionSource();
        var asks = Enumerable.Range(0, 200).Select(i => bench.StageAsync($"/grid/series/{i:d3}")).ToList();
        bench.Archive.Gate.SetResult();
        var staged = await Task.WhenAll(asks);

        bench.Archive.Asked.Sum(ids => ids.Length).Should().Be(200);
        bench.Archive.Asked.Count.Should().BeLessThan(20, "what is pending goes together");
        staged.Select(file => file.Facts.Length).Should().Equal(Enumerable.Range(3000, 200).Select(i => (long)i));
    }

    [Fact]
    public async Task Fetches_one_by_one_where_the_backend_cannot_fetch_many()
    {
        await using var bench = new StagingBench(new FaultyArchive());
        for (var i = 0; i < 20; i++)
            bench.Publish($"/grid/{i:d2}", 5000);

        var staged = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => bench.StageAsync($"/grid/{i:d2}")));

        staged.Should().HaveCount(20);
        bench.Archive.Asked.Should().HaveCount(20);
    }

    [Fact]
    public async Task Gives_two_entries_of_one_object_a_file_each()
    {
        await using var bench = new StagingBench();
        var content = bench.Publish("/grid/a", 4000);
        bench.Catalog.AddFile("/grid/b", "pacs", "/grid/a");

        var both = await Task.WhenAll(bench.StageAsync("/grid/a"), bench.StageAsync("/grid/b"));

        both.Select(file => file.Id).Should().OnlyHaveUniqueItems();
        (await Task.WhenAll(both.Select(bench.ReadAsync))).Should().OnlyContain(bytes => bytes.SequenceEqual(content));
    }

    [Fact]
    public async Task Does_not_let_one_bad_object_harm_the_others()
    {
        await using var bench = new StagingBench(configure: o => o with { Fetch = o.Fetch with { GiveUp = TimeSpan.FromMilliseconds(200) } });
        for (var i = 0; i < 10; i++)
            bench.Publish($"/grid/{i}", 50_000);
        bench.Archive.Fail("/grid/3", Fault.Refused);
        bench.Archive.Objects.TryRemove("/grid/5", out _);
        bench.Archive.Fail("/grid/7", Fault.Short);

        var asks = Enumerable.Range(0, 10).Select(i => bench.StageAsync($"/grid/{i}")).ToList();
        await ((Task)Task.WhenAll(asks)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        asks.Select((ask, i) => (i, (ask.Exception?.InnerException as MdmException)?.Kind)).Where(x => x.Kind is not null)
            .Should().Equal((3, MdmErrorKind.Unavailable), (5, MdmErrorKind.NotFound), (7, MdmErrorKind.Corrupt));
        bench.PoolFiles.Should().HaveCount(7);
        bench.PartialFiles.Should().Be(0);
        bench.Area.Usage.Reserved.Should().Be(0);
    }

    [Theory]
    [InlineData(Fault.Refused)]
    [InlineData(Fault.Busy)]
    [InlineData(Fault.Broken)]
    [InlineData(Fault.Short)]
    [InlineData(Fault.Bug)]
    public async Task Tries_again_what_may_pass(object fault)
    {
        await using var bench = new StagingBench();
        var content = bench.Publish("/grid/a", 600_000);
        bench.Archive.Fail("/grid/a", (Fault)fault, times: 1);

        (await bench.ReadAsync(await bench.StageAsync("/grid/a"))).Should().Equal(content);

        bench.Archive.Asked.Should().HaveCount(2);
        bench.PartialFiles.Should().Be(0);
    }

    [Theory]
    [InlineData(Fault.Hanging)]
    [InlineData(Fault.Deaf)]
    public async Task Does_not_wait_for_ever_in_the_middle_of_an_object(object fault)
    {
        var time = new ManualTime();
        await using var bench = new StagingBench(new FaultyArchive(), time, o => o with { Fetch = o.Fetch with { Stall = TimeSpan.FromSeconds(30), GiveUp = TimeSpan.FromMilliseconds(1) } });
        bench.Publish("/grid/a", 600_000);
        bench.Archive.Fail("/grid/a", (Fault)fault);

        var ask = bench.StageAsync("/grid/a");
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return ask.IsCompleted;
        }, "the ask ends");

        (await FluentActions.Awaiting(() => ask).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Unavailable);
        bench.PoolFiles.Should().BeEmpty();
        bench.PartialFiles.Should().Be(0);
        bench.Area.Usage.Reserved.Should().Be(0);
    }

    [Fact]
    public async Task Answers_at_once_while_an_archive_is_dead_and_recovers_by_itself()
    {
        var time = new ManualTime();
        await using var bench = new StagingBench(new FaultyArchive(), time, o => o with
        {
            Fetch = o.Fetch with { FailuresUntilClosed = 3, ClosedFor = TimeSpan.FromSeconds(15), GiveUp = TimeSpan.FromMinutes(2) },
        });
        bench.Publish("/grid/a", 1000);
        bench.Archive.Fail("/grid/a", Fault.Refused);
        var first = bench.StageAsync("/grid/a");
        var more = 500;
        await Eventually.HoldsAsync(() =>
        {
            // Less than it stays closed for: on a busy machine the clock would run past that before anybody is told.
            if (bench.Archive.Asked.Count < 3 || more-- > 0)
                time.Advance(TimeSpan.FromMilliseconds(20));
            return first.IsCompleted;
        }, "the first ask is told");

        var second = await FluentActions.Awaiting(() => bench.StageAsync("/grid/a")).Should().ThrowAsync<MdmException>();
        second.Which.Kind.Should().Be(MdmErrorKind.Unavailable);
        second.Which.Message.Should().Contain("3 times");
        second.Which.RetryAfter.Should().BeGreaterThan(TimeSpan.Zero);
        bench.Archive.Asked.Should().HaveCount(3);

        bench.Archive.Heal();
        time.Advance(TimeSpan.FromSeconds(16));
        (await bench.StageAsync("/grid/a")).Facts.Length.Should().Be(1000);
    }

    [Fact]
    public async Task Ends_the_fetch_when_nobody_waits_any_more_and_not_before()
    {
        await using var bench = new StagingBench(new FaultyArchive());
        bench.Publish("/grid/a", 1000);
        bench.Archive.Gate = new TaskCompletionSource();
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var asks = new[] { bench.StageAsync("/grid/a", cancellationToken: first.Token), bench.StageAsync("/grid/a", cancellationToken: second.Token) };
        await Eventually.HoldsAsync(() => !bench.Archive.Asked.IsEmpty, "the archive is asked");

        await first.CancelAsync();
        await FluentActions.Awaiting(() => asks[0]).Should().ThrowAsync<OperationCanceledException>();
        bench.Area.Usage.Reserved.Should().BePositive("the other still waits");

        await second.CancelAsync();
        await FluentActions.Awaiting(() => asks[1]).Should().ThrowAsync<OperationCanceledException>();
        await Eventually.HoldsAsync(() => bench.Area.Usage.Reserved == 0, "the fetch is given up");
    }

    [Fact]
    public async Task Refuses_an_object_longer_than_the_limit()
    {
        await using var bench = new StagingBench(configure: o => o with { MaxObjectLength = 1000 });
        bench.Publish("/grid/a", 1001);
        bench.Archive.AnnouncesLength = false;

        (await FluentActions.Awaiting(() => bench.StageAsync("/grid/a")).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Refused);
        bench.PartialFiles.Should().Be(0);
    }

    [Fact]
    public async Task Fetches_what_is_larger_than_the_room_set_aside()
    {
        await using var bench = new StagingBench(configure: o => o with { FirstReservation = 4096 });
        var content = bench.Publish("/grid/a", 10_000_000);
        bench.Archive.AnnouncesLength = false;

        (await bench.ReadAsync(await bench.StageAsync("/grid/a"))).Should().Equal(content);
        bench.Area.Usage.Should().Be(new PoolUsage(64L << 20, SealedFormat.SealedLength(content.Length), 0, 0));
    }

    [Fact]
    public async Task Keeps_one_place_for_the_next_caller_while_another_asks_for_thousands()
    {
        await using var bench = new StagingBench(new FaultyArchive(), configure: o => o with { FirstReservation = 4096, Fetch = o.Fetch with { MaxParallel = 2 } });
        for (var i = 0; i < 100; i++)
            bench.Publish($"/grid/{i:d3}", 100);
        bench.Publish("/grid/bob", 100);
        bench.Archive.Gate = new TaskCompletionSource();
        var many = Enumerable.Range(0, 100).Select(i => bench.StageAsync($"/grid/{i:d3}")).ToList();
        await Eventually.HoldsAsync(() => !bench.Archive.Asked.IsEmpty, "the archive is asked");

        var bob = bench.StageAsync("/grid/bob", StagingBench.Bob);

        await Eventually.HoldsAsync(() => bench.Archive.Asked.Any(ids => ids[0] == "/grid/bob"), "the other caller's file is being fetched");
        bench.Archive.Asked.Should().HaveCount(2);
        bench.Archive.Gate.SetResult();
        await Task.WhenAll([.. many, bob]);
    }
}
