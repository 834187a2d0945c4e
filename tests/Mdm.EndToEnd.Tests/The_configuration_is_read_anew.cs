using System.Text.Json.Nodes;
using Mdm.Client;
using Mdm.DemoPacs;
using Mdm.Srm.Messages;

namespace Mdm.EndToEnd.Tests;

/// <summary>Archives and publications change under a host that serves on.</summary>
public sealed class The_configuration_is_read_anew : IDisposable
{
    private const int Instances = 40;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TestGrid _grid = new();

    public void Dispose() => _grid.Dispose();

    [Fact]
    public async Task An_archive_gets_another_address_under_load_and_no_request_fails()
    {
        await using var after = Site.Pacs(Instances, bytes: 40_000);
        await using var before = new Stoppable(Site.Pacs(Instances, bytes: 40_000));
        await using var host = await HostProcess.StartAsync(_grid, configuration => Site.Publish(configuration, [("pacs", before.Pacs.AeTitle, before.Pacs.Port)]));
        await host.PublishedAsync("pacs");
        using var user = new GridUser(host);
        using var local = Administration.AtSocket(Path.Combine(host.State, "admin.sock"));
        var files = await user.SeriesAsync(Site.Root("pacs"));
        files.Should().HaveCount(Instances);
        var reached = new TaskCompletionSource();
        var moved = new TaskCompletionSource();

        var load = Task.Run(async () =>
        {
            var answers = new List<Answer>();
            for (var at = 0; at < Instances; at += 2)
            {
                answers.Add(await user.GetAsync([files[at], files[at + 1]], Limit));
                if (at == Instances / 4)
                    reached.SetResult();
                // The last ones can come from nowhere but the new address.
                if (at == Instances / 2)
                    await moved.Task;
            }
            return answers;
        });
        await reached.Task.WaitAsync(Limit);
        await EditAsync(host, configuration => configuration["Archives"]!["pacs"]!["Options"]!["Port"] = after.Port);
        var outcome = await local.ReloadAsync(CancellationToken.None);
        await before.DisposeAsync();
        moved.SetResult();

        outcome.GetProperty("changed").EnumerateArray().Select(part => part.GetString()).Should().Equal("Archives:pacs");
        outcome.GetProperty("needRestart").GetArrayLength().Should().Be(0);
        (await load).Should().HaveCount(Instances / 2).And.OnlyContain(answer => answer.IsGood);
    }

