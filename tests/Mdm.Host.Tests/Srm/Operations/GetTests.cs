using Mdm.Host.Tests.Doubles;
using Mdm.Srm.Messages;

namespace Mdm.Host.Tests.Srm.Operations;

public sealed class GetTests
{
    [Fact]
    public async Task Answers_in_the_call_when_the_file_is_ready_soon()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/series/1.dcm", 1234);

        var get = await bench.GetAsync("/grid/series/1.dcm");

        get.ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        get.RequestToken.Should().NotBeNullOrEmpty();
        var file = get.FileStatuses.Should().ContainSingle().Subject;
        file.SourceSurl.Should().Be("srm://localhost/grid/series/1.dcm");
        file.Status.StatusCode.Should().Be(StatusCode.FilePinned);
        file.FileSize.Should().Be(1234);
        file.TransferUrl.Should().StartWith("https://localhost:8443/transfer/").And.EndWith("/1.dcm");
        file.RemainingPinTime.Should().BeInRange(3590, 3600);
    }

    [Fact]
    public async Task Shows_no_address_before_the_file_is_ready_and_then_does()
    {
        await using var bench = new SrmBench(o => o with { AnswerWithin = TimeSpan.FromMilliseconds(20) });
        bench.Publish("/grid/a");
        bench.Archive.Gate = new TaskCompletionSource();

        var get = await bench.GetAsync("/grid/a");
        get.FileStatuses![0].TransferUrl.Should().BeNull();
        get.FileStatuses[0].EstimatedWaitTime.Should().BePositive();
        var under = await bench.StatusAsync(get.RequestToken!, StatusCode.RequestInProgress);
        under.FileStatuses![0].TransferUrl.Should().BeNull();
        under.FileStatuses[0].EstimatedWaitTime.Should().BePositive();
        bench.Archive.Gate.SetResult();

        var ready = await bench.StatusAsync(get.RequestToken!, StatusCode.Success);
        ready.FileStatuses![0].TransferUrl.Should().StartWith("https://");
    }

    [Fact]
    public async Task Asks_the_archive_once_for_all_files_of_a_request()
    {
        await using var bench = new SrmBench();
        var paths = Enumerable.Range(0, 100).Select(i => $"/grid/series/{i:d3}").ToList();
        foreach (var path in paths)
            bench.Publish(path);

        var get = await bench.GetAsync(paths);

        get.ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        bench.Archive.Asked.Count.Should().BeLessThan(10);
        bench.Archive.Asked.Sum(ids => ids.Length).Should().Be(100);
    }

    [Fact]
    public async Task Refuses_when_no_protocol_is_common()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");

        var get = await bench.CallAsync<PrepareToGetResponse>(new PrepareToGetRequest
        {
            FileRequests = [new GetFileRequest(SrmBench.Surl("/grid/a"))],
            TransferParameters = new TransferParameters { TransferProtocols = ["gsiftp", "rfio"] },
        });

        get.ReturnStatus.StatusCode.Should().Be(StatusCode.NotSupported);
        get.ReturnStatus.Explanation.Should().Contain("https");
        bench.Archive.Asked.Should().BeEmpty();
    }

    [Fact]
    public async Task Tells_each_file_of_a_mixed_request_its_own_status()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");
        bench.Publish("/grid/closed", 10, "user::---", "other::---");
        bench.Archive.Put("/grid/lost", [1]);
        bench.Publish("/grid/lost");
        bench.Archive.Objects.TryRemove("/grid/lost", out _);

        var get = await bench.CallAsync<PrepareToGetResponse>(new PrepareToGetRequest
        {
            FileRequests =
            [
                new GetFileRequest("srm://localhost/grid/a"), new GetFileRequest("srm://localhost/grid/missing"), new GetFileRequest("nonsense"),
                new GetFileRequest("srm://localhost/grid/closed"), new GetFileRequest("srm://localhost/grid"), new GetFileRequest("srm://localhost/grid/lost"),
                new GetFileRequest("srm://localhost/grid/a"),
            ],
        });

        get.ReturnStatus.StatusCode.Should().Be(StatusCode.PartialSuccess);
        get.FileStatuses!.Select(file => file.Status.StatusCode).Should().Equal(
            StatusCode.FilePinned, StatusCode.InvalidPath, StatusCode.InvalidRequest, StatusCode.AuthorizationFailure, StatusCode.CustomStatus, StatusCode.InvalidPath, StatusCode.FilePinned);
        get.FileStatuses!.Select(file => file.SourceSurl).Should().HaveElementAt(2, "nonsense");
    }

    [Fact]
    public async Task Stands_for_the_files_of_a_directory_when_asked_so()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/s/a b");
        bench.Publish("/grid/s/deep/c");

        async Task<PrepareToGetResponse> Ask(DirOption option) => await bench.CallAsync<PrepareToGetResponse>(
            new PrepareToGetRequest { FileRequests = [new GetFileRequest("srm://localhost/grid/s", option)] });

        (await Ask(new DirOption(true))).FileStatuses!.Select(file => file.SourceSurl).Should().Equal("srm://localhost/grid/s/a%20b");
        var all = await Ask(new DirOption(true, AllLevelRecursive: true));
        all.FileStatuses!.Should().HaveCount(2).And.OnlyContain(file => file.Status.StatusCode == StatusCode.FilePinned);
    }

    [Theory]
    [InlineData(null, 3600)]
    [InlineData(0, 3600)]
    [InlineData(-1, 7 * 86400)]
    [InlineData(60, 60)]
    [InlineData(int.MaxValue, 7 * 86400)]
    public async Task Grants_pins_within_its_limits(int? asked, int granted)
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");

        var get = await bench.GetAsync("/grid/a", pin: asked, total: asked);

        get.FileStatuses![0].RemainingPinTime.Should().BeInRange(granted - 5, granted);
        get.RemainingTotalRequestTime.Should().BePositive();
    }

    [Fact]
    public async Task Tells_what_goes_wrong_in_the_archive()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");
        bench.Archive.Fail("/grid/a", Fault.Refused);

        var get = await bench.GetAsync("/grid/a");
        var status = get.RequestToken is { } token ? (await bench.StatusAsync(token, StatusCode.Failure)).FileStatuses![0].Status : get.FileStatuses![0].Status;

        status.StatusCode.Should().Be(StatusCode.FileUnavailable);
    }

    [Fact]
    public async Task Says_when_the_pool_has_no_room()
    {
        await using var bench = new SrmBench(staging: o => o with { Quota = 1 << 20, FirstReservation = 4096 });
        bench.Publish("/grid/a", 700_000);
        bench.Publish("/grid/b", 700_000);
        (await bench.GetAsync("/grid/a")).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);

        var hers = await bench.GetAsync("/grid/b");
        var his = await bench.GetAsync("/grid/b", SrmBench.Bob);

        hers.FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.NoUserSpace);
        his.FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.NoFreeSpace);
    }

    [Fact]
    public async Task Knows_one_space_only()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");

        async Task<StatusCode> Ask(string? space) => (await bench.CallAsync<PrepareToGetResponse>(new PrepareToGetRequest
        {
            FileRequests = [new GetFileRequest(SrmBench.Surl("/grid/a"))],
            TargetSpaceToken = space,
        })).ReturnStatus.StatusCode;

        (await Ask("")).Should().Be(StatusCode.Success);
        (await Ask("POOL")).Should().Be(StatusCode.Success);
        (await Ask("ELSEWHERE")).Should().Be(StatusCode.InvalidRequest);
    }

    [Fact]
    public async Task Refuses_a_token_of_another_and_does_not_know_one_that_never_was()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");
        var token = (await bench.GetAsync("/grid/a")).RequestToken!;

        var other = await bench.StatusAsync(token, SrmBench.Bob);
        var never = await bench.StatusAsync("AAAAAAAAAAAAAAAAAAAAAA", SrmBench.Bob);
        var flipped = await bench.StatusAsync(new string([.. token.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c))]));

        other.ReturnStatus.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        never.ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
        flipped.ReturnStatus.Should().Be(never.ReturnStatus);
        other.FileStatuses.Should().BeNull();
    }

    [Fact]
    public async Task Tells_the_state_of_any_of_its_files()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");
        bench.Publish("/grid/b");
        var token = (await bench.GetAsync(["/grid/a", "/grid/b"])).RequestToken!;

        var status = await bench.CallAsync<StatusOfGetRequestResponse>(new StatusOfGetRequestRequest
        {
            RequestToken = token,
            SourceSurls = ["srm://localhost:8443/srm/managerv2?SFN=/grid/b", "srm://localhost/grid/c"],
        });

        status.ReturnStatus.StatusCode.Should().Be(StatusCode.PartialSuccess);
        status.FileStatuses!.Select(file => (file.SourceSurl, file.Status.StatusCode)).Should().Equal(
            ("srm://localhost:8443/srm/managerv2?SFN=/grid/b", StatusCode.FilePinned), ("srm://localhost/grid/c", StatusCode.InvalidPath));
    }
}
