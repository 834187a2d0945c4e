using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Mdm.Plugins.Hydra.Tests.Support;

namespace Mdm.Plugins.Hydra.Tests.Splitting;

/// <summary>New shares of the same keys: refreshed, moved to other keystores, k and n changed, and broken off at every message.</summary>
public sealed class RenewalTests : IAsyncLifetime
{
    private Keystores _keystores = null!;

    public Task InitializeAsync()
    {
        _keystores = Keystores.Start(3);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _keystores.DisposeAsync();

    [Fact]
    public async Task A_refresh_makes_new_shares_of_the_same_keys_and_old_ones_never_join_with_them()
    {
        var (ids, keys) = await RegisterAsync(5);
        var before = await SharesAsync(ids);

        var report = await RenewAsync([0, 1, 2], 2, [0, 1, 2], 2);
        (report.Seen, report.Renewed, report.Failed).Should().Be((5, 5, 0));
        await EverySetGivesAsync(ids, keys, [0, 1, 2], 2);

        var after = await SharesAsync(ids);
        for (var k = 0; k < ids.Length; k++)
        {
            after[0][k].Generation.Should().Be(2);
            before[0][k].Generation.Should().Be(1);
            using var mixed = Formats.Shares.KeySplitter.Join(ids[k], [before[0][k], after[1][k]]);
            mixed.Outcome.Should().Be(Formats.Shares.JoinOutcome.TooFew, "they are of two generations");
            using var old = Formats.Shares.KeySplitter.Join(ids[k], [before[0][k], before[2][k]]);
            Convert.ToHexString(old.Key).Should().Be(keys[k], "an old full set still gives the key: what ends it is a new key");
        }
    }

    [Fact]
    public async Task From_2_of_3_to_3_of_5_and_one_replaced_all_keys_open_and_who_left_keeps_nothing()
    {
        _keystores.Add();
        _keystores.Add();
        var (ids, keys) = await RegisterAsync(6);

        (await RenewAsync([0, 1, 2], 2, [0, 1, 2, 3, 4], 3)).Renewed.Should().Be(6);
        await EverySetGivesAsync(ids, keys, [0, 1, 2, 3, 4], 3);
        (await OneKeyPerIdTests.Read(_keystores.Group(Keystores.Host, 2, null, [0, 1, 2]), ids)).Should().Equal(keys, "a host that is configured as before still finds three");

        // The second leaves, and does not answer any more.
        _keystores.Down.Add(1);
        _keystores.Add();
        var replaced = await RenewAsync([0, 1, 2, 3, 4], 3, [0, 5, 2, 3, 4], 3);
        (replaced.Renewed, replaced.Failed, replaced.Absent.Count).Should().Be((6, 0, 1));
        _keystores.Down.Clear();
        await EverySetGivesAsync(ids, keys, [0, 5, 2, 3, 4], 3);

        // It comes back with its old shares: they help nobody, and a later run takes them away.
        (await RenewAsync([0, 1, 2, 3, 4], 3, [0, 5, 2, 3, 4], 3)).Renewed.Should().Be(6);
        var left = _keystores.Group(Keystores.Administrator, 1, null, [1]).List(default);
        (await left.Entries.CountAsync()).Should().Be(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Broken_off_after_any_message_every_key_opens_and_the_next_run_ends_right(bool grows)
    {
        _keystores.Add();
        _keystores.Add();
        int[] from = [0, 1, 2], to = grows ? [0, 1, 2, 3, 4] : [0, 1, 2];
        var threshold = grows ? 3 : 2;
        var finished = 0;
        var cuts = new List<string>();
        for (var after = 1; after < 60; after += grows ? 2 : 1)
        {
            var (ids, keys) = await RegisterAsync(2);
            var wire = new CutWire(after);
            try
            {
                await KeystoreGroup.RenewAsync(
                    _keystores.Group(Keystores.Administrator, 2, wire, from), _keystores.Group(Keystores.Administrator, threshold, wire, to), null, default);
            }
            catch (MdmException)
            {
                // Not even begun.
            }
            (await OneKeyPerIdTests.Read(_keystores.Group(Keystores.Host, threshold, null, to), ids)).Should().Equal(keys, "cut after {0} messages", after);
            (await OneKeyPerIdTests.Read(_keystores.Group(Keystores.Host, 2, null, from), ids)).Should().Equal(keys, "cut after {0} messages, read as before", after);
            var second = await RenewAsync(from, 2, to, threshold);
            second.Failed.Should().Be(0);
            finished += second.Finished;
            cuts.Add($"{after}:{second.Finished}");
            await EverySetGivesAsync(ids, keys, to, threshold);
            var all = _keystores.Group(Keystores.Administrator, threshold, null, to).List(default);
            await foreach (var entry in all.Entries)
                entry.Copies.Should().OnlyContain(c => c != null && c.Item.Staged == null && c.Item.Split == entry.Copies[0]!.Item.Split);
            await _keystores.Group(Keystores.Host, threshold, null, to).DestroyAsync(ids, default);
            await _keystores.Group(Keystores.Administrator, threshold, null, to).RepairAsync(false, default);
            if (!wire.WasCut)
                break;
        }
        finished.Should().BePositive("some were cut in the second phase, among {0}", string.Join(' ', cuts));
    }

    [Fact]
    public async Task Only_administrators_renew()
    {
        var (ids, keys) = await RegisterAsync(1);
        var host = _keystores.Group(Keystores.Host, 2);
        (await FluentActions.Awaiting(() => KeystoreGroup.RenewAsync(host, host, null, default)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.AccessDenied);
        (await OneKeyPerIdTests.Read(host, ids)).Should().Equal(keys);
    }

    private async Task<(KeyId[] Ids, string?[] Keys)> RegisterAsync(int count)
    {
        var ids = Enumerable.Range(0, count).Select(_ => Drafts.NewId()).ToArray();
        var registered = await _keystores.Group(Keystores.Host, 2, null, [0, 1, 2]).RegisterAsync([.. ids.Select(id => new KeyOrder(id, KeyRights.OfFile(Drafts.Readable(id)), 1))], 32, default);
        return (ids, [.. registered.Select(r => Convert.ToHexString(r.Key!.Key))]);
    }

    private Task<RenewalReport> RenewAsync(int[] from, int fromThreshold, int[] to, int toThreshold) =>
        KeystoreGroup.RenewAsync(_keystores.Group(Keystores.Administrator, fromThreshold, null, from), _keystores.Group(Keystores.Administrator, toThreshold, null, to), null, default);

    /// <summary>By keystore and key: the share in force.</summary>
    private async Task<Formats.Shares.KeyShare[][]> SharesAsync(KeyId[] ids)
    {
        var shares = new List<Formats.Shares.KeyShare[]>();
        foreach (var keystore in _keystores.Group(Keystores.Administrator, 2, null, [0, 1, 2]).Keystores)
            shares.Add([.. (await keystore.ReadAsync(new ReadRequest(ids), default)).Keys.Select(k => Formats.Shares.KeyShare.Parse(k.Shares![0]))]);
        return [.. shares];
    }

    /// <summary>Every subset of as many keystores as the threshold gives the keys.</summary>
    private async Task EverySetGivesAsync(KeyId[] ids, string?[] keys, int[] members, int threshold)
    {
        for (var set = 0; set < 1 << members.Length; set++)
        {
            if (System.Numerics.BitOperations.PopCount((uint)set) != threshold)
                continue;
            _keystores.Down.UnionWith(members.Where((_, i) => (set >> i & 1) == 0));
            (await OneKeyPerIdTests.Read(_keystores.Group(Keystores.Host, threshold, null, members), ids)).Should().Equal(keys);
            (await OneKeyPerIdTests.Read(_keystores.Group(Drafts.Stranger, threshold, null, members), ids)).Should().OnlyContain(k => k == null);
            _keystores.Down.Clear();
        }
    }
}
