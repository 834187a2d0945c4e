using Mdm.Host.Publication;
using Mdm.Host.Tests.Doubles;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Publication;

public sealed class ScheduleTests
{
    [Fact]
    public async Task Publishes_at_start_and_again_on_schedule()
    {
        var time = new ManualTime();
        await using var bench = new PublicationBench(configure: o => o with { Schedule = TimeSpan.FromMinutes(10) }, time: time);
        bench.Archive.Entries = ListedArchive.Images(1, 1);
        using var schedule = new PublicationSchedule(bench.Book, bench.Runner, bench.Ledger, bench.Members, time);

        await schedule.StartAsync(default);
        await Eventually.HoldsAsync(() => bench.Runner.Latest("clinical")?.Progress is { Outcome: RunOutcome.Complete, Created: 1 }, "it published at start");
        bench.Archive.Entries = ListedArchive.Images(1, 2);
        await Eventually.HoldsAsync(() =>
        {
            time.Advance(TimeSpan.FromMinutes(10));
            return bench.Runner.Latest("clinical")?.Progress is { Outcome: RunOutcome.Complete } run && run.Created + run.Existing == 2;
        }, "it published on schedule");

        await schedule.StopAsync(default);
    }

    [Fact]
    public async Task Sizes_are_measured_once_after_registration()
    {
        await using var bench = new PublicationBench(configure: o => o with { Measure = true });
        bench.Archive.Entries = ListedArchive.Images(1, 3);
        await bench.RunAsync();
        using var measuring = new Measuring(bench.Book, bench.Ledger, bench.Authorizer, bench.Staging, bench.Leases, bench.Time, NullLogger<Measuring>.Instance);

        await measuring.StartAsync(default);
        await Eventually.HoldsAsync(() => bench.Ledger.ToMeasureAsync("clinical", default, 10, default).GetAwaiter().GetResult().Count == 0, "all were measured");
        await measuring.StopAsync(default);

        foreach (var path in await bench.FilesAsync())
            bench.Staging.FactsOf(await bench.AtAsync(path))!.Length.Should().Be(path.Split('/')[^1].Length - ".dcm".Length + "s1/s1.1/".Length);
    }
}
