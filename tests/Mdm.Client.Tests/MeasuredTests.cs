using Mdm.Client.Files;
using Mdm.Client.Tests.Support;
using Mdm.Srm.Messages;

namespace Mdm.Client.Tests;

/// <summary>Runs when no other test does: what is taken is counted for the whole process.</summary>
[Collection(Alone)]
[CollectionDefinition(Alone, DisableParallelization = true)]
public sealed class MeasuredTests
{
    internal const string Alone = "alone";

    [Fact]
    public async Task Room_is_taken_for_what_comes_and_not_for_what_is_claimed()
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        using (var content = new ArrivedContent(2_000_000_000, new BytesAllowance(null)))
        {
            await content.FillAsync(new MemoryStream([1, 2, 3]), CancellationToken.None);
            content.Take().ToArray().Should().Equal(1, 2, 3);
        }
        (GC.GetTotalAllocatedBytes(precise: true) - before).Should().BeLessThan(500_000_000);
    }

    [Fact]
    public async Task Lists_ten_thousand_entries_quickly()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.AddMany("/d", 10_000, length: 1);
        await fixture.Files.ListAsync(fixture.Srm.At("/d"), CancellationToken.None).CountAsync();

        var before = Environment.CpuUsage.TotalTime;
        var count = await fixture.Files.ListAsync(fixture.Srm.At("/d"), CancellationToken.None).CountAsync();

        count.Should().Be(10_000);
        // Processor time of both ends, not optimised, on whatever machine; the bench holds the client to half a second.
        (Environment.CpuUsage.TotalTime - before).Should().BeLessThan(TimeSpan.FromSeconds(10));
        fixture.Srm.CountOf<LsRequest>().Should().Be(2);
    }
}
