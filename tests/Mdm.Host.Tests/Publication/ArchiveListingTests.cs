using Mdm.Abstractions.Testing;
using Mdm.Host.Plugins;
using Mdm.Host.Publication;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Publication;

public sealed class ArchiveListingTests : IDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ManualTime _time = new();
    private readonly LeftBehind _left = new PluginCalls(NullLogger.Instance).Of("Archives:radiology listing", 1);
    private readonly Mdm.Abstractions.Testing.FaultyArchive _archive = new(new InMemoryBackend());

    public ArchiveListingTests()
    {
        foreach (var number in Enumerable.Range(1, 4))
            _archive.Behind.Put($"study/{number}", [1, 2, 3]);
    }

    /// <summary>What hangs goes on.</summary>
    public void Dispose() => _archive.Heal();

    [Fact]
    public async Task Gives_what_the_archive_lists_and_ends_with_it()
    {
        await using var listing = Begin();

        (await ListAsync(listing)).Should().Be(4);
    }

    [Fact]
    public async Task A_listing_that_goes_round_has_an_end()
    {
        _archive.Fail(ArchiveFault.Endless);
        await using var listing = Begin();

        var refused = await listing.Invoking(ListAsync).Should().ThrowAsync<MdmException>();

        refused.Which.Kind.Should().Be(MdmErrorKind.Corrupt);
        refused.Which.Message.Should().Contain("its first 4 objects came more than 10 times over");
    }

    [Fact]
    public async Task A_listing_that_is_silent_and_deaf_is_given_up_left_behind_and_not_begun_again_before_it_ends()
    {
        _archive.Fail(ArchiveFault.Deaf);
        var listing = Begin();
        (await listing.MoveNextAsync(default)).Should().BeTrue();
        (await listing.MoveNextAsync(default)).Should().BeTrue();
        var next = listing.MoveNextAsync(default).AsTask();

        await AdvanceUntilAsync(next, Silence);

        (await next.Invoking(n => n).Should().ThrowAsync<MdmException>()).Which.Message.Should().Contain("nothing came for 600 seconds");
        await AdvanceUntilAsync(listing.DisposeAsync().AsTask(), LeftBehind.Grace);
        _left.Count.Should().Be(1);
        this.Invoking(t => t.Begin()).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Unavailable);

        _archive.Heal();
        for (var end = DateTime.UtcNow + Patience; _left.Count > 0 && DateTime.UtcNow < end;)
            await Task.Yield();
        await using var again = Begin();
        (await ListAsync(again)).Should().Be(4);
    }

    private ArchiveListing Begin() => new(_archive, ArchiveSelection.Everything, _left, Silence, _time, default);

    private static async Task<int> ListAsync(ArchiveListing listing)
    {
        var count = 0;
        while (await listing.MoveNextAsync(default).AsTask().WaitAsync(Patience))
            count++;
        return count;
    }

    private async Task AdvanceUntilAsync(Task task, TimeSpan step)
    {
        for (var end = DateTime.UtcNow + Patience; !task.IsCompleted && DateTime.UtcNow < end;)
        {
            _time.Advance(step);
            await Task.Yield();
        }
    }
}