    [Fact]
    public async Task Publications_come_and_go_and_a_fault_leaves_all_as_it_was()
    {
        await using var pacs = Site.Pacs(instances: 2, bytes: 4_000);
        await using var host = await HostProcess.StartAsync(_grid, configuration => Site.Publish(configuration, [("pacs", pacs.AeTitle, pacs.Port)]));
        await host.PublishedAsync("pacs");
        using var user = new GridUser(host);
        using var local = Administration.AtSocket(Path.Combine(host.State, "admin.sock"));
        var files = await user.SeriesAsync(Site.Root("pacs"));
        (await user.GetAsync([files[0]], Limit)).IsGood.Should().BeTrue();

        // A fault beside a sound change: neither holds.
        await EditAsync(host, configuration =>
        {
            configuration["Publications"]!["second"] = HostProcess.Clinical("pacs", "/grid/testvo/second");
            configuration["Archives"]!["pacs"]!["Options"]!["Prot"] = 11112;
        });
        var refused = (await local.Invoking(host => host.ReloadAsync(CancellationToken.None)).Should().ThrowAsync<SrmException>()).Which.Message;
        refused.Should().Contain("Archives:pacs:Options:Prot: is not known. Did you mean 'Port'?").And.Contain("everything is as it was");
        (await PublicationsAsync(local)).Should().Equal("pacs");

        // Nor files that are put into an archive that is only read.
        await EditAsync(host, configuration =>
        {
            configuration["Archives"]!["pacs"]!["Options"]!.AsObject().Remove("Prot");
            configuration["Publications"]!.AsObject().Remove("second");
            configuration["Publications"]!["third"] = HostProcess.Clinical("pacs", "/grid/testvo/third");
            configuration["Publications"]!["third"]!["Put"] = new JsonObject { ["Enabled"] = true };
        });
        (await local.Invoking(host => host.ReloadAsync(CancellationToken.None)).Should().ThrowAsync<SrmException>()).Which.Message
            .Should().Contain("Publications:third:Put: archive 'pacs' cannot be written to.").And.Contain("Archives:pacs:Options:Writable");
        (await PublicationsAsync(local)).Should().Equal("pacs");
        // Both at once are sound, and so is neither.
        await EditAsync(host, configuration => configuration["Archives"]!["pacs"]!["Options"]!["Writable"] = true);
        (await local.ReloadAsync(CancellationToken.None)).GetProperty("changed").EnumerateArray().Select(part => part.GetString()).Should().Equal("Archives:pacs", "Publications:third");
        await EditAsync(host, configuration =>
        {
            configuration["Archives"]!["pacs"]!["Options"]!.AsObject().Remove("Writable");
            configuration["Publications"]!.AsObject().Remove("third");
        });
        await local.ReloadAsync(CancellationToken.None);

        await EditAsync(host, configuration =>
        {
            configuration["Publications"]!["second"] = HostProcess.Clinical("pacs", "/grid/testvo/second");
            configuration["Door"]!["IdleTimeout"] = "00:03:00";
        });
        var outcome = await local.ReloadAsync(CancellationToken.None);
        outcome.GetProperty("changed")[0].GetString().Should().Be("Publications:second");
        outcome.GetProperty("needRestart")[0].GetString().Should().Be("Door:IdleTimeout");
        await host.PublishedAsync("second");
        var second = await user.SeriesAsync("/grid/testvo/second");
        (await user.GetAsync(second, Limit)).IsGood.Should().BeTrue();

        // SIGHUP does the same. What was published stays where it is, and is closed: nothing says any more how much of it may be seen.
        var turl = (await user.GetAsync([files[0]], Limit)).Files[0].TransferUrl!;
        await EditAsync(host, configuration => configuration["Publications"]!.AsObject().Remove("pacs"));
        host.Process.Signal("HUP");
        await Here.UntilAsync(async () => (await PublicationsAsync(local)).SequenceEqual(["second"]), Limit, "the publication is gone");
        (await user.SeriesAsync(Site.Root("pacs"))).Should().HaveCount(2);
        var closed = await user.GetAsync([files[1]], Limit);
        closed.Files[0].Status.StatusCode.Should().Be(StatusCode.Failure);
        closed.Files[0].Status.Explanation.Should().Contain("belongs to no configured publication");
        await user.Invoking(u => u.ReadAsync(turl)).Should().ThrowAsync<HttpRequestException>("what lies in the pool is not given out either");
        (await user.GetAsync(second, Limit)).IsGood.Should().BeTrue();
    }

    /// <summary>A PACS that may end before its test does.</summary>
    private sealed class Stoppable(DemoPacsServer pacs) : IAsyncDisposable
    {
        private int _ended;

        public DemoPacsServer Pacs => pacs;

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _ended, 1) == 0 ? pacs.DisposeAsync() : default;
    }

    private static async Task<List<string?>> PublicationsAsync(Administration local)
    {
        var all = await local.PublicationsAsync(CancellationToken.None);
        return [.. all.EnumerateArray().Select(one => one.GetProperty("name").GetString())];
    }

    private static async Task EditAsync(HostProcess host, Action<JsonObject> edit)
    {
        var file = Path.Combine(host.Home, "mdm.json");
        var configuration = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsObject();
        edit(configuration);
        await File.WriteAllTextAsync(file, configuration.ToJsonString());
    }
}
