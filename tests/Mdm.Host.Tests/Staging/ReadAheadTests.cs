using Mdm.Host.Staging;
using Mdm.Host.Tests.Doubles;

namespace Mdm.Host.Tests.Staging;

public sealed class ReadAheadTests
{
    [Fact]
    public async Task Fetches_the_next_files_of_a_directory_that_is_walked()
    {
        await using var bench = Walkable(files: 8);
        await bench.StageAsync("/grid/series/00");
        await bench.StageAsync("/grid/series/01");

        await Eventually.HoldsAsync(() => bench.PoolFiles.Count == 10, "eight more are staged");

        bench.Archive.Asked.Count.Should().BeLessThan(10, "they go together");
        for (var i = 2; i < 40; i++)
            await bench.StageAsync($"/grid/series/{i:d2}");
        bench.Archive.Asked.Sum(ids => ids.Length).Should().Be(40, "nothing is fetched twice");
    }

    [Fact]
    public async Task Does_not_fetch_ahead_for_a_caller_who_jumps_about()
    {
        await using var bench = Walkable(files: 8);
        foreach (var i in new[] { 5, 20, 3, 30, 11 })
            await bench.StageAsync($"/grid/series/{i:d2}");
        bench.PoolFiles.Should().HaveCount(5);
    }

    [Fact]
    public async Task Never_fetches_ahead_what_the_caller_may_not_read()
    {
        await using var bench = Walkable(files: 8);
        bench.Catalog.AddFile("/grid/series/04", "pacs", "/grid/series/04", acl: "other::---");
        await bench.StageAsync("/grid/series/00");
        await bench.StageAsync("/grid/series/01");

        await Eventually.HoldsAsync(() => bench.PoolFiles.Count >= 9, "the others are staged");
        bench.Archive.Asked.SelectMany(ids => ids).Should().NotContain("/grid/series/04");
    }

    private static StagingBench Walkable(int files)
    {
        var bench = new StagingBench(configure: o => o with { FirstReservation = 4096, ReadAhead = new ReadAheadOptions { Files = files } });
        for (var i = 0; i < 40; i++)
            bench.Publish($"/grid/series/{i:d2}", 2000);
        return bench;
    }
}
