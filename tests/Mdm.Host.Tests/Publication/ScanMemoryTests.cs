using Mdm.Host.Publication;
using Mdm.Host.Tests.Staging;
using Mdm.TestKit;

namespace Mdm.Host.Tests.Publication;

/// <summary>Alone: what others keep meanwhile would be measured as well.</summary>
[Collection(StagingMemoryTests.Alone)]
public sealed class ScanMemoryTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    [Fact]
    public Task Memory_does_not_grow_with_the_archive() => MeasureAsync(100_000);

    [SkippableFact]
    public async Task Nor_does_it_with_the_ledgers_on_a_server()
    {
        var server = await postgres.ServerAsync();
        TestStores.Are(schema => server.Store(schema));
        // There each takes its time; a third of them would still be too much to be kept.
        await MeasureAsync(Here.Soak ? 100_000 : 30_000);
    }

    private static async Task MeasureAsync(int objects)
    {
        var catalog = new ForgetfulCatalog();
        await using var bench = new PublicationBench(catalog);
        long early = 0, late = 0;
        bench.Archive.Listing = () => Enumerable.Range(0, objects).Select(i => ListedArchive.Image($"s{i / 1000}", $"s{i / 1000}.{i / 100 % 10}", $"i{i}"));
        bench.Archive.BeforeEach = (count, _) =>
        {
            if (count == objects / 10)
                early = GC.GetTotalMemory(forceFullCollection: true);
            else if (count == objects - 1)
                late = GC.GetTotalMemory(forceFullCollection: true);
            return Task.CompletedTask;
        };

        var end = await bench.RunAsync();

        end.Should().BeEquivalentTo(new { Outcome = RunOutcome.Complete, Listed = objects, Created = objects });
        // The catalogue's ids are 16 bytes each and a table around them; listed entries would be 800 bytes each: 21 MiB of the smaller archive.
        (late - early).Should().BeLessThan(16L << 20);
    }
}
