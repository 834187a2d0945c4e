using Mdm.Host.Tests.Srm;
using Mdm.Srm.Messages;

namespace Mdm.Host.Tests.Requests;

/// <summary>The process ends as kill -9 ends it; what is on disk is all that is left.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task Pins_again_what_was_ready()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");
        var token = (await bench.GetAsync("/grid/a", pin: 300)).RequestToken!;
        // What is ready is written down some moments later, what is extended before the answer: that must hold to the second.
        await bench.CallAsync<ExtendFileLifeTimeResponse>(new ExtendFileLifeTimeRequest { RequestToken = token, Surls = [SrmBench.Surl("/grid/a")], NewPinLifeTime = 600 });
        var before = await bench.StatusAsync(token, StatusCode.Success);

        await bench.KillAsync();
        await bench.StartAsync();

        var after = await bench.StatusAsync(token, StatusCode.Success);
        after.FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.FilePinned);
        after.FileStatuses[0].TransferUrl.Should().Be(before.FileStatuses![0].TransferUrl, "the pin ends when it was to end");
        bench.Archive.Asked.Should().HaveCount(1);
        bench.Area.Usage.Pinned.Should().BePositive();
    }

    [Fact]
    public async Task Fetches_again_what_was_ready_and_has_left_the_pool()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");
        var token = (await bench.GetAsync("/grid/a")).RequestToken!;

        await bench.KillAsync();
        Directory.Delete(bench.Staging.Directory, recursive: true);
        await bench.StartAsync();

        (await bench.StatusAsync(token, StatusCode.Success)).FileStatuses![0].FileSize.Should().Be(1000);
        bench.Archive.Asked.Should().HaveCount(2);
    }

    [Fact]
    public async Task Goes_on_with_what_was_queued_with_the_rights_that_hold_now()
    {
        await using var bench = new SrmBench(o => o with { AnswerWithin = TimeSpan.Zero });
        bench.Publish("/grid/a");
        // By one of her attributes only: they go on with the request.
        bench.Publish("/grid/b", 10, "user::rw-", "group:/biomed/Role=physician:r--", "other::---");
        bench.Publish("/grid/c");
        bench.Archive.Gate = new TaskCompletionSource();
        var token = (await bench.GetAsync(["/grid/a", "/grid/b", "/grid/c", "/grid/none"])).RequestToken!;

        await bench.KillAsync();
        bench.Archive.Gate = null;
        await bench.Catalog.RemoveAsync(bench.Find("/grid/c")!.Id, CancellationToken.None);
        await bench.StartAsync();

        var after = await bench.StatusAsync(token, StatusCode.PartialSuccess);
        after.FileStatuses!.Select(file => file.Status.StatusCode).Should().Equal(StatusCode.FilePinned, StatusCode.FilePinned, StatusCode.InvalidPath, StatusCode.InvalidPath);
    }

    [Fact]
    public async Task Remembers_what_had_ended()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");
        var released = (await bench.GetAsync("/grid/a")).RequestToken!;
        var aborted = (await bench.GetAsync("/grid/a")).RequestToken!;
        await bench.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { RequestToken = released });
        await bench.CallAsync<AbortRequestResponse>(new AbortRequestRequest { RequestToken = aborted });

        await bench.KillAsync();
        await bench.StartAsync();

        (await bench.StatusAsync(released)).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.Released);
        (await bench.StatusAsync(aborted)).ReturnStatus.StatusCode.Should().Be(StatusCode.Aborted);
        (await bench.StatusAsync(aborted, SrmBench.Bob)).ReturnStatus.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        bench.Area.Usage.Pinned.Should().Be(0);
    }

    [Fact]
    public async Task Says_that_the_credential_ended_while_the_host_was_away()
    {
        await using var bench = new SrmBench(o => o with { AnswerWithin = TimeSpan.Zero }, manualTime: true);
        bench.Publish("/grid/a");
        bench.Archive.Gate = new TaskCompletionSource();
        var token = (await bench.GetAsync("/grid/a", validUntil: bench.Time.GetUtcNow() + TimeSpan.FromMinutes(5))).RequestToken!;

        await bench.KillAsync();
        bench.Advance(TimeSpan.FromMinutes(6));
        await bench.StartAsync();

        var file = (await bench.StatusAsync(token, StatusCode.Failure)).FileStatuses![0];
        file.Status.StatusCode.Should().Be(StatusCode.AuthenticationFailure);
        file.Status.Explanation.Should().Contain("proxy certificate").And.Contain("make a new one");
    }
}
