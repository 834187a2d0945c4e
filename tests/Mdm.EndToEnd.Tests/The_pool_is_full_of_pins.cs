using System.Diagnostics;
using Mdm.Srm.Messages;

namespace Mdm.EndToEnd.Tests;

/// <summary>A pool of a megabyte, and files of a quarter of that: three fit, with room for none that is still to come.</summary>
public sealed class The_pool_is_full_of_pins : IDisposable
{
    private const string Archive = "radiology";
    private static readonly TimeSpan SpaceWait = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Longer than the test.</summary>
    private const int Pin = 600;

    private readonly TestGrid _grid = new();

    public void Dispose() => _grid.Dispose();

    [Fact]
    public async Task Who_waits_in_vain_is_told_who_waits_for_a_release_is_served_and_what_left_is_fetched_again()
    {
        await using var pacs = Site.Pacs(instances: 6, bytes: 250_000);
        await using var host = await HostProcess.StartAsync(_grid, configuration =>
        {
            Site.Publish(configuration, [(Archive, pacs.AeTitle, pacs.Port)]);
            configuration["Staging"]!["Quota"] = "1 MiB";
            configuration["Staging"]!["FirstReservation"] = 250_000;
            configuration["Staging"]!["UserShare"] = 0.8;
            configuration["Staging"]!["SpaceWait"] = SpaceWait.ToString();
        });
        await host.PublishedAsync(Archive);
        using var paula = new GridUser(host);
        using var peter = new GridUser(host, _grid.Proxy(_grid.User("Peter Physician"), [$"/{TestGrid.Vo}/Role=physician", $"/{TestGrid.Vo}"]));
        var series = await paula.SeriesAsync(Site.Root(Archive));

        // One by one: how much room an object takes is learnt from those before it.
        var first = await paula.GetAsync([series[0]], Limit, Pin);
        var second = await paula.GetAsync([series[1]], Limit, Pin);
        var third = await peter.GetAsync([series[2]], Limit, Pin);
        (first.IsGood, second.IsGood, third.IsGood).Should().Be((true, true, true), "{0}; {1}; {2}", first, second, third);
        var sum = (await paula.ReadAsync(first.Files[0].TransferUrl!)).Adler32;

        // In vain: it is told after the wait, not before and not for ever, and nothing was asked of the archive for it.
        var sent = pacs.ObjectsSent;
        var clock = Stopwatch.StartNew();
        var asked = await peter.AskAsync([series[3]]);
        asked.ReturnStatus.StatusCode.Should().BeOneOf(StatusCode.RequestQueued, StatusCode.RequestInProgress);
        var vain = await peter.EndAsync(asked.RequestToken!, Limit);
        clock.Elapsed.Should().BeGreaterThan(SpaceWait - TimeSpan.FromMilliseconds(500)).And.BeLessThan(SpaceWait + TimeSpan.FromSeconds(60));
        vain.Files.Single().Status.StatusCode.Should().Be(StatusCode.NoFreeSpace, "{0}", vain);
        vain.Files.Single().Status.Explanation.Should().Contain("pinned");
        pacs.ObjectsSent.Should().Be(sent);

        // While it waits a pin is released: it goes on.
        var waiting = await peter.AskAsync([series[4]], Pin);
        GridUser.IsPending(waiting.FileStatuses!.Single().Status.StatusCode).Should().BeTrue();
        await paula.Srm.ReleaseFilesAsync(first.Token, null, CancellationToken.None);
        var served = await peter.EndAsync(waiting.RequestToken!, Limit);
        served.IsGood.Should().BeTrue("{0}", served);
        await Pool.MustBeWholeAsync(host);

        // The released one had to leave; what is known of it stays known, and it comes back the same.
        var left = await paula.Files.StatAsync(series[0], CancellationToken.None);
        (left.Locality, left.Adler32).Should().Be((FileLocality.Nearline, sum));
        await peter.Srm.ReleaseFilesAsync(served.Token, null, CancellationToken.None);
        var again = await paula.GetAsync([series[0]], Limit, Pin);
        again.IsGood.Should().BeTrue("{0}", again);
        (await paula.ReadAsync(again.Files[0].TransferUrl!)).Adler32.Should().Be(sum);
        (await paula.Files.StatAsync(series[0], CancellationToken.None)).Locality.Should().Be(FileLocality.OnlineAndNearline);

        // Also when a TURL that still holds is used after its file has left.
        await paula.Srm.ReleaseFilesAsync(again.Token, null, CancellationToken.None);
        var other = await peter.GetAsync([series[5]], Limit, Pin);
        other.IsGood.Should().BeTrue("{0}", other);
        await peter.Srm.ReleaseFilesAsync(other.Token, null, CancellationToken.None);
        (await paula.Files.StatAsync(series[0], CancellationToken.None)).Locality.Should().Be(FileLocality.Nearline);
        (await paula.ReadAsync(again.Files[0].TransferUrl!)).Adler32.Should().Be(sum);
    }
}
