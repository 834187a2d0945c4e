using Mdm.Client;
using Mdm.Gsi.Issuing;
using Mdm.Srm.Messages;

namespace Mdm.EndToEnd.Tests;

/// <summary>A request outlives the call it came with, but not the credential it was made with.</summary>
public sealed class The_proxy_expires_while_it_waits : IDisposable
{
    private const string Archive = "radiology";
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TestGrid _grid = new();

    public void Dispose() => _grid.Dispose();

    [Fact]
    public async Task Both_the_request_and_the_caller_are_told_that_the_proxy_ended()
    {
        await using var pacs = Site.Pacs(instances: 35, bytes: 20 * 1024);
        await using var host = await HostProcess.StartAsync(_grid, configuration => Site.Publish(configuration, [(Archive, pacs.AeTitle, pacs.Port)]));
        await host.PublishedAsync(Archive);
        using var physician = new GridUser(host);
        var series = await physician.SeriesAsync(Site.Root(Archive));
        // So many objects in as many seconds or more, and a proxy for less.
        pacs.Faults.Slow = TimeSpan.FromSeconds(1);
        var end = TimeProvider.System.GetUtcNow() + Life;
        var attributes = _grid.Attributes(_grid.Physician.Certificate, [$"/{TestGrid.Vo}/Role=physician", $"/{TestGrid.Vo}"]);
        var shortLived = _grid.Write(ProxyIssuer.Issue(_grid.Physician, new ProxyParameters { NotAfter = end, AttributeCertificates = [attributes] }));
        using var caller = new GridUser(host, shortLived);
        var asked = await caller.AskAsync(series);
        asked.ReturnStatus.StatusCode.Should().Be(StatusCode.RequestInProgress);

        // With a new proxy the same user finds out what became of it.
        var answer = await physician.EndAsync(asked.RequestToken!, Limit);
        var late = answer.Files.Where(file => file.Status.StatusCode != StatusCode.FilePinned).ToList();
        late.Should().NotBeEmpty("{0}", answer).And.OnlyContain(file => file.Status.StatusCode == StatusCode.AuthenticationFailure && file.TransferUrl == null, "{0}", answer);
        late[0].Status.Explanation.Should().Contain("proxy certificate").And.Contain("make a new one");
        answer.Files.Should().Contain(file => file.Status.StatusCode == StatusCode.FilePinned, "what was ready in time stays ready");

        // With the old one he is told so, by the host or already by his own client.
        foreach (var old in (GridUser[])[caller, new GridUser(host, shortLived)])
        {
            using (old)
                (await WordsOfAsync(old, asked.RequestToken!)).Should().MatchRegex("ended at|expired");
        }

        pacs.Faults.Slow = TimeSpan.Zero;
        (await physician.GetInTheEndAsync(series, Limit)).IsGood.Should().BeTrue();
    }

    private static async Task<string> WordsOfAsync(GridUser user, string token)
    {
        try
        {
            var answer = await user.StatusAsync(token);
            answer.Status.StatusCode.Should().Be(StatusCode.AuthenticationFailure, "{0}", answer);
            return answer.ToString();
        }
        catch (SrmException refused)
        {
            return refused.Message;
        }
    }
}
