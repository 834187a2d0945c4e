using System.Diagnostics;
using Mdm.DemoPacs;
using Mdm.Srm.Messages;

namespace Mdm.EndToEnd.Tests;

/// <summary>SIGTERM, as systemd sends it, while everything is under way.</summary>
public sealed class The_host_is_stopped : IDisposable
{
    /// <summary>A host that waits for anything waits for half a minute at least.</summary>
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TestGrid _grid = new();

    public void Dispose() => _grid.Dispose();

    [Fact]
    public async Task It_ends_at_once_and_cleanly_and_goes_on_where_it_was()
    {
        await using var hanging = Site.Pacs(instances: 4, bytes: 600 * 1024);
        await using var endless = DemoPacsServer.Start(new DemoPacsOptions { Count = 100_000, Phantoms = false });
        await using var host = await HostProcess.StartAsync(_grid, configuration =>
        {
            Site.Publish(configuration, [("hanging", hanging.AeTitle, hanging.Port), ("endless", endless.AeTitle, endless.Port)]);
            foreach (var limit in (string[])["FirstByte", "Stall", "GiveUp"])
                configuration["Staging"]!["Fetch"]![limit] = "00:05:00";
            foreach (var limit in (string[])["MessageTimeout", "StallTimeout"])
                configuration["Archives"]!["hanging"]!["Options"]![limit] = "00:05:00";
        });
        await host.PublishedAsync("hanging");
        using var user = new GridUser(host);
        var series = await user.SeriesAsync(Site.Root("hanging"));
        // A retrieval that hangs, a call that waits for it, a publication that has far to go, connections that are kept open.
        hanging.Faults.HangInObject = 2;
        var asked = await user.AskAsync(series);
        await Here.UntilAsync(async () => (await user.StatusAsync(asked.RequestToken!)).Files.Any(file => file.Status.StatusCode == StatusCode.FilePinned), Limit, "the first file is there");
        var waiting = user.AskAsync(series);

        var clock = Stopwatch.StartNew();
        host.Process.Signal("TERM");
        (await host.Process.ExitAsync(Limit)).Should().Be(0, host.Process.Output);
        clock.Elapsed.Should().BeLessThan(Prompt);
        await waiting.ContinueWith(_ => { }, TaskScheduler.Default);
        Pool.Partial(host).Should().BeEmpty();
        host.Process.Output.Should().NotContain("fail:").And.NotContain("crit:").And.NotContain("Unhandled");

        await host.RestartAsync();
        var answer = await user.EndAsync(asked.RequestToken!, Limit);
        answer.IsGood.Should().BeTrue("{0}", answer);
        foreach (var file in answer.Files)
            (await user.ReadAsync(file.TransferUrl!)).Announced.Should().Be(file.FileSize);
        await Pool.MustBeWholeAsync(host);
    }
}
