using Mdm.Abstractions;
using Mdm.Client.Keys;
using Mdm.Client.Tests.Support;

namespace Mdm.Client.Tests.Keys;

public sealed class KeyRingTests : IDisposable
{
    private readonly KeysDouble _source = new();
    private readonly KeyRing _ring;

    public KeyRingTests() => _ring = new KeyRing(_source);

    public void Dispose() => _ring.Dispose();

    [Fact]
    public async Task A_key_is_asked_for_once_and_each_caller_has_his_own_copy()
    {
        var id = _source.Add();
        var one = await _ring.GetAsync(id, CancellationToken.None);
        var bytes = one.Bytes.ToArray();
        one.Dispose();

        using var two = await _ring.GetAsync(id, CancellationToken.None);

        two.Bytes.ToArray().Should().Equal(bytes);
        _source.Asked.Should().ContainSingle();
    }

    [Fact]
    public async Task Questions_that_come_while_one_is_under_way_go_together()
    {
        var gate = new TaskCompletionSource();
        _source.Gate = gate.Task;
        var ids = Enumerable.Range(0, 20).Select(_ => _source.Add()).ToArray();
        var first = _ring.GetAsync(ids[0], CancellationToken.None).AsTask();
        await Mdm.TestKit.Here.UntilAsync(() => Task.FromResult(_source.Asked.Count == 1), TimeSpan.FromSeconds(60), "the first question is asked");

        var others = ids.Concat(ids).Select(id => _ring.GetAsync(id, CancellationToken.None).AsTask()).ToArray();
        gate.SetResult();
        foreach (var key in await Task.WhenAll(others.Append(first)))
            key.Dispose();

        _source.Asked.Select(asked => asked.Length).Should().Equal(1, 19);
    }

    [Fact]
    public async Task A_refusal_is_for_its_key_alone_and_is_not_remembered()
    {
        var (good, denied) = (_source.Add(), _source.Add());
        var bytes = _source.Seal([1], denied);
        _source.Remove(denied);

        var asked = new[] { _ring.GetAsync(good, CancellationToken.None).AsTask(), _ring.GetAsync(denied, CancellationToken.None).AsTask() };

        (await asked[0]).Dispose();
        (await FluentActions.Awaiting(() => asked[1]).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.NotFound);
        await FluentActions.Awaiting(() => _ring.GetAsync(denied, CancellationToken.None).AsTask()).Should().ThrowAsync<MdmException>();
        _source.Asked.Count(ids => ids.Contains(denied)).Should().Be(2);
        bytes.Should().NotBeEmpty();
    }

    [Fact]
    public async Task No_more_than_the_limit_is_kept()
    {
        var ids = Enumerable.Range(0, KeyRing.MaxKept + 10).Select(_ => _source.Add()).ToArray();
        foreach (var id in ids)
            (await _ring.GetAsync(id, CancellationToken.None)).Dispose();
        var before = _source.Asked.Count;

        (await _ring.GetAsync(ids[^1], CancellationToken.None)).Dispose();
        _source.Asked.Count.Should().Be(before, "the last is kept");
        (await _ring.GetAsync(ids[0], CancellationToken.None)).Dispose();
        _source.Asked.Count.Should().Be(before + 1, "the one not used for longest is gone");
    }

    [Fact]
    public async Task Who_waits_no_more_stops_nobody_else()
    {
        var gate = new TaskCompletionSource();
        _source.Gate = gate.Task;
        var id = _source.Add();
        using var impatient = new CancellationTokenSource();
        var one = _ring.GetAsync(id, impatient.Token).AsTask();
        var two = _ring.GetAsync(id, CancellationToken.None).AsTask();

        await impatient.CancelAsync();
        await FluentActions.Awaiting(() => one).Should().ThrowAsync<OperationCanceledException>();
        gate.SetResult();

        (await two).Dispose();
    }

    [Fact]
    public async Task Disposing_ends_those_who_wait()
    {
        _source.Gate = new TaskCompletionSource().Task;
        var waiting = _ring.GetAsync(_source.Add(), CancellationToken.None).AsTask();
        await Mdm.TestKit.Here.UntilAsync(() => Task.FromResult(_source.Asked.Count == 1), TimeSpan.FromSeconds(60), "the question is asked");

        _ring.Dispose();

        await FluentActions.Awaiting(() => waiting.WaitAsync(TimeSpan.FromSeconds(60))).Should().ThrowAsync<OperationCanceledException>();
    }
}
