using Mdm.Host.Tests.Doubles;

namespace Mdm.Host.Tests.Staging;

/// <summary>Runs when no other test does: what is allocated is counted for the whole process.</summary>
[Collection(Alone)]
[CollectionDefinition(Alone, DisableParallelization = true)]
public sealed class StagingMemoryTests
{
    internal const string Alone = "alone";

    [Fact]
    public async Task Stages_an_object_of_a_hundred_megabytes_in_bounded_memory()
    {
        await using var bench = new StagingBench(configure: o => o with { Quota = 1L << 30 });
        bench.Catalog.AddFile("/grid/big", "pacs", "big");
        bench.Archive.Objects["big"] = () => new PatternStream(100L << 20);
        await bench.StageAsync("/grid/big");
        bench.Area.Forget(bench.Catalog.Get("/grid/big").Id);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        await bench.StageAsync("/grid/big");

        (GC.GetTotalAllocatedBytes(precise: true) - before).Should().BeLessThan(20L << 20);
    }

    /// <summary>So many bytes that cost no memory.</summary>
    private sealed class PatternStream(long length) : MemoryStream
    {
        private long _position;

        public override long Length => length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(buffer.Length, length - _position);
            buffer.Span[..count].Fill((byte)(_position >> 16));
            _position += count;
            return ValueTask.FromResult(count);
        }
    }
}
