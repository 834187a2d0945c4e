using Mdm.Host.Tests.Doubles;
using Mdm.Host.Tests.Srm;
using Mdm.Srm.Messages;

namespace Mdm.Host.Tests.Requests;

public sealed class RequestLifeTests
{
    [Fact]
    public async Task Ends_a_pin_at_its_time()
    {
        await using var bench = new SrmBench(manualTime: true);
        bench.Publish("/grid/a");
        var token = (await bench.GetAsync("/grid/a", pin: 60)).RequestToken!;

        bench.Advance(TimeSpan.FromSeconds(50));
        (await bench.StatusAsync(token)).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.FilePinned);
        bench.Advance(TimeSpan.FromSeconds(11));

        var file = (await bench.StatusAsync(token)).FileStatuses![0];
        file.Status.StatusCode.Should().Be(StatusCode.FileLifetimeExpired);
        file.TransferUrl.Should().BeNull();
        bench.Area.Usage.Pinned.Should().Be(0);
    }

    [Fact]
    public async Task Gives_up_what_is_not_ready_in_the_time_of_the_request()
    {
        await using var bench = new SrmBench(o => o with { AnswerWithin = TimeSpan.Zero }, manualTime: true);
        bench.Publish("/grid/a");
        bench.Publish("/grid/b");
        bench.Archive.Gate = new TaskCompletionSource();
        var token = (await bench.GetAsync("/grid/a", total: 30)).RequestToken!;
        var proxyEnds = (await bench.GetAsync("/grid/b", validUntil: bench.Time.GetUtcNow() + TimeSpan.FromSeconds(20))).RequestToken!;

        bench.Advance(TimeSpan.FromSeconds(31));

        var late = await bench.StatusAsync(token);
        late.ReturnStatus.StatusCode.Should().Be(StatusCode.RequestTimedOut);
        late.FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.Failure);
        late.RemainingTotalRequestTime.Should().Be(0);
        (await bench.StatusAsync(proxyEnds)).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.AuthenticationFailure);
    }

    [Fact]
    public async Task Aborts_what_is_under_way()
    {
        await using var bench = new SrmBench(o => o with { AnswerWithin = TimeSpan.Zero });
        bench.Publish("/grid/a");
        bench.Publish("/grid/b");
        bench.Archive.Gate = new TaskCompletionSource();
        var token = (await bench.GetAsync(["/grid/a", "/grid/b"])).RequestToken!;

        var one = await bench.CallAsync<AbortFilesResponse>(new AbortFilesRequest { RequestToken = token, Surls = [SrmBench.Surl("/grid/a"), SrmBench.Surl("/grid/a"), SrmBench.Surl("/grid/none")] });
        one.ReturnStatus.StatusCode.Should().Be(StatusCode.PartialSuccess);
        one.FileStatuses!.Select(file => file.Status.StatusCode).Should().Equal(StatusCode.Success, StatusCode.Success, StatusCode.InvalidPath);
        (await bench.CallAsync<AbortFilesResponse>(new AbortFilesRequest { RequestToken = token, Surls = [SrmBench.Surl("/grid/b")] })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);

        // A request ends when the last of its files has.
        (await bench.StatusAsync(token)).ReturnStatus.StatusCode.Should().Be(StatusCode.Aborted);
        (await bench.CallAsync<AbortRequestResponse>(new AbortRequestRequest { RequestToken = token }, SrmBench.Bob)).ReturnStatus.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        bench.Archive.Gate.SetResult();
    }

    [Fact]
    public async Task Releases_by_token_by_name_and_by_both()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");
        bench.Publish("/grid/b");
        var first = (await bench.GetAsync(["/grid/a", "/grid/b"])).RequestToken!;
        var second = (await bench.GetAsync("/grid/a")).RequestToken!;

        async Task<ReleaseFilesResponse> Release(string? token, params string[] paths) => await bench.CallAsync<ReleaseFilesResponse>(
            new ReleaseFilesRequest { RequestToken = token, Surls = paths.Length == 0 ? null : [.. paths.Select(SrmBench.Surl)] });

        (await Release(first, "/grid/b")).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        (await bench.StatusAsync(first)).FileStatuses!.Select(file => file.Status.StatusCode).Should().Equal(StatusCode.FilePinned, StatusCode.Released);
        var byName = await Release(null, "/grid/a", "/grid/none");
        byName.FileStatuses!.Select(file => file.Status.StatusCode).Should().Equal(StatusCode.Success, StatusCode.InvalidPath);
        (await bench.StatusAsync(second)).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.Released);
        (await Release(second)).ReturnStatus.StatusCode.Should().Be(StatusCode.Success, "releasing twice does no harm");
        (await Release(null)).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
        bench.Area.Usage.Pinned.Should().Be(0);
    }

    [Fact]
    public async Task Does_not_release_what_others_hold()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");
        var token = (await bench.GetAsync("/grid/a")).RequestToken!;

        var byName = await bench.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { Surls = [SrmBench.Surl("/grid/a")] }, SrmBench.Bob);
        var byToken = await bench.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { RequestToken = token }, SrmBench.Bob);

        byName.FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.InvalidPath);
        byToken.ReturnStatus.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        (await bench.StatusAsync(token)).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.FilePinned);
    }

    [Fact]
    public async Task Refuses_politely_to_remove_on_release()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");
        var token = (await bench.GetAsync("/grid/a")).RequestToken!;

        var refused = await bench.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { RequestToken = token, DoRemove = true });

        refused.ReturnStatus.StatusCode.Should().Be(StatusCode.NotSupported);
        bench.Find("/grid/a").Should().NotBeNull();
    }

    [Fact]
    public async Task Extends_pins_with_and_without_a_token()
    {
        await using var bench = new SrmBench(manualTime: true);
        bench.Publish("/grid/a");
        var token = (await bench.GetAsync("/grid/a", pin: 60)).RequestToken!;

        async Task<SurlLifetimeReturnStatus> Extend(string? named, int? pin, int? file = null) => (await bench.CallAsync<ExtendFileLifeTimeResponse>(
            new ExtendFileLifeTimeRequest { RequestToken = named, Surls = [SrmBench.Surl("/grid/a")], NewPinLifeTime = pin, NewFileLifeTime = file })).FileStatuses![0];

        (await Extend(token, 300)).PinLifetime.Should().BeInRange(299, 300);
        (await Extend(null, 600)).PinLifetime.Should().BeInRange(599, 600);
        (await Extend(null, null, 5)).FileLifetime.Should().Be(-1);
        bench.Advance(TimeSpan.FromSeconds(500));
        (await bench.StatusAsync(token)).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.FilePinned);
        bench.Advance(TimeSpan.FromSeconds(101));
        (await Extend(token, 300)).Status.StatusCode.Should().Be(StatusCode.FileLifetimeExpired);
    }

    [Fact]
    public async Task Waits_with_a_deferred_bring_online()
    {
        await using var bench = new SrmBench(o => o with { AnswerWithin = TimeSpan.Zero }, manualTime: true);
        bench.Publish("/grid/a");

        var asked = await bench.CallAsync<BringOnlineResponse>(new BringOnlineRequest { FileRequests = [new GetFileRequest(SrmBench.Surl("/grid/a"))], DeferredStartTime = 100 });
        asked.ReturnStatus.StatusCode.Should().Be(StatusCode.RequestQueued);
        asked.FileStatuses![0].EstimatedWaitTime.Should().BeGreaterThanOrEqualTo(99);
        bench.Archive.Asked.Should().BeEmpty();
        bench.Advance(TimeSpan.FromSeconds(101));

        await Eventually.HoldsAsync(() =>
        {
            bench.Advance(TimeSpan.FromMilliseconds(20));
            return bench.CallAsync<StatusOfBringOnlineRequestResponse>(new StatusOfBringOnlineRequestRequest { RequestToken = asked.RequestToken! })
                .GetAwaiter().GetResult().ReturnStatus.StatusCode == StatusCode.Success;
        }, "the file is online");
    }

    [Fact]
    public async Task Brings_online_without_minding_protocols_and_duplicates()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");

        var asked = await bench.CallAsync<BringOnlineResponse>(new BringOnlineRequest
        {
            FileRequests = [new GetFileRequest(SrmBench.Surl("/grid/a")), new GetFileRequest(SrmBench.Surl("/grid/a"))],
            TransferParameters = new TransferParameters { TransferProtocols = ["gsiftp", "rfio", "gsidcap", "dcap", "kdcap"] },
            UserRequestDescription = "mine",
        });

        asked.ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        asked.FileStatuses!.Should().HaveCount(2).And.OnlyContain(file => file.Status.StatusCode == StatusCode.Success && file.RemainingPinTime > 0);
        (await bench.StatusAsync(asked.RequestToken!)).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest, "it is no get");
        var mine = await bench.CallAsync<GetRequestTokensResponse>(new GetRequestTokensRequest { UserRequestDescription = "mine" });
        mine.RequestTokens!.Select(one => one.RequestToken).Should().Equal(asked.RequestToken);
        (await bench.CallAsync<GetRequestTokensResponse>(new GetRequestTokensRequest(), SrmBench.Bob)).RequestTokens.Should().BeEmpty();
        var summary = await bench.CallAsync<GetRequestSummaryResponse>(new GetRequestSummaryRequest { RequestTokens = [asked.RequestToken!, "none"] });
        summary.ReturnStatus.StatusCode.Should().Be(StatusCode.PartialSuccess);
        summary.RequestSummaries![0].Should().BeEquivalentTo(new { RequestType = RequestType.BringOnline, TotalNumFilesInRequest = 2, NumOfCompletedFiles = 2, NumOfWaitingFiles = 0, NumOfFailedFiles = 0 });
    }

    [Fact]
    public async Task Ends_what_was_asked_of_a_file_that_is_removed()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");
        var his = (await bench.GetAsync("/grid/a", SrmBench.Bob)).RequestToken!;

        var removed = await bench.CallAsync<RmResponse>(new RmRequest { Surls = [SrmBench.Surl("/grid/a"), SrmBench.Surl("/grid")] });

        removed.FileStatuses!.Select(file => file.Status.StatusCode).Should().Equal(StatusCode.Success, StatusCode.CustomStatus);
        bench.Removed.Should().Equal(StoragePath.Parse("/grid/a"));
        (await bench.StatusAsync(his, SrmBench.Bob)).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.InvalidPath);
        bench.Area.Usage.Used.Should().Be(0);
        bench.Archive.Objects.Should().ContainKey("/grid/a", "the archive keeps its object");
    }

    [Fact]
    public async Task Limits_what_one_user_may_have_open()
    {
        await using var bench = new SrmBench(o => o with { MaxOpenRequestsPerUser = 2, MaxFilesPerRequest = 3, MaxOpenFilesPerUser = 3 });
        bench.Publish("/grid/a");

        (await bench.GetAsync(["/grid/a", "/grid/a", "/grid/a", "/grid/a"])).ReturnStatus.Explanation.Should().Contain("3 are the most");
        var first = (await bench.GetAsync("/grid/a")).RequestToken!;
        (await bench.GetAsync(["/grid/a", "/grid/a", "/grid/a"])).ReturnStatus.Explanation.Should().Contain("more than 3 files");
        await bench.GetAsync("/grid/a");
        var refused = await bench.GetAsync("/grid/a");
        refused.ReturnStatus.StatusCode.Should().Be(StatusCode.Failure);
        refused.ReturnStatus.Explanation.Should().Contain("2 open requests");
        (await bench.GetAsync("/grid/a", SrmBench.Bob)).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);

        await bench.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { RequestToken = first });
        (await bench.GetAsync("/grid/a")).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
    }

    [Fact]
    public async Task Forgets_a_request_some_time_after_its_end()
    {
        await using var bench = new SrmBench(o => o with { Retention = TimeSpan.FromHours(1) }, manualTime: true);
        bench.Publish("/grid/a");
        var token = (await bench.GetAsync("/grid/a")).RequestToken!;
        await bench.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { RequestToken = token });

        (await bench.StatusAsync(token)).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.Released);
        bench.Advance(TimeSpan.FromMinutes(70));

        await bench.StatusAsync(token, StatusCode.InvalidRequest);
    }
}
