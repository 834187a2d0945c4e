using Mdm.Host.Orders;
using Mdm.Host.Requests;
using Mdm.Host.Tests.Doubles;
using Mdm.Host.Tests.Srm;
using Mdm.Srm.Messages;
using Mdm.TestKit;

namespace Mdm.Host.Tests.Requests;

/// <summary>Two hosts on one store of requests, with one catalogue and one archive, each with its own pool.</summary>
public sealed class SharedRequestsTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>, IAsyncLifetime
{
    private PostgresServer _server = null!;
    private SrmBench _one = null!;
    private SrmBench _two = null!;

    public async Task InitializeAsync()
    {
        _server = await postgres.ServerAsync();
        _one = Host(null);
        _two = Host(_one);
        _one.Publish("/grid/a");
        _one.Publish("/grid/b");
        await _one.Book.LookForWorkAsync(default);
        await _two.Book.LookForWorkAsync(default);
    }

    public async Task DisposeAsync()
    {
        _one.Archive.Gate?.TrySetResult();
        await _two.DisposeAsync();
        await _one.DisposeAsync();
    }

    [SkippableFact]
    public async Task Any_host_tells_of_any_request_and_sends_to_the_one_that_has_it()
    {
        var token = await ReadyAsync(_one, "/grid/a");

        var there = await WrittenAsync(_two, token);

        var here = (await _one.StatusAsync(token)).FileStatuses![0];
        here.TransferUrl.Should().StartWith("https://localhost:8443/");
        there.FileStatuses![0].TransferUrl.Should().Be(here.TransferUrl);
        there.FileStatuses[0].FileSize.Should().Be(1000);
        there.FileStatuses[0].RemainingPinTime.Should().BePositive();
        (await _two.CallAsync<GetRequestTokensResponse>(new GetRequestTokensRequest())).RequestTokens!.Select(one => one.RequestToken).Should().Contain(token);
        (await _two.StatusAsync(token, SrmBench.Bob)).ReturnStatus.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
    }

    [SkippableFact]
    public async Task What_is_released_at_one_host_is_unpinned_at_the_other()
    {
        var token = await ReadyAsync(_one, "/grid/a", "/grid/b");
        await WrittenAsync(_two, token);

        (await _two.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { RequestToken = token, Surls = [SrmBench.Surl("/grid/a")] })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        (await _two.StatusAsync(token)).FileStatuses!.Select(file => file.Status.StatusCode).Should().Equal(StatusCode.Released, StatusCode.FilePinned);
        await _one.Signals.LookAsync(default);
        (await _one.StatusAsync(token)).FileStatuses!.Select(file => file.Status.StatusCode).Should().Equal(StatusCode.Released, StatusCode.FilePinned);
        var pinned = _one.Area.Usage.Pinned;
        pinned.Should().BePositive();

        // By name alone, at a host that does not have it.
        (await _two.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { Surls = [SrmBench.Surl("/grid/b")] })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        await _one.Signals.LookAsync(default);
        _one.Area.Usage.Pinned.Should().Be(0);
        (await _one.StatusAsync(token)).FileStatuses!.Select(file => file.Status.StatusCode).Should().Equal(StatusCode.Released, StatusCode.Released);
        // What has ended stays as it is.
        (await _two.CallAsync<AbortRequestResponse>(new AbortRequestRequest { RequestToken = token })).ReturnStatus.StatusCode.Should().NotBe(StatusCode.InvalidRequest);
        (await _two.StatusAsync(token)).FileStatuses!.Select(file => file.Status.StatusCode).Should().Equal(StatusCode.Released, StatusCode.Released);
    }

