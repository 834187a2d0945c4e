using Mdm.Formats.Sealed;
using Mdm.Host.Staging;
using Mdm.Host.Tests.Doubles;

namespace Mdm.Host.Tests.Staging;

public sealed class PoolTests
{
    private const int Size = 1 << 20;

    [Fact]
    public async Task Keeps_what_is_complete_and_removes_what_is_not_at_start()
    {
        await using var bench = new StagingBench();
        var content = bench.Publish("/grid/a", 5000);
        bench.Publish("/grid/b", 5000);
        await bench.StageAsync("/grid/a");
        await bench.StageAsync("/grid/b");
        var damaged = Directory.EnumerateFiles(bench.Pool, bench.Catalog.Get("/grid/b").Id + "*", SearchOption.AllDirectories).Single();
        await File.WriteAllBytesAsync(damaged, new byte[4999]);
        await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(damaged)!, "partial-0123"), "half");
        await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(damaged)!, "stray"), "what is this");

        await bench.RestartAsync();

        bench.PoolFiles.Should().ContainSingle().Which.Should().StartWith(bench.Catalog.Get("/grid/a").Id.ToString());
        bench.PartialFiles.Should().Be(0);
        File.Exists(Path.Combine(Path.GetDirectoryName(damaged)!, "stray")).Should().BeFalse();
        bench.Area.Usage.Used.Should().Be(SealedFormat.SealedLength(5000));
        (await bench.ReadAsync(bench.Area.TryFind(bench.Catalog.Get("/grid/a"))!)).Should().Equal(content);
        bench.Area.TryFind(bench.Catalog.Get("/grid/b")).Should().BeNull();
    }

    [Fact]
    public async Task Reads_files_again_after_the_machine_restarted_before_it_serves_them()
    {
        await using var bench = new StagingBench();
        var content = bench.Publish("/grid/a", 5000);
        await bench.StageAsync("/grid/a");
        var path = Directory.EnumerateFiles(bench.Pool, bench.Catalog.Get("/grid/a").Id + "*", SearchOption.AllDirectories).Single();
        await File.WriteAllBytesAsync(path, new byte[new FileInfo(path).Length]);
        await File.WriteAllTextAsync(Path.Combine(bench.Pool, "boot"), "another boot");

        await bench.RestartAsync();

        bench.Area.TryFind(bench.Catalog.Get("/grid/a")).Should().BeNull();
        (await bench.ReadAsync(await bench.StageAsync("/grid/a"))).Should().Equal(content);
        bench.Archive.Asked.Should().HaveCount(2);
    }

    [Fact]
    public async Task Refuses_a_folder_that_holds_something_else_and_one_that_is_in_use()
    {
        await using var bench = new StagingBench();
        var other = Directory.CreateDirectory(Path.Combine(bench.Folder, "home")).FullName;
        await File.WriteAllTextAsync(Path.Combine(other, "thesis.txt"), "dear");

        FluentActions.Invoking(() => new PoolDirectory(other)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Refused);
        FluentActions.Invoking(() => new PoolDirectory(bench.Pool)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Busy);
        File.Exists(Path.Combine(other, "thesis.txt")).Should().BeTrue();
    }

    [Fact]
    public async Task Evicts_the_least_recently_used_that_nobody_pins_or_reads()
    {
        await using var bench = new StagingBench(configure: o => o with { Quota = 4 * Size, FirstReservation = 4096 });
        foreach (var name in new[] { "a", "b", "c", "d", "e" })
            bench.Publish("/grid/" + name, Size);
        await bench.StageAsync("/grid/a", pin: bench.Pin("p", TimeSpan.FromHours(1)));
        var read = await bench.StageAsync("/grid/b");
        using var reader = await bench.OpenAsync(read);
        await bench.StageAsync("/grid/c");
        await bench.StageAsync("/grid/d");

        await bench.StageAsync("/grid/e");

        bench.Area.LocalityOf(bench.Catalog.Get("/grid/c")).Should().Be(FileLocality.Nearline);
        foreach (var kept in new[] { "a", "b", "e" })
            bench.Area.LocalityOf(bench.Catalog.Get("/grid/" + kept)).Should().Be(FileLocality.OnlineAndNearline, kept);
        bench.Area.Usage.Used.Should().BeLessThanOrEqualTo(4 * Size);
    }

    [Fact]
    public async Task Waits_for_room_and_gets_it_when_a_pin_is_released()
    {
        await using var bench = new StagingBench(configure: o => o with { Quota = 2 * Size, FirstReservation = 4096 });
        foreach (var name in new[] { "a", "b" })
            bench.Publish("/grid/" + name, Size + 1000);
        var staged = await bench.StageAsync("/grid/a");
        var lease = bench.Area.TryPin(staged, bench.Pin("p", TimeSpan.FromHours(1)));
        lease.Should().NotBeNull();

        var waiting = bench.StageAsync("/grid/b");
        await Eventually.HoldsAsync(() => !bench.Archive.Asked.IsEmpty, "something was asked");
        waiting.IsCompleted.Should().BeFalse();
        lease!.Dispose();

        (await waiting).Facts.Length.Should().Be(Size + 1000);
    }

    [Fact]
    public async Task Says_that_there_is_no_free_space_when_all_stays_pinned()
    {
        await using var bench = new StagingBench(configure: o => o with { Quota = 2 * Size, FirstReservation = 4096, SpaceWait = TimeSpan.FromMilliseconds(100) });
        foreach (var name in new[] { "a", "b" })
            bench.Publish("/grid/" + name, Size + 1000);
        await bench.StageAsync("/grid/a", pin: bench.Pin("p", TimeSpan.FromHours(1)));

        var refusal = (await FluentActions.Awaiting(() => bench.StageAsync("/grid/b", StagingBench.Bob)).Should().ThrowAsync<MdmException>()).Which;

        refusal.Kind.Should().Be(MdmErrorKind.Refused);
        ShortageException.Of(refusal).Should().NotBeNull();
        refusal.Message.Should().Contain("free space");
        bench.Area.Usage.Reserved.Should().Be(0);
        bench.PartialFiles.Should().Be(0);
    }

    [Fact]
    public async Task Keeps_a_caller_within_his_share()
    {
        await using var bench = new StagingBench(configure: o => o with { Quota = 8 * Size, UserShare = 0.25, FirstReservation = 4096, SpaceWait = TimeSpan.FromMilliseconds(100) });
        foreach (var name in new[] { "a", "b" })
            bench.Publish("/grid/" + name, Size + (Size / 2));
        await bench.StageAsync("/grid/a", pin: bench.Pin("a", TimeSpan.FromHours(1)));

        var refusal = (await FluentActions.Awaiting(() => bench.StageAsync("/grid/b", pin: bench.Pin("b", TimeSpan.FromHours(1)))).Should().ThrowAsync<MdmException>()).Which;
        ShortageException.Of(refusal).Should().Be(Shortage.UserShare);

        (await bench.StageAsync("/grid/b", StagingBench.Bob, bench.Pin("c", TimeSpan.FromHours(1), StagingBench.Bob))).Facts.Length.Should().Be(Size + (Size / 2));
    }

    [Fact]
    public async Task Ends_pins_at_their_time_and_cuts_those_that_are_too_long()
    {
        var time = new ManualTime();
        await using var bench = new StagingBench(new FaultyArchive(), time, o => o with { LongestPin = TimeSpan.FromHours(2) });
        bench.Publish("/grid/a", 5000);
        var staged = await bench.StageAsync("/grid/a", pin: bench.Pin("short", TimeSpan.FromHours(1)));
        var longest = bench.Area.TryPin(staged, bench.Pin("long", TimeSpan.FromDays(30)));

        longest!.Until.Should().Be(time.GetUtcNow() + TimeSpan.FromHours(2));
        bench.Area.PinnedUntil(staged.Id).Should().Be(longest.Until);
        bench.Area.Usage.Pinned.Should().Be(SealedFormat.SealedLength(5000));
        time.Advance(TimeSpan.FromHours(2));
        bench.Area.PinnedUntil(staged.Id).Should().BeNull();
        bench.Area.Usage.Pinned.Should().Be(0);
    }

    [Fact]
    public async Task Lets_who_has_a_file_open_read_it_to_the_end_whatever_becomes_of_it()
    {
        await using var bench = new StagingBench();
        var content = bench.Publish("/grid/a", 5000);
        var staged = await bench.StageAsync("/grid/a");
        using var reader = (await bench.OpenAsync(staged))!;

        bench.Area.Forget(staged.Id);

        bench.PoolFiles.Should().BeEmpty();
        var bytes = new byte[5000];
        reader.Read(0, bytes).Should().Be(5000);
        bytes.Should().Equal(content);
        (await bench.OpenAsync(staged)).Should().BeNull();
    }
}
