using Mdm.Abstractions.Testing;
using Mdm.Host.Tests.Srm;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;
using static Mdm.Host.Tests.Uploads.PutCalls;

namespace Mdm.Host.Tests.Uploads;

/// <summary>What users and administrators are told of puts.</summary>
public sealed class PutOversightTests
{
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
        var before = bench.Time.GetUtcNow();
        var (token, turl) = await Prepared(bench, "/files/a");
        bench.Advance(TimeSpan.FromSeconds(2));
        await Put(bench, turl);
        var after = bench.Time.GetUtcNow();
        var steps = (await Seen(bench)).Should().ContainSingle().Subject.Files[0].Steps;
        steps.Select(step => step.State).Should().Equal(UploadState.Awaited, UploadState.Coming, UploadState.Arrived);
        (steps[2].At - steps[0].At).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(2));
        steps.Should().OnlyContain(step => step.At >= before && step.At <= after);
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

    private static Task<List<OverseenPut>> Seen(SrmBench bench, UploadState? state = null) => bench.Puts.OverseeAsync(new Mdm.Host.Requests.RequestFilter(), state, default);
}