    [SkippableFact]
    public async Task What_is_aborted_at_one_host_is_fetched_no_more_by_the_other()
    {
        _one.Archive.Gate = new TaskCompletionSource();
        var token = (await _one.GetAsync(["/grid/a", "/grid/b"])).RequestToken!;

        (await _two.CallAsync<AbortRequestResponse>(new AbortRequestRequest { RequestToken = token })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        await _one.Signals.LookAsync(default);

        (await _one.StatusAsync(token)).ReturnStatus.StatusCode.Should().Be(StatusCode.Aborted);
        _one.Book.OpenCount.Should().Be(0);
    }

    [SkippableFact]
    public async Task A_pin_that_is_extended_at_one_host_holds_at_the_other()
    {
        var token = await ReadyAsync(_one, "/grid/a");
        await WrittenAsync(_two, token);

        var extended = await _two.CallAsync<ExtendFileLifeTimeResponse>(new ExtendFileLifeTimeRequest { RequestToken = token, Surls = [SrmBench.Surl("/grid/a")], NewPinLifeTime = 20_000 });
        extended.ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        await _one.Signals.LookAsync(default);

        (await _one.StatusAsync(token)).FileStatuses![0].RemainingPinTime.Should().BeInRange(19_000, 20_000);
        _one.Area.PinnedUntil(_one.Find("/grid/a")!.Id).Should().BeAfter(_one.Time.GetUtcNow() + TimeSpan.FromSeconds(19_000));
        (await _two.StatusAsync(token)).FileStatuses![0].TransferUrl.Should().Be((await _one.StatusAsync(token)).FileStatuses![0].TransferUrl);
    }

    [SkippableFact]
    public async Task A_dead_host_s_requests_go_on_at_another_queued_and_pinned_alike()
    {
        var pinned = await ReadyAsync(_one, "/grid/a");
        await WrittenAsync(_two, pinned);
        _one.Archive.Gate = new TaskCompletionSource();
        var queued = (await _one.GetAsync("/grid/b")).RequestToken!;
        await _one.KillAsync();

        (await _two.Book.LookForWorkAsync(default)).Should().Be(0, "the dead host may still be alive");
        await PassALeaseAsync(_two);
        (await _two.StatusAsync(pinned)).FileStatuses![0].Status.StatusCode.Should().NotBe(StatusCode.FilePinned, "nobody is sent to a dead host");
        _one.Archive.Gate.TrySetResult();
        _one.Archive.Gate = null;
        await _two.Book.LookForWorkAsync(default);

        foreach (var token in (string[])[pinned, queued])
        {
            var file = (await WrittenAsync(_two, token)).FileStatuses![0];
            file.TransferUrl.Should().StartWith("https://localhost:8444/");
        }
        await _one.StartAsync();
        _one.Book.OpenCount.Should().Be(0, "all of it is another's");
    }

    [SkippableFact]
    public async Task A_host_that_was_only_suspended_lets_go_what_others_took()
    {
        _one.Archive.Gate = new TaskCompletionSource();
        var token = (await _one.GetAsync("/grid/a")).RequestToken!;
        await PassALeaseAsync(_two);
        await Eventually.HoldsAsync(() => _two.Book.LookForWorkAsync(default).GetAwaiter().GetResult() == 0 && _two.Book.OpenCount == 1, "the other host has it");
        _one.Members.Holds.Should().BeFalse();

        // It wakes up: what it was fetching comes in, and is not written over what the other has.
        _one.Archive.Gate.TrySetResult();
        _one.Archive.Gate = null;
        (await WrittenAsync(_two, token)).FileStatuses![0].TransferUrl.Should().StartWith("https://localhost:8444/");
        (await _one.Members.RenewAsync()).Should().BeTrue();
        await Eventually.HoldsAsync(() => _one.Book.OpenCount == 0, "the first host has let go");

        await WrittenAsync(_one, token);
        (await _one.StatusAsync(token)).FileStatuses![0].TransferUrl.Should().StartWith("https://localhost:8444/");
    }

    [SkippableFact]
    public async Task A_host_that_stops_gives_back_what_it_has_not_begun()
    {
        _one.Archive.Gate = new TaskCompletionSource();
        var queued = (await _one.GetAsync("/grid/a")).RequestToken!;

        await _one.Book.StoppingAsync(default);
        var late = (await _one.GetAsync("/grid/b")).RequestToken!;
        _one.Archive.Gate.TrySetResult();
        _one.Archive.Gate = null;
        await Eventually.HoldsAsync(() => _two.Book.LookForWorkAsync(default).GetAwaiter().GetResult() == 0 && _two.Book.OpenCount == 2, "the other host has both");

        foreach (var token in (string[])[queued, late])
            (await WrittenAsync(_two, token)).FileStatuses![0].TransferUrl.Should().StartWith("https://localhost:8444/");
        await WrittenAsync(_one, queued);
        await WrittenAsync(_one, late);
    }

    [SkippableFact]
    public async Task What_is_removed_at_one_host_is_gone_at_the_other()
    {
        var token = await ReadyAsync(_one, "/grid/a");
        await WrittenAsync(_two, token);

        await _two.CallAsync<RmResponse>(new RmRequest { Surls = [SrmBench.Surl("/grid/a")] });
        await Eventually.HoldsAsync(() =>
        {
            _one.Signals.LookAsync(default).GetAwaiter().GetResult();
            return _one.Book.OpenCount == 0;
        }, "the first host knows");

        _one.Area.Usage.Used.Should().Be(0);
        (await _one.StatusAsync(token)).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.InvalidPath);
    }

    [SkippableFact]
    public async Task A_user_s_limit_is_that_of_all_hosts()
    {
        await using var three = Host(_two, o => o with { MaxOpenRequestsPerUser = 2 });
        await three.Book.LookForWorkAsync(default);
        await ReadyAsync(_one, "/grid/a");
        (await three.GetAsync("/grid/b")).RequestToken.Should().NotBeNull();

        await ReadyAsync(_one, "/grid/b");
        var refused = await three.GetAsync("/grid/a");

        refused.RequestToken.Should().BeNull();
        refused.ReturnStatus.Explanation.Should().Contain("3 open requests, as many as a user may have");
    }

