using Mdm.Host.Configuration;
using Mdm.Host.Orders;
using Mdm.Host.Requests;
using Mdm.Host.Tests.Doubles;
using Mdm.Host.Tests.Srm;
using Mdm.Srm.Messages;

namespace Mdm.Host.Tests.Requests;

/// <summary>What administrators see of everybody's requests, and do with them.</summary>
public sealed class OversightTests
{
    [Fact]
    public async Task Shows_which_states_a_file_had_and_when_also_after_a_restart()
    {
        await using var bench = new SrmBench(manualTime: true);
        bench.Publish("/grid/a");
        var token = (await bench.GetAsync("/grid/a")).RequestToken!;
        var before = bench.Time.GetUtcNow();
        await bench.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { RequestToken = token });
        var after = bench.Time.GetUtcNow();

        await bench.KillAsync();
        await bench.StartAsync();

        var request = (await ListAsync(bench, new RequestFilter())).Should().ContainSingle().Subject;
        request.Header.Owner.Identity.Subject.Should().Be(SrmBench.Alice.Subject);
        request.EndedAt.Should().NotBeNull();
        var steps = request.Files.Should().ContainSingle().Subject.Steps;
        steps.Select(step => step.State).Should().Equal(FileState.Queued, FileState.InProgress, FileState.Ready, FileState.Released);
        steps.Select(step => step.At).Should().BeInAscendingOrder();
        steps[0].At.Should().Be(request.Header.CreatedAt);
        // The bench moves the clock on while it waits for what is written.
        steps[^1].At.Should().BeOnOrAfter(before).And.BeOnOrBefore(request.EndedAt!.Value);
        request.EndedAt.Should().BeOnOrBefore(after);
    }

    [Fact]
    public async Task Finds_requests_by_owner_state_age_and_token()
    {
        await using var bench = new SrmBench(manualTime: true);
        bench.Publish("/grid/a");
        var first = (await bench.GetAsync("/grid/a")).RequestToken!;
        await bench.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { RequestToken = first });
        bench.Advance(TimeSpan.FromMinutes(1));
        var later = bench.Time.GetUtcNow();
        var second = (await bench.GetAsync("/grid/a", SrmBench.Bob)).RequestToken!;

        (await TokensAsync(bench, new RequestFilter())).Should().Equal(second, first);
        (await TokensAsync(bench, new RequestFilter { Owner = SrmBench.Bob.Subject })).Should().Equal(second);
        (await TokensAsync(bench, new RequestFilter { State = FileState.Released })).Should().Equal(first);
        (await TokensAsync(bench, new RequestFilter { OnlyOpen = true })).Should().Equal(second);
        (await TokensAsync(bench, new RequestFilter { Before = later })).Should().Equal(first);
        (await TokensAsync(bench, new RequestFilter { Since = later })).Should().Equal(second);
        (await TokensAsync(bench, new RequestFilter { Token = first })).Should().Equal(first);
        (await TokensAsync(bench, new RequestFilter { Limit = 1 })).Should().Equal(second);
    }

    [Fact]
    public async Task An_administrator_calls_off_a_file_and_its_owner_is_told_why()
    {
        await using var bench = new SrmBench(o => o with { AnswerWithin = TimeSpan.Zero });
        bench.Publish("/grid/a");
        bench.Publish("/grid/b");
        bench.Archive.Gate = new TaskCompletionSource();
        var token = (await bench.GetAsync(["/grid/a", "/grid/b"])).RequestToken!;

        (await bench.Book.AbortAsync(token, [1], "the PACS is being moved", CancellationToken.None)).Should().Be(1);
        var half = (await bench.StatusAsync(token)).FileStatuses!;
        (await bench.Book.AbortAsync(token, null, "the PACS is being moved", CancellationToken.None)).Should().Be(1);
        bench.Archive.Gate.SetResult();

        half.Select(file => file.Status.StatusCode).Should().Equal(StatusCode.RequestInProgress, StatusCode.Aborted);
        half[1].Status.Explanation.Should().Contain("the PACS is being moved");
        (await bench.StatusAsync(token)).ReturnStatus.StatusCode.Should().Be(StatusCode.Aborted);
        (await bench.Book.AbortAsync("none", null, "x", CancellationToken.None)).Should().BeNull();
    }

    [Fact]
    public async Task What_a_banned_caller_has_open_ends_and_he_is_answered_that_he_is_banned()
    {
        await using var bench = new SrmBench(o => o with { AnswerWithin = TimeSpan.Zero });
        bench.Publish("/grid/a");
        bench.Publish("/grid/b");
        var ready = (await bench.GetAsync("/grid/a")).RequestToken!;
        await bench.StatusAsync(ready, StatusCode.Success);
        bench.Archive.Gate = new TaskCompletionSource();
        var waiting = (await bench.GetAsync("/grid/b")).RequestToken!;

        await bench.Bans.PlaceAsync(new Ban(CallerRule.Parse("/biomed"), "stolen proxies", "/CN=Ada", bench.Time.GetUtcNow(), null), CancellationToken.None);

        var refused = await bench.StatusAsync(ready);
        refused.ReturnStatus.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        refused.ReturnStatus.Explanation.Should().Be(Bans.Sentence);
        var open = await ListAsync(bench, new RequestFilter());
        open.SelectMany(request => request.Files).Should().OnlyContain(file => file.Row.State == FileState.Failed && file.Row.Fault!.Message == Bans.Sentence);
        open.Select(request => request.Header.Token).Should().BeEquivalentTo([ready, waiting]);
        bench.Area.Usage.Pinned.Should().Be(0);
        bench.Archive.Gate.SetResult();
    }

    [Fact]
    public async Task Who_was_banned_while_the_host_was_away_has_nothing_open_after_it()
    {
        await using var bench = new SrmBench(o => o with { AnswerWithin = TimeSpan.Zero });
        bench.Publish("/grid/a");
        bench.Archive.Gate = new TaskCompletionSource();
        var token = (await bench.GetAsync("/grid/a")).RequestToken!;
        await bench.KillAsync();
        bench.Archive.Gate = null;
        await bench.StartBannedAsync(new Ban(CallerRule.Parse("/DC=org/CN=Alice"), "stolen proxies", "/CN=Ada", bench.Time.GetUtcNow(), null));

        await Eventually.HoldsAsync(() => ListAsync(bench, new RequestFilter { OnlyOpen = true }).GetAwaiter().GetResult().Count == 0, "nothing is open");
        var request = (await ListAsync(bench, new RequestFilter { Token = token })).Single();
        request.Files.Single().Row.Fault!.Message.Should().Be(Bans.Sentence);
    }

    private static async Task<List<OverseenRequest>> ListAsync(SrmBench bench, RequestFilter filter)
    {
        var all = new List<OverseenRequest>();
        await foreach (var request in bench.Book.OverseeAsync(filter, CancellationToken.None))
            all.Add(request);
        return all;
    }

    private static async Task<IEnumerable<string>> TokensAsync(SrmBench bench, RequestFilter filter) => (await ListAsync(bench, filter)).Select(request => request.Header.Token);
}
