using System.Diagnostics;
using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Mdm.Formats.Shares;
using Mdm.Plugins.Hydra.Tests.Support;

namespace Mdm.Plugins.Hydra.Tests.Splitting;

/// <summary>Real keystores that are stopped, killed, away, and that lie.</summary>
public sealed class KeystoresFailTests : IAsyncLifetime
{
    private KeystoreProcesses _keystores = null!;

    public async Task InitializeAsync() => _keystores = await KeystoreProcesses.StartAsync(3);

    public async Task DisposeAsync() => await _keystores.DisposeAsync();

    [Theory]
    [InlineData("STOP")]
    [InlineData("KILL")]
    public async Task With_one_stopped_reading_and_registering_go_on_and_repair_completes_it(string signal)
    {
        using var host = new Client(_keystores.Grid, _keystores.StorageHost.Credential());
        var (before, during) = (Drafts.Readable(), Drafts.Readable());
        byte[] first;
        await using (var all = host.KeyStore(_keystores.Addresses, 2, seconds: 15))
            first = Drafts.Key(await all.ObtainManyAsync([before], default));
        await using var keys = host.KeyStore(_keystores.Addresses, 2, seconds: 15, grace: new Hydra.Splitting.HydraOptions().Grace);

        var stopped = _keystores.Processes[1];
        stopped.Process.Signal(signal);
        using (var read = await keys.GetAsync(before.Id, Drafts.Researcher, default))
            read.Bytes.ToArray().Should().Equal(first);
        var second = Drafts.Key(await keys.ObtainManyAsync([during], default));
        using (var read = await keys.GetAsync(during.Id, Drafts.Researcher, default))
            read.Bytes.ToArray().Should().Equal(second);
        await keys.SetRightsManyAsync([Drafts.Closed(before.Id)], default);

        if (signal == "KILL")
        {
            await stopped.RestartAsync();
            await _keystores.WarmAsync(stopped);
        }
        else
        {
            stopped.Process.Signal("CONT");
        }
        // What it was told while it was stopped may still arrive, or never was; the one and the other is mended.
        await Here.UntilAsync(async () => (await host.Group(_keystores.Addresses, 2).RepairAsync(false, default)).IsWhole, TimeSpan.FromSeconds(60), "the keystores are whole");
        _keystores.Processes[0].Process.Signal("STOP");
        Drafts.Key(await keys.ObtainManyAsync([during], default)).Should().Equal(second, "the one that was stopped has its share");
        (await Refusal(keys, before.Id)).Kind.Should().Be(MdmErrorKind.NotFound, "and the rights that were changed meanwhile");
    }

