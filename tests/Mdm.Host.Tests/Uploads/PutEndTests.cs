using Mdm.Abstractions.Testing;
using Mdm.Host.Tests.Srm;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;
using static Mdm.Host.Tests.Uploads.PutCalls;

namespace Mdm.Host.Tests.Uploads;

/// <summary>What comes to an end, by removal, time or a crash, leaves nothing behind.</summary>
public sealed class PutEndTests
{
    [Fact]
    public async Task Removing_takes_the_object_too_and_leaves_no_tombstone()
    {
        await using var bench = new SrmBench();
        await PutWhole(bench, "/files/a", Content);
        (await bench.CallAsync<RmResponse>(new RmRequest { Surls = [SrmBench.Surl("/files/a")] })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        await NothingIsLeft(bench);
        bench.Removed.Should().BeEmpty();
        bench.Publish("/grid/image");
        await bench.CallAsync<RmResponse>(new RmRequest { Surls = [SrmBench.Surl("/grid/image")] });
        bench.Removed.Should().ContainSingle("what is only published keeps its tombstone");
    }

    [Fact]
    public async Task What_is_never_done_ends_and_leaves_nothing()
    {
        await using var bench = new SrmBench(manualTime: true);
        var timed = await Prepare(bench, "/files/timed", null, total: 60);
        var expired = await Prepare(bench, "/files/expired", null, turl: 60);
        await Put(bench, timed.FileStatuses![0].TransferUrl!);
        bench.Advance(TimeSpan.FromSeconds(61));
        await bench.Keeper.SweepAsync(default);
        (await StatusOf(bench, timed.RequestToken!)).ReturnStatus.StatusCode.Should().Be(StatusCode.RequestTimedOut);
        (await Status(bench, expired.RequestToken!)).Should().Be(StatusCode.FileLifetimeExpired);
        (await Done(bench, timed.RequestToken!, "/files/timed")).Should().Be(StatusCode.RequestTimedOut);
        await NothingIsLeft(bench);
    }

    [Fact]
    public async Task A_file_with_a_lifetime_goes_when_it_is_over_unless_that_is_extended()
    {
        await using var bench = new SrmBench(manualTime: true);
        foreach (var name in (string[])["/files/short", "/files/extended"])
        {
            var prepared = await Prepare(bench, name, null, life: 600);
            await Put(bench, prepared.FileStatuses![0].TransferUrl!);
            (await Done(bench, prepared.RequestToken!, name)).Should().Be(StatusCode.Success);
        }
        var extended = await bench.CallAsync<ExtendFileLifeTimeResponse>(new ExtendFileLifeTimeRequest { Surls = [SrmBench.Surl("/files/extended")], NewFileLifeTime = 6000 });
        extended.FileStatuses![0].FileLifetime.Should().Be(6000);
        (await Ls(bench, "/files/short"))[0].FileStorageType.Should().Be(FileStorageType.Volatile);
        bench.Advance(TimeSpan.FromSeconds(700));
        await bench.Keeper.SweepAsync(default);
        bench.Find("/files/short").Should().BeNull();
        bench.Find("/files/extended").Should().NotBeNull();
        (await Objects(bench)).Should().ContainSingle();
        (await Unused(bench)).Should().Be(SrmBench.Quota - Content.Length);
    }

    [Fact]
    public async Task After_a_crash_puts_go_on_and_what_was_coming_is_erased()
    {
        await using var bench = new SrmBench();
        var (coming, comingTurl) = await Prepared(bench, "/files/coming");
        var (arrived, arrivedTurl) = await Prepared(bench, "/files/arrived");
        await Put(bench, arrivedTurl);
        using var leaving = new CancellationTokenSource();
        var sending = bench.SendAsync("PUT", comingTurl, new HangingBody(20_000), leaving: leaving.Token);
        await Eventually(async () => (await bench.Uploads.FindAsync(coming, default))!.Value.Files[0].State == UploadState.Coming);
        await bench.KillAsync();
        // As if the archive had kept what came before the process died.
        bench.Files.Put(ComingBytes.ObjectOf(new UploadRow { Token = coming, Position = 0, Surl = "", State = UploadState.Coming, Host = "", Base = new Uri("https://localhost"), TurlUntil = default, Since = default }, 1).Value, [1, 2, 3]);
        await leaving.CancelAsync();
        await sending.ContinueWith(_ => { }, TaskScheduler.Default);
        await bench.StartAsync();
        await bench.Keeper.SweepAsync(default);

        (await Status(bench, coming)).Should().Be(StatusCode.SpaceAvailable);
        (await Objects(bench)).Should().ContainSingle().Which.Should().Be(Content.Length);
        (await Done(bench, arrived, "/files/arrived")).Should().Be(StatusCode.Success);
        (await Put(bench, comingTurl)).StatusCode.Should().Be(201);
        (await Done(bench, coming, "/files/coming")).Should().Be(StatusCode.Success);
    }

    [Fact]
    public async Task What_was_being_entered_when_the_host_died_is_a_file_where_its_entry_is_there_and_not_yet_where_it_is_not()
    {
        await using var bench = new SrmBench();
        await PutWhole(bench, "/files/old", Content);
        var (made, madeTurl) = await Prepared(bench, "/files/made");
        var (missing, missingTurl) = await Prepared(bench, "/files/missing");
        await Put(bench, madeTurl);
        await Put(bench, missingTurl);
        foreach (var token in (string[])[made, missing])
        {
            var row = (await bench.Uploads.FindAsync(token, default))!.Value.Files[0];
            (await bench.Uploads.EnterAsync(row, null, bench.Me.Id, bench.Time.GetUtcNow())).Should().BeTrue();
            if (token == made)
            {
                await bench.Catalog.CreateManyAsync([bench.Find("/files/old")! with
                {
                    Id = new Mdm.Host.Publication.PublishedIds(new byte[32]).OfFile(SrmBench.FilesPublication, row.Object!), Path = row.Path!, Source = new FileSource("files", row.Object!, row.MediaType!),
                }], default);
            }
        }
        await bench.KillAsync();
        await bench.StartAsync();
        (await Status(bench, made)).Should().Be(StatusCode.Success);
        (await Status(bench, missing)).Should().Be(StatusCode.SpaceAvailable);
        (await Done(bench, missing, "/files/missing")).Should().Be(StatusCode.Success);
        (await Unused(bench)).Should().Be(SrmBench.Quota - (3 * Content.Length));
        (await Objects(bench)).Should().HaveCount(3);
    }

    [Fact]
    public async Task Ended_puts_are_forgotten_after_a_while()
    {
        await using var bench = new SrmBench(manualTime: true);
        var (token, _) = await Prepared(bench, "/files/a");
        await bench.CallAsync<AbortRequestResponse>(new AbortRequestRequest { RequestToken = token });
        bench.Advance(TimeSpan.FromDays(3));
        await bench.Keeper.SweepAsync(default);
        (await StatusOf(bench, token)).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
    }
}
