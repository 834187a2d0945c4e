using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Host.Plugins;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Plugins;

public sealed class LeftBehindTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ManualTime _time = new();
    private readonly ManualResetEventSlim _healed = new();
    private readonly PluginCalls _calls = new(NullLogger.Instance);

    public void Dispose()
    {
        _healed.Set();
        _healed.Dispose();
    }

    [Fact]
    public async Task A_call_that_is_in_time_gives_its_result()
    {
        var left = _calls.OfArchive("radiology");

        (await left.RunAsync(_ => Task.FromResult(7), Limit, _time, default)).Should().Be(7);

        left.Count.Should().Be(0);
    }

    [Fact]
    public async Task A_call_that_hears_its_cancellation_is_late_and_not_left_behind()
    {
        var left = _calls.OfArchive("radiology");
        var begun = new TaskCompletionSource();
        var call = left.RunAsync<int>(async token =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return 7;
        }, Limit, _time, default);
        await begun.Task.WaitAsync(Patience);

        _time.Advance(Limit);

        (await call.Invoking(c => c.WaitAsync(Patience)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Unavailable);
        left.Count.Should().Be(0);
    }

    [Fact]
    public async Task Calls_that_block_their_thread_are_left_behind_up_to_a_limit_and_counted_until_they_end()
    {
        var left = _calls.Of("Archives:radiology", 2);
        for (var i = 1; i <= 2; i++)
        {
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var call = left.RunAsync(_ => Block(begun), Limit, _time, default);
            await begun.Task.WaitAsync(Patience);
            await AdvanceUntilDoneAsync(call);
            (await call.Invoking(c => c).Should().ThrowAsync<MdmException>()).Which.Message.Should().Contain("did not answer within 10 seconds");
            left.Count.Should().Be(i);
        }

        var refused = await left.Invoking(l => l.RunAsync(_ => Task.FromResult(7), Limit, _time, default)).Should().ThrowAsync<MdmException>();
        refused.Which.Should().Match<MdmException>(e => e.Kind == MdmErrorKind.Unavailable && e.Message.Contains("2 calls that neither end nor can be ended"));
        _calls.CountOf("Archives:radiology").Should().Be(2);
        _calls.CountOf("Archives:radio").Should().Be(0);

        _healed.Set();
        var ended = DateTime.UtcNow + Patience;
        while (left.Count > 0 && DateTime.UtcNow < ended)
            await Task.Yield();
        (await left.RunAsync(_ => Task.FromResult(7), Limit, _time, default)).Should().Be(7);
    }

    private Task<int> Block(TaskCompletionSource begun)
    {
        begun.SetResult();
        _healed.Wait();
        return Task.FromResult(7);
    }

    /// <summary>The grace begins when the limit is over, so the clock is moved until both are.</summary>
    private async Task AdvanceUntilDoneAsync(Task call)
    {
        for (var end = DateTime.UtcNow + Patience; !call.IsCompleted && DateTime.UtcNow < end;)
        {
            _time.Advance(Limit);
            await Task.Yield();
        }
    }
}