    [Fact]
    public async Task With_two_stopped_the_refusal_is_clear_and_within_the_limit()
    {
        using var host = new Client(_keystores.Grid, _keystores.StorageHost.Credential());
        await using var keys = host.KeyStore(_keystores.Addresses, 2, seconds: 6);
        var draft = Drafts.Readable();
        await Here.UntilAsync(async () => (await keys.ObtainManyAsync([draft], default))[0].Key is not null, TimeSpan.FromSeconds(60), "registered");
        await using (var patient = host.KeyStore(_keystores.Addresses, 2, seconds: 60))
            (await patient.GetAsync(draft.Id, Drafts.Researcher, default)).Dispose();
        foreach (var process in _keystores.Processes.Take(2))
            process.Process.Signal("STOP");

        var clock = Stopwatch.StartNew();
        var refusal = await Refusal(keys, draft.Id);
        clock.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(120), "the limit is six, and this machine does other things");
        refusal.Kind.Should().Be(MdmErrorKind.Unavailable);
        refusal.Message.Should().Contain("needs 2 of 3 keystores, 1 answered").And.Contain($"localhost:{_keystores.Processes[0].Port}").And.Contain("did not answer within 6 s");
        // All at once: each waits for the limit.
        var obtaining = keys.ObtainManyAsync([Drafts.Readable()], default).AsTask();
        var changing = FluentActions.Awaiting(() => keys.SetRightsManyAsync([Drafts.Closed(draft.Id)], default).AsTask()).Should().ThrowAsync<MdmException>();
        var destroying = FluentActions.Awaiting(() => keys.DestroyManyAsync([draft.Id], default).AsTask()).Should().ThrowAsync<MdmException>();
        Assert.Single(await obtaining).Failure!.Kind.Should().Be(MdmErrorKind.Unavailable);
        (await changing).Which.Kind.Should().Be(MdmErrorKind.Unavailable);
        (await destroying).Which.Kind.Should().Be(MdmErrorKind.Unavailable);
    }

    [Fact]
    public async Task A_right_taken_back_while_one_keystore_is_away_gives_the_key_to_nobody_when_it_returns()
    {
        using var host = new Client(_keystores.Grid, _keystores.StorageHost.Credential());
        await using var keys = host.KeyStore(_keystores.Addresses, 2, seconds: 15);
        var (closed, destroyed) = (Drafts.Readable(), Drafts.Readable());
        await keys.ObtainManyAsync([closed, destroyed], default);
        _keystores.Processes[2].Process.Signal("KILL");
        await keys.SetRightsManyAsync([Drafts.Closed(closed.Id)], default);
        await keys.DestroyManyAsync([destroyed.Id], default);
        await _keystores.Processes[2].RestartAsync();
        await _keystores.WarmAsync(_keystores.Processes[2]);

        using var researcher = new Client(_keystores.Grid, _keystores.Grid.ResearcherProxy);
        var group = researcher.Group(_keystores.Addresses, 2);
        (await group.GetKeysAsync([closed.Id, destroyed.Id], null, default)).Should().OnlyContain(o => o.Key == null && o.Failure!.Kind == MdmErrorKind.NotFound);
        var third = await researcher.At(_keystores.Addresses[2]).ReadAsync(new ReadRequest([closed.Id, destroyed.Id]), default);
        third.Keys.Should().OnlyContain(k => k.Status == KeyStatus.Ok, "it alone has not heard of it, and its share opens nothing");

        var records = await keys.ListAsync(default).Where(r => r.Rights.Id == closed.Id || r.Rights.Id == destroyed.Id).ToListAsync();
        records.Should().ContainSingle().Which.IsWhole.Should().BeFalse();
        (await host.Group(_keystores.Addresses, 2).RepairAsync(false, default)).IsWhole.Should().BeTrue();
        (await researcher.At(_keystores.Addresses[2]).ReadAsync(new ReadRequest([closed.Id, destroyed.Id]), default)).Keys.Should().OnlyContain(k => k.Status == KeyStatus.None);
    }

    [SkippableFact]
    public async Task One_that_lies_is_named_and_outvoted_and_with_exactly_k_it_cannot_be_told_who()
    {
        using var host = new Client(_keystores.Grid, _keystores.StorageHost.Credential());
        await using var keys = host.KeyStore(_keystores.Addresses, 2, seconds: 15);
        var draft = Drafts.Readable();
        var key = Drafts.Key(await keys.ObtainManyAsync([draft], default));
        var liar = _keystores.Processes[0];
        await AlterShareAsync(liar, draft.Id);
        await _keystores.WarmAsync(liar);

        using var researcher = new Client(_keystores.Grid, _keystores.Grid.ResearcherProxy);
        var group = researcher.Group(_keystores.Addresses, 2, seconds: 15);
        // Whichever two answer first: the liar among them is found out by the third, and told of.
        await Here.UntilAsync(async () =>
        {
            using var read = await group.GetKeyAsync(draft.Id, default);
            read.Bytes.ToArray().Should().Equal(key);
            return !researcher.Findings.IsEmpty;
        }, TimeSpan.FromSeconds(60), "the liar answered among the first");
        researcher.Findings.Should().OnlyContain(f => f == new KeystoreFinding(KeystoreProcesses.AddressOf(liar), draft.Id, ShareVerdict.Altered));

        _keystores.Processes[2].Process.Signal("STOP");
        var refusal = await FluentActions.Awaiting(() => group.GetKeyAsync(draft.Id, default).AsTask()).Should().ThrowAsync<MdmException>();
        refusal.Which.Message.Should().Contain("it cannot be told which").And.Contain($"localhost:{liar.Port}").And.Contain($"localhost:{_keystores.Processes[1].Port}");
        _keystores.Processes[2].Process.Signal("CONT");

        // A repair looks at all of them, and puts the right share in the wrong one's place.
        (await host.Group(_keystores.Addresses, 2).RepairAsync(verifies: true, default)).Completed.Should().Be(1);
        _keystores.Processes[2].Process.Signal("STOP");
        using var mended = await group.GetKeyAsync(draft.Id, default);
        mended.Bytes.ToArray().Should().Equal(key);
    }

    private static async Task AlterShareAsync(HostProcess keystore, KeyId id)
    {
        await Stop();
        // Not our own code: what a liar does is done to its file.
        var script = $"import sqlite3,base64,sys\nc=sqlite3.connect(sys.argv[1])\ns=bytearray(base64.b64decode(c.execute('select share from keys where id=?',(sys.argv[2],)).fetchone()[0]))\ns[80]^=1\nc.execute('update keys set share=? where id=?',(base64.b64encode(bytes(s)).decode(),sys.argv[2]))\nc.commit()\nc.close()";
        var (code, output) = await ChildProcess.RunAsync(Here.Tool("python3"), ["-c", script, KeystoreProcesses.StoreOf(keystore), id.ToString()]);
        code.Should().Be(0, "{0}", output);
        await keystore.RestartAsync("KILL");

        async Task Stop()
        {
            keystore.Process.Signal("TERM");
            await keystore.Process.ExitAsync(TimeSpan.FromSeconds(120));
        }
    }

    private static async Task<MdmException> Refusal(Hydra.Splitting.HydraKeyStore keys, KeyId id) =>
        (await FluentActions.Awaiting(() => keys.GetAsync(id, Drafts.Researcher, default).AsTask()).Should().ThrowAsync<MdmException>()).Which;
}
