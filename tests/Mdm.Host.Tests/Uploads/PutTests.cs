using System.Globalization;
using Mdm.Abstractions.Testing;
using Mdm.Host.Tests.Srm;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;
using Microsoft.AspNetCore.Http;

namespace Mdm.Host.Tests.Uploads;

public sealed class PutTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 50_000).Select(i => (byte)(i * 7))];

    private static readonly GridIdentity Carol = new(DistinguishedName.Parse("/DC=org/CN=Carol"), [Fqan.Parse("/biomed")]);

    [Fact]
    public async Task A_file_exists_from_put_done_on_and_not_before()
    {
        await using var bench = new SrmBench();
        var (token, turl) = await Prepared(bench, "/files/a", Content.Length);
        (await Put(bench, turl)).StatusCode.Should().Be(201);
        bench.Find("/files/a").Should().BeNull();
        var busy = (await Ls(bench, "/files/a"))[0];
        (busy.Status!.StatusCode, busy.Size, busy.CheckSumType).Should().Be((StatusCode.FileBusy, (long?)Content.Length, "adler32"));

        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.Success);

        var entry = bench.Find("/files/a")!;
        (entry.Owner, entry.Group, entry.Publication).Should().Be((SrmBench.Alice.Subject, Fqan.Parse("/biomed"), SrmBench.FilesPublication));
        var detail = (await Ls(bench, "/files/a"))[0];
        (detail.Status!.StatusCode, detail.Size, detail.FileLocality, detail.LifetimeLeft).Should().Be((StatusCode.Success, (long?)Content.Length, FileLocality.Online, -1));
        detail.SpaceTokens.Should().Equal("SCRATCH");
        detail.CheckSumValue.Should().Be(entry.Facts!.Adler32.ToString("x8", CultureInfo.InvariantCulture)).And.Be(busy.CheckSumValue);
        (await Status(bench, token)).Should().Be(StatusCode.Success);
        (await Unused(bench)).Should().Be(SrmBench.Quota - Content.Length);
        (await Read(bench, entry)).Should().Equal(Content);
    }

    [Fact]
    public async Task Put_done_twice_or_without_bytes_says_so()
    {
        await using var bench = new SrmBench();
        var (token, turl) = await Prepared(bench, "/files/a");
        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.InvalidPath);
        await Put(bench, turl);
        (await Done(bench, token, "/files/other")).Should().Be(StatusCode.InvalidPath);
        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.Success);
        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.DuplicationError);
        (await bench.CallAsync<PutDoneResponse>(new PutDoneRequest { RequestToken = "nothing", Surls = [SrmBench.Surl("/files/a")] })).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
        (await bench.CallAsync<PutDoneResponse>(new PutDoneRequest { RequestToken = token, Surls = [SrmBench.Surl("/files/a")] }, Carol)).ReturnStatus.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        (await bench.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { RequestToken = token })).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
    }

    [Fact]
    public async Task A_second_put_of_a_name_loses_and_the_name_is_free_again_when_the_first_is_called_off()
    {
        await using var bench = new SrmBench();
        var (token, turl) = await Prepared(bench, "/files/a");
        await Put(bench, turl);
        (await Refused(bench, "/files/a")).Should().Be(StatusCode.FileBusy);
        (await Refused(bench, "/files/a", Carol)).Should().Be(StatusCode.FileBusy);
        (await bench.CallAsync<RmResponse>(new RmRequest { Surls = [SrmBench.Surl("/files/a")] })).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.FileBusy);
        (await bench.CallAsync<MvResponse>(new MvRequest { FromSurl = SrmBench.Surl("/files/a"), ToSurl = SrmBench.Surl("/files/b") })).ReturnStatus.StatusCode.Should().Be(StatusCode.FileBusy);
        (await bench.CallAsync<RmdirResponse>(new RmdirRequest { Surl = SrmBench.Surl("/files"), Recursive = true })).ReturnStatus.StatusCode.Should().Be(StatusCode.NonEmptyDirectory);

        (await bench.CallAsync<AbortRequestResponse>(new AbortRequestRequest { RequestToken = token })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);

        (await Status(bench, token)).Should().Be(StatusCode.Aborted);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content))).StatusCode.Should().Be(410);
        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.Aborted);
        await NothingIsLeft(bench);
        await Prepared(bench, "/files/a");
    }

    [Fact]
    public async Task Of_many_who_put_one_name_at_once_one_gets_it()
    {
        await using var bench = new SrmBench();
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => Prepare(bench, "/files/a", null))));
        answers.Count(answer => answer.FileStatuses![0].Status.StatusCode == StatusCode.SpaceAvailable).Should().Be(1);
        answers.Count(answer => answer.FileStatuses![0].Status.StatusCode == StatusCode.FileBusy).Should().Be(11);
        (await Unused(bench)).Should().Be(SrmBench.Quota - 10_000);
    }

    [Theory]
    [InlineData(OverwriteMode.Never, 10, StatusCode.DuplicationError)]
    [InlineData(OverwriteMode.Always, 10, StatusCode.Success)]
    [InlineData(OverwriteMode.WhenFilesAreDifferent, 10, StatusCode.Success)]
    [InlineData(OverwriteMode.WhenFilesAreDifferent, 50_000, StatusCode.DuplicationError)]
    public async Task What_stands_there_is_replaced_where_that_was_asked_for(OverwriteMode mode, int length, StatusCode expected)
    {
        await using var bench = new SrmBench();
        await PutWhole(bench, "/files/a", Content);
        var before = bench.Find("/files/a")!;
        var prepared = await Prepare(bench, "/files/a", length, mode);
        prepared.FileStatuses![0].Status.StatusCode.Should().Be(expected == StatusCode.Success ? StatusCode.SpaceAvailable : expected);
        if (expected == StatusCode.Success)
        {
            await bench.SendAsync("PUT", prepared.FileStatuses[0].TransferUrl!, new MemoryStream(Content[..length]));
            // Until it is done the old one is there.
            bench.Find("/files/a")!.Id.Should().Be(before.Id);
            (await Done(bench, prepared.RequestToken!, "/files/a")).Should().Be(StatusCode.Success);
            (await Ls(bench, "/files/a"))[0].Size.Should().Be(length);
        }
        var kept = expected == StatusCode.Success ? length : Content.Length;
        (await Unused(bench)).Should().Be(SrmBench.Quota - kept);
        (await Objects(bench)).Should().ContainSingle().Which.Should().Be(kept);
    }

    [Fact]
    public async Task Who_may_not_write_there_is_refused_and_what_takes_no_files_says_so()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/image");
        (await Refused(bench, "/files/a", SrmBench.Bob)).Should().Be(StatusCode.AuthorizationFailure);
        (await Refused(bench, "/files/none/a")).Should().Be(StatusCode.InvalidPath);
        await PutWhole(bench, "/files/file", Content);
        (await Refused(bench, "/files/file/a")).Should().Be(StatusCode.InvalidPath);
        (await Refused(bench, "/files")).Should().NotBe(StatusCode.SpaceAvailable);
        (await Refused(bench, "/grid/a")).Should().Be(StatusCode.NotSupported);
        // Another of the VO may replace a file where he may write to its directory, and it stays its owner's.
        var prepared = await Prepare(bench, "/files/file", 10, OverwriteMode.Always, Carol);
        await bench.SendAsync("PUT", prepared.FileStatuses![0].TransferUrl!, new MemoryStream(Content[..10]), Carol);
        (await Done(bench, prepared.RequestToken!, "/files/file", Carol)).Should().Be(StatusCode.Success);
        bench.Find("/files/file")!.Owner.Should().Be(SrmBench.Alice.Subject);
    }

    [Fact]
    public async Task An_address_is_good_for_its_caller_and_for_writing_alone()
    {
        await using var bench = new SrmBench();
        var (_, turl) = await Prepared(bench, "/files/a");
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), Carol)).StatusCode.Should().Be(403);
        (await bench.SendAsync("GET", turl)).StatusCode.Should().Be(405);
        (await bench.SendAsync("HEAD", turl)).StatusCode.Should().Be(404);
        (await bench.SendAsync("PUT", turl.Replace("/upload/A", "/upload/B", StringComparison.Ordinal), new MemoryStream(Content))).StatusCode.Should().Be(403);
        await PutWhole(bench, "/files/b", Content);
        var get = await bench.GetAsync("/files/b");
        (await bench.SendAsync("PUT", get.FileStatuses![0].TransferUrl!, new MemoryStream(Content))).StatusCode.Should().Be(403);
    }

    [Fact]
    public async Task Bytes_that_are_not_those_that_were_meant_are_not_kept_and_may_be_brought_again()
    {
        await using var bench = new SrmBench();
        var (token, turl) = await Prepared(bench, "/files/a", Content.Length);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content[1..]))).StatusCode.Should().Be(422);
        (await bench.SendAsync("PUT", turl, new Broken(Content.Length / 2))).StatusCode.Should().Be(422);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), configure: request => request.Headers["Digest"] = "adler32=00000001")).StatusCode.Should().Be(422);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), configure: request => request.Headers.ContentMD5 = Convert.ToBase64String(new byte[16]))).StatusCode.Should().Be(422);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), configure: request => request.Headers["Digest"] = "sha-256=nonsense")).StatusCode.Should().Be(400);
        (await Objects(bench)).Should().BeEmpty();
        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.InvalidPath);

        var sha = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Content));
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), configure: request => request.Headers["Digest"] = $"sha-256={sha}")).StatusCode.Should().Be(201);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), configure: request => request.Headers.IfNoneMatch = "*")).StatusCode.Should().Be(412);
        // Once more: what came before counts no more.
        (await Put(bench, turl)).StatusCode.Should().Be(201);
        (await Objects(bench)).Should().ContainSingle();
        (await bench.SendAsync("HEAD", turl)).ContentLength.Should().Be(Content.Length);
        (await bench.SendAsync("DELETE", turl)).StatusCode.Should().Be(204);
        (await Objects(bench)).Should().BeEmpty();
        (await Put(bench, turl)).StatusCode.Should().Be(201);
        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.Success);
    }

    [Fact]
    public async Task A_body_that_breaks_off_leaves_nothing()
    {
        await using var bench = new SrmBench();
        var (_, turl) = await Prepared(bench, "/files/a");
        using var leaving = new CancellationTokenSource();
        var sending = bench.SendAsync("PUT", turl, new Hanging(20_000), leaving: leaving.Token);
        await leaving.CancelAsync();
        await sending;
        (await Objects(bench)).Should().BeEmpty();
        (await Put(bench, turl)).StatusCode.Should().Be(201);
    }

    [Fact]
    public async Task Calling_off_stops_bytes_that_come()
    {
        await using var bench = new SrmBench();
        var (token, turl) = await Prepared(bench, "/files/a");
        var sending = bench.SendAsync("PUT", turl, new Hanging(20_000));
        (await bench.CallAsync<AbortFilesResponse>(new AbortFilesRequest { RequestToken = token, Surls = [SrmBench.Surl("/files/a")] })).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.Success);
        (await sending.WaitAsync(TimeSpan.FromSeconds(60))).StatusCode.Should().BeOneOf(409, 410);
        await NothingIsLeft(bench);
    }

    [Fact]
    public async Task A_full_area_has_no_room_whether_the_length_is_told_or_not_and_gets_it_back()
    {
        await using var bench = new SrmBench();
        await PutWhole(bench, "/files/half", new byte[SrmBench.Quota / 2]);
        (await Refused(bench, "/files/large", length: SrmBench.Quota / 2 + 1)).Should().Be(StatusCode.NoFreeSpace);
        var (_, turl) = await Prepared(bench, "/files/large");
        (await bench.SendAsync("PUT", turl, new Broken(SrmBench.Quota / 2 + 1))).StatusCode.Should().Be(507);
        (await bench.SendAsync("PUT", turl, new MemoryStream(new byte[SrmBench.Quota / 2 + 1]))).StatusCode.Should().Be(507);
        (await bench.SendAsync("PUT", turl, new Broken(SrmBench.Quota / 2))).StatusCode.Should().Be(201);
        (await Unused(bench)).Should().Be(0);
        (await bench.CallAsync<RmResponse>(new RmRequest { Surls = [SrmBench.Surl("/files/half")] })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        (await Unused(bench)).Should().Be(SrmBench.Quota / 2);
        (await Objects(bench)).Should().ContainSingle();
    }

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
        var sending = bench.SendAsync("PUT", comingTurl, new Hanging(20_000), leaving: leaving.Token);
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
    public async Task Space_is_reserved_used_and_released()
    {
        await using var bench = new SrmBench();
        var reserved = await bench.CallAsync<ReserveSpaceResponse>(new ReserveSpaceRequest
        {
            UserSpaceTokenDescription = "mine", RetentionPolicyInfo = new RetentionPolicyInfo(RetentionPolicy.Replica), DesiredSizeOfGuaranteedSpace = 100_000, DesiredSizeOfTotalSpace = 2 * SrmBench.Quota,
        });
        (reserved.ReturnStatus.StatusCode, reserved.SizeOfTotalReservedSpace).Should().Be((StatusCode.LowerSpaceGranted, SrmBench.Quota));
        (await Refused(bench, "/files/elsewhere")).Should().Be(StatusCode.NoFreeSpace);
        (await bench.CallAsync<GetSpaceTokensResponse>(new GetSpaceTokensRequest { UserSpaceTokenDescription = "mine" })).SpaceTokens.Should().Equal(reserved.SpaceToken);
        (await bench.CallAsync<GetSpaceTokensResponse>(new GetSpaceTokensRequest { UserSpaceTokenDescription = "mine" }, Carol)).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
        var prepared = await Prepare(bench, "/files/a", Content.Length, space: reserved.SpaceToken);
        await Put(bench, prepared.FileStatuses![0].TransferUrl!);
        (await Done(bench, prepared.RequestToken!, "/files/a")).Should().Be(StatusCode.Success);
        (await Unused(bench, reserved.SpaceToken!)).Should().Be(SrmBench.Quota - Content.Length);
        (await bench.CallAsync<ReleaseSpaceResponse>(new ReleaseSpaceRequest { SpaceToken = reserved.SpaceToken! }, Carol)).ReturnStatus.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        (await bench.CallAsync<ReleaseSpaceResponse>(new ReleaseSpaceRequest { SpaceToken = "SCRATCH" })).ReturnStatus.StatusCode.Should().NotBe(StatusCode.Success);

        (await bench.CallAsync<ReleaseSpaceResponse>(new ReleaseSpaceRequest { SpaceToken = reserved.SpaceToken! })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);

        bench.Find("/files/a").Should().NotBeNull();
        (await Unused(bench)).Should().Be(SrmBench.Quota - Content.Length);
        (await Ls(bench, "/files/a"))[0].SpaceTokens.Should().Equal("SCRATCH");
    }

    [Fact]
    public async Task Releasing_space_by_force_takes_its_files_along()
    {
        await using var bench = new SrmBench();
        var reserved = await bench.CallAsync<ReserveSpaceResponse>(new ReserveSpaceRequest { RetentionPolicyInfo = new RetentionPolicyInfo(RetentionPolicy.Replica), DesiredSizeOfGuaranteedSpace = 100_000 });
        var prepared = await Prepare(bench, "/files/a", Content.Length, space: reserved.SpaceToken);
        await Put(bench, prepared.FileStatuses![0].TransferUrl!);
        await Done(bench, prepared.RequestToken!, "/files/a");
        (await bench.CallAsync<ReleaseSpaceResponse>(new ReleaseSpaceRequest { SpaceToken = reserved.SpaceToken!, ForceFileRelease = true })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        bench.Find("/files/a").Should().BeNull();
        await NothingIsLeft(bench);
    }

    [Fact]
    public async Task Puts_are_found_among_all_requests()
    {
        await using var bench = new SrmBench();
        var (token, _) = await Prepared(bench, "/files/a");
        (await bench.CallAsync<GetRequestTokensResponse>(new GetRequestTokensRequest())).RequestTokens!.Select(one => one.RequestToken).Should().Equal(token);
        var summary = (await bench.CallAsync<GetRequestSummaryResponse>(new GetRequestSummaryRequest { RequestTokens = [token] })).RequestSummaries![0];
        (summary.RequestType, summary.NumOfWaitingFiles, summary.TotalNumFilesInRequest).Should().Be((RequestType.PrepareToPut, 1, 1));
        (await bench.CallAsync<StatusOfGetRequestResponse>(new StatusOfGetRequestRequest { RequestToken = token })).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
    }

    [Fact]
    public async Task Administrators_see_the_states_that_a_put_had_and_call_it_off()
    {
        await using var bench = new SrmBench(manualTime: true);
        var (token, turl) = await Prepared(bench, "/files/a");
        bench.Advance(TimeSpan.FromSeconds(2));
        await Put(bench, turl);
        var steps = (await Seen(bench)).Should().ContainSingle().Subject.Files[0].Steps;
        steps.Select(step => step.State).Should().Equal(UploadState.Awaited, UploadState.Coming, UploadState.Arrived);
        (steps[2].At - steps[0].At).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(2)).And.BeLessThan(TimeSpan.FromSeconds(3));
        (await Seen(bench, UploadState.Arrived)).Should().ContainSingle();
        (await Seen(bench, UploadState.Done)).Should().BeEmpty();

        (await bench.Puts.AbortAsync(token, [7], "no such file")).Should().Be(0);
        (await bench.Puts.AbortAsync(token, null, "the disks are replaced")).Should().Be(1);

        var told = (await StatusOf(bench, token)).FileStatuses![0].Status;
        (told.StatusCode, told.Explanation!.Contains("the disks are replaced", StringComparison.Ordinal)).Should().Be((StatusCode.Aborted, true));
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content))).StatusCode.Should().Be(410);
        (await Seen(bench)).Single().Files[0].Steps[^1].State.Should().Be(UploadState.Aborted);
        (await bench.Puts.AbortAsync(token, null, "again")).Should().BeNull();
        (await bench.Puts.AbortAsync("nothing", null, "again")).Should().BeNull();
        await NothingIsLeft(bench);
    }

    [Fact]
    public async Task A_file_that_is_brought_over_and_over_has_a_history_that_ends_somewhere()
    {
        await using var bench = new SrmBench();
        var (token, _) = await Prepared(bench, "/files/a");
        for (var i = 0; i < 35; i++)
        {
            var row = (await bench.Uploads.FindAsync(token, default))!.Value.Files[0];
            await bench.Uploads.DropAsync((await bench.Uploads.BeginAsync(row, bench.Me.Id, _ => null, bench.Time.GetUtcNow()))!, bench.Time.GetUtcNow());
        }
        (await Seen(bench)).Single().Files[0].Steps.Length.Should().BeInRange(2, 60);
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

    private static Task<List<OverseenPut>> Seen(SrmBench bench, UploadState? state = null) => bench.Puts.OverseeAsync(new Mdm.Host.Requests.RequestFilter(), state, default);

    private static Task<PrepareToPutResponse> Prepare(
        SrmBench bench, string path, long? length, OverwriteMode? mode = null, GridIdentity? caller = null, int? total = null, int? turl = null, int? life = null, string? space = null) =>
        bench.CallAsync<PrepareToPutResponse>(new PrepareToPutRequest
        {
            FileRequests = [new PutFileRequest(SrmBench.Surl(path), length)],
            OverwriteOption = mode,
            DesiredTotalRequestTime = total,
            DesiredPinLifeTime = turl,
            DesiredFileLifeTime = life,
            TargetSpaceToken = space,
            TransferParameters = new TransferParameters { TransferProtocols = ["gsiftp", "https", "root"] },
        }, caller);

    private static async Task<(string Token, string Turl)> Prepared(SrmBench bench, string path, long? length = null)
    {
        var prepared = await Prepare(bench, path, length);
        prepared.FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.SpaceAvailable, prepared.FileStatuses[0].Status.Explanation);
        return (prepared.RequestToken!, prepared.FileStatuses[0].TransferUrl!);
    }

    private static async Task<StatusCode> Refused(SrmBench bench, string path, GridIdentity? caller = null, long? length = null)
    {
        var prepared = await Prepare(bench, path, length, caller: caller);
        prepared.FileStatuses![0].TransferUrl.Should().BeNull();
        return prepared.FileStatuses[0].Status.StatusCode;
    }

    private static Task<HttpResponse> Put(SrmBench bench, string turl) => bench.SendAsync("PUT", turl, new MemoryStream(Content));

    private static async Task PutWhole(SrmBench bench, string path, byte[] content)
    {
        var (token, turl) = await Prepared(bench, path, content.Length);
        (await bench.SendAsync("PUT", turl, new MemoryStream(content))).StatusCode.Should().Be(201);
        (await Done(bench, token, path)).Should().Be(StatusCode.Success);
    }

    private static async Task<StatusCode> Done(SrmBench bench, string token, string path, GridIdentity? caller = null) =>
        (await bench.CallAsync<PutDoneResponse>(new PutDoneRequest { RequestToken = token, Surls = [SrmBench.Surl(path)] }, caller)).FileStatuses![0].Status.StatusCode;

    private static Task<StatusOfPutRequestResponse> StatusOf(SrmBench bench, string token) => bench.CallAsync<StatusOfPutRequestResponse>(new StatusOfPutRequestRequest { RequestToken = token });

    private static async Task<StatusCode> Status(SrmBench bench, string token) => (await StatusOf(bench, token)).FileStatuses![0].Status.StatusCode;

    private static async Task<IReadOnlyList<MetaDataPathDetail>> Ls(SrmBench bench, string path) =>
        (await bench.CallAsync<LsResponse>(new LsRequest { Surls = [SrmBench.Surl(path)], FullDetailedList = true, NumOfLevels = 0 })).Details!;

    private static async Task<long> Unused(SrmBench bench, string token = "SCRATCH") =>
        (await bench.CallAsync<GetSpaceMetaDataResponse>(new GetSpaceMetaDataRequest { SpaceTokens = [token] })).SpaceDetails![0].UnusedSize!.Value;

    private static async Task<List<long?>> Objects(SrmBench bench)
    {
        var lengths = new List<long?>();
        await foreach (var entry in bench.Files.BrowseAsync(ArchiveSelection.Everything, default))
            lengths.Add(entry.Info.Length);
        return lengths;
    }

    private static async Task NothingIsLeft(SrmBench bench)
    {
        (await Objects(bench)).Should().BeEmpty();
        (await Unused(bench)).Should().Be(SrmBench.Quota);
        (await bench.Uploads.StraysAsync(bench.Me.Id, DateTimeOffset.MaxValue, 10, default)).Should().BeEmpty();
    }

    private static async Task<byte[]> Read(SrmBench bench, CatalogEntry entry)
    {
        await using var content = await bench.Files.OpenReadAsync(entry.Source!.Object, default);
        var bytes = new MemoryStream();
        await content.Stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private static async Task Eventually(Func<Task<bool>> state)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await state())
            await Task.Delay(5, limit.Token);
    }

    /// <summary>So many bytes whose length nobody tells.</summary>
    private sealed class Broken(int length) : Stream
    {
        private int _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = Math.Min(Math.Min(count, 5000), _left);
            _left -= read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }

    /// <summary>So many bytes, and then nothing until it is cancelled.</summary>
    private sealed class Hanging(int length) : MemoryStream
    {
        private int _left = length;

        public override long Length => throw new NotSupportedException();

        public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            if (_left == 0)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            var read = Math.Min(destination.Length, _left);
            _left -= read;
            return read;
        }
    }
}