    [SkippableFact]
    public async Task An_administrator_sees_and_calls_off_at_one_host_what_another_works_on()
    {
        _one.Archive.Gate = new TaskCompletionSource();
        var token = (await _one.GetAsync(["/grid/a", "/grid/b"])).RequestToken!;

        var seen = await SeenAsync(_two, token);
        (seen.Host, seen.Address).Should().Be((_one.Members.Id, new Uri("https://localhost:8443/")));
        (await _two.Book.AbortAsync(token, [1], "the PACS is being moved", default)).Should().Be(1);
        await _one.Signals.LookAsync(default);

        var files = (await _one.StatusAsync(token)).FileStatuses!;
        files.Select(file => file.Status.StatusCode).Should().Equal(StatusCode.RequestInProgress, StatusCode.Aborted);
        files[1].Status.Explanation.Should().Contain("the PACS is being moved");
        (await SeenAsync(_two, token)).Files[1].Steps.Select(step => step.State).Should().StartWith(FileState.Queued).And.EndWith(FileState.Aborted);
        (await _two.Book.AbortAsync(token, null, "the PACS is being moved", default)).Should().Be(1);
        (await _two.Book.AbortAsync(token, null, "the PACS is being moved", default)).Should().BeNull("nothing of it is open");
        await _one.Signals.LookAsync(default);
        _one.Book.OpenCount.Should().Be(0);
    }

    [SkippableFact]
    public async Task A_drained_host_s_queue_and_what_it_is_asked_are_the_others_while_they_take_any()
    {
        await _one.Drains.PlaceAsync(DrainOf("pacs"), default);
        var queued = (await _one.GetAsync("/grid/a")).RequestToken!;
        await _one.Drains.PlaceAsync(DrainOf(null), default);

        (await _one.Book.LookForWorkAsync(default)).Should().Be(0);
        _one.Book.OpenCount.Should().Be(0, "it was given away");
        (await _one.Book.LookForWorkAsync(default)).Should().Be(0, "a drained host takes nothing up");
        var late = (await _one.GetAsync("/grid/b")).RequestToken!;
        (await _two.Book.LookForWorkAsync(default)).Should().Be(2);
        foreach (var token in (string[])[queued, late])
            (await WrittenAsync(_one, token)).FileStatuses![0].TransferUrl.Should().StartWith("https://localhost:8444/");

        // With all of them drained there is nobody to whom it could be left.
        await _two.Drains.PlaceAsync(DrainOf(null), default);
        await _two.Book.LookForWorkAsync(default);
        await _two.Members.RenewAsync();
        await _one.Book.LookForWorkAsync(default);
        (await _one.GetAsync("/grid/a")).ReturnStatus.Explanation.Should().Contain("This host takes no new requests");
    }

    private Drain DrainOf(string? archive) => new(archive, "new disks", "/DC=org/CN=Alice", _one.Time.GetUtcNow());

    private static async Task<OverseenRequest> SeenAsync(SrmBench bench, string token)
    {
        await foreach (var request in bench.Book.OverseeAsync(new RequestFilter { Token = token }, default))
            return request;
        throw new InvalidOperationException("The request is not shown.");
    }

    // Nothing happens by itself: a host looks and renews when the test says so, and an archive that is held up is waited for however far the clock is moved.
    private SrmBench Host(SrmBench? beside, Func<RequestsOptions, RequestsOptions>? requests = null)
    {
        TestStores.Are(schema => _server.Store(schema));
        var never = TimeSpan.FromDays(30);
        return new SrmBench(
            o => (requests?.Invoke(o) ?? o) with { AnswerWithin = TimeSpan.Zero },
            o => o with { Fetch = o.Fetch with { FirstByte = never, Stall = never, GiveUp = never } },
            manualTime: true, beside: beside, members: o => o with { Renew = never, Poll = never });
    }

    private static async Task<string> ReadyAsync(SrmBench bench, params string[] paths)
    {
        var token = (await bench.GetAsync(paths, pin: 10_000)).RequestToken!;
        await WrittenAsync(bench, token);
        return token;
    }

    /// <summary>What is ready is written down some moments later; then every host knows.</summary>
    private static async Task<StatusOfGetRequestResponse> WrittenAsync(SrmBench bench, string token)
    {
        StatusOfGetRequestResponse? last = null;
        await Eventually.HoldsAsync(() =>
        {
            bench.Advance(TimeSpan.FromMilliseconds(20));
            last = bench.StatusAsync(token).GetAwaiter().GetResult();
            return last.ReturnStatus.StatusCode == StatusCode.Success;
        }, "the store has it");
        return last!;
    }

    /// <summary>So long that the others are taken for dead, while this host says that it lives.</summary>
    private static async Task PassALeaseAsync(SrmBench living)
    {
        for (var step = 0; step < 4; step++)
        {
            living.Advance(TimeSpan.FromMinutes(4));
            await living.Members.RenewAsync();
        }
        living.Members.MayTakeOver.Should().BeTrue();
    }
}
