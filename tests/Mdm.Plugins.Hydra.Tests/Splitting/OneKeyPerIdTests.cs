using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Mdm.Plugins.Hydra.Tests.Support;

namespace Mdm.Plugins.Hydra.Tests.Splitting;

/// <summary>However many hosts register one id, wherever they break off and whatever is lost: whoever gets a key gets the same.</summary>
public sealed class OneKeyPerIdTests : IAsyncLifetime
{
    private Keystores _keystores = null!;

    public Task InitializeAsync()
    {
        _keystores = Keystores.Start(3);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _keystores.DisposeAsync();

    [Fact]
    public async Task Two_hosts_that_register_at_once_get_one_key()
    {
        for (var round = 0; round < 30; round++)
        {
            var ids = Enumerable.Range(0, 8).Select(_ => Drafts.NewId()).ToArray();
            var (one, other) = (_keystores.Group(Keystores.Host, 2), _keystores.Group(Keystores.SecondHost, 2));
            var both = await Task.WhenAll(Register(one, ids), Register(other, ids));
            both[0].Should().NotContain(k => k == null).And.Equal(both[1]);
        }
    }

    [Fact]
    public async Task Two_hosts_on_a_bad_line_with_a_keystore_down_never_get_two_keys()
    {
        var got = 0;
        for (var round = 0; round < 60; round++)
        {
            _keystores.Down.Clear();
            if (round % 2 == 0)
                _keystores.Down.Add(round % 3);
            var ids = Enumerable.Range(0, 4).Select(_ => Drafts.NewId()).ToArray();
            var tries = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Register(_keystores.Group(i % 2 == 0 ? Keystores.Host : Keystores.SecondHost, 2, new BadWire(15)), ids)));
            _keystores.Down.Clear();
            var settled = await Register(_keystores.Group(Keystores.Host, 2), ids);
            settled.Should().NotContain(k => k == null, "with all keystores there every id comes to a key");
            foreach (var some in tries)
            {
                for (var k = 0; k < ids.Length; k++)
                {
                    if (some[k] is { } key)
                    {
                        key.Should().Be(settled[k], "a key that anybody got is the key");
                        got++;
                    }
                }
            }
        }
        got.Should().BePositive();
    }

    [Fact]
    public async Task A_host_killed_between_any_two_messages_leaves_an_id_that_heals_to_one_key()
    {
        var cuts = 0;
        // Two phases at three keystores: six messages.
        for (var after = 0; after <= 6; after++)
        {
            for (var down = -1; down < 3; down++)
            {
                KeyId[] ids = [Drafts.NewId(), Drafts.NewId()];
                var wire = new CutWire(after);
                var first = await Register(_keystores.Group(Keystores.Host, 2, wire), ids);
                cuts += wire.WasCut ? 1 : 0;
                _keystores.Down.Clear();
                if (down >= 0)
                    _keystores.Down.Add(down);
                var second = await Register(_keystores.Group(Keystores.SecondHost, 2), ids);
                _keystores.Down.Clear();
                var third = await Register(_keystores.Group(Keystores.Host, 2), ids);
                third.Should().NotContain(k => k == null);
                for (var k = 0; k < ids.Length; k++)
                    new[] { first[k], second[k], third[k] }.OfType<string>().Distinct().Should().HaveCount(1);
                // Once repaired, every two keystores give that key.
                (await _keystores.Group(Keystores.Host, 2).RepairAsync(false, default)).IsWhole.Should().BeTrue();
                foreach (var pair in (int[][])[[0, 1], [0, 2], [1, 2]])
                {
                    _keystores.Down.Clear();
                    _keystores.Down.UnionWith(Enumerable.Range(0, 3).Except(pair));
                    (await Read(_keystores.Group(Keystores.Host, 2), ids)).Should().Equal(third);
                }
                _keystores.Down.Clear();
            }
        }
        cuts.Should().BePositive();
    }

    [Fact]
    public async Task With_one_keystore_down_and_a_registration_that_may_have_reached_it_the_answer_is_not_now()
    {
        var id = Drafts.NewId();
        // Both phases at the first keystore only, as far as anybody can see who does not reach the third.
        var lost = await Register(_keystores.Group(Keystores.Host, 2, new OnlyDepositAt(0)), [id]);
        lost.Should().Equal([null]);
        _keystores.Down.Add(2);
        var outcome = Assert.Single(await _keystores.Group(Keystores.SecondHost, 2).RegisterAsync([Order(id)], 32, default));
        outcome.Failure!.Kind.Should().Be(MdmErrorKind.Unavailable);
        _keystores.Down.Clear();
        (await Register(_keystores.Group(Keystores.SecondHost, 2), [id])).Should().NotContain(k => k == null);
    }

    [Fact]
    public async Task Repair_brings_what_a_keystore_missed()
    {
        _keystores.Down.Add(1);
        var ids = Enumerable.Range(0, 20).Select(_ => Drafts.NewId()).ToArray();
        var keys = await Register(_keystores.Group(Keystores.Host, 2), ids);
        await _keystores.Group(Keystores.Host, 2).DestroyAsync([ids[19]], default);
        var closed = await _keystores.Group(Keystores.Host, 2).SetRightsAsync([new RightsOrder(ids[18], KeyRights.OfFile(Drafts.Closed(ids[18])))], 5, null, default);
        closed.Should().OnlyContain(o => o.Failure == null);
        _keystores.Down.Clear();

        var report = await _keystores.Group(Keystores.Host, 2).RepairAsync(false, default);
        (report.Completed, report.Destroyed, report.IsWhole).Should().Be((19, 1, true));
        var again = await _keystores.Group(Keystores.Host, 2).RepairAsync(false, default);
        (again.Seen, again.Completed, again.Aligned, again.Destroyed).Should().Be((20, 0, 0, 0));

        _keystores.Down.Add(0);
        (await Read(_keystores.Group(Keystores.Host, 2), ids)).Should().Equal([.. keys[..19], null]);
        (await Read(_keystores.Group(Drafts.Researcher, 2), ids)).Should().Equal([.. keys[..18], null, null], "the rights came with the share");
    }

    [Fact]
    public async Task A_right_is_taken_back_also_by_a_host_whose_clock_is_behind()
    {
        var id = Drafts.NewId();
        await Register(_keystores.Group(Keystores.Host, 2), [id]);
        var open = await _keystores.Group(Keystores.Host, 2).SetRightsAsync([new RightsOrder(id, KeyRights.OfFile(Drafts.Readable(id)))], 1_000_000, null, default);
        var closed = await _keystores.Group(Keystores.SecondHost, 2).SetRightsAsync([new RightsOrder(id, KeyRights.OfFile(Drafts.Closed(id)))], 10, null, default);
        open.Concat(closed).Should().OnlyContain(o => o.Failure == null && o.Done >= 2);
        (await Read(_keystores.Group(Drafts.Researcher, 2), [id])).Should().Equal([null]);
        // Who says what he has seen does not overwrite what came later.
        var late = await _keystores.Group(Keystores.Host, 2).SetRightsAsync([new RightsOrder(id, KeyRights.OfFile(Drafts.Readable(id)))], 2_000_000, 1_000_000, default);
        late.Should().OnlyContain(o => o.Done == 0);
    }

    private static KeyOrder Order(KeyId id) => new(id, KeyRights.OfFile(Drafts.Readable(id)), 1);

    private static async Task<string?[]> Register(KeystoreGroup group, KeyId[] ids) =>
        [.. (await group.RegisterAsync([.. ids.Select(Order)], 32, default)).Select(r => r.Key is null ? null : Convert.ToHexString(r.Key.Key))];

    internal static async Task<string?[]> Read(KeystoreGroup group, KeyId[] ids) =>
        [.. (await group.GetKeysAsync(ids, null, default)).Select(o => o.Key is null ? null : Convert.ToHexString(o.Key.Bytes))];

    /// <summary>The first phase goes everywhere, the second to one keystore.</summary>
    private sealed class OnlyDepositAt(int keystore) : Wire
    {
        private readonly int[] _sent = new int[3];

        public override bool LosesRequest(int to) => Interlocked.Increment(ref _sent[to]) > 1 && to != keystore;
    }
}
