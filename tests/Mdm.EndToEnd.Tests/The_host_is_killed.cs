using System.Diagnostics.CodeAnalysis;
using Mdm.Client;
using Mdm.DemoPacs;
using Mdm.Srm.Messages;
using Xunit.Abstractions;

namespace Mdm.EndToEnd.Tests;

/// <summary>kill -9 at moments that nobody chose, under load. Fifty rounds with MDM_SOAK=1.</summary>
[SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "Disposed with the class.")]
public sealed class The_host_is_killed(ITestOutputHelper output) : IDisposable
{
    private const string Archive = "radiology";
    private const int Series = 7;
    private const int Instances = 12;
    private const int Bytes = 120 * 1024;
    private const uint Seed = 20_24;

    /// <summary>Of 84 objects of 120 KiB: less than there is, so that files keep being fetched and evicted.</summary>
    private const string Quota = "7 MB";

    private const int RequestsEach = 5;
    private const int DeliveredInTheEnd = Series * Instances / 2;
    private static readonly int Rounds = Here.Soak ? 50 : 5;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TestGrid _grid = new();

    public void Dispose() => _grid.Dispose();

    [Fact]
    public async Task What_it_acknowledged_holds_and_nothing_partial_is_served_or_kept()
    {
        await using var pacs = Site.Pacs(Instances, Bytes, Series);
        pacs.Faults.Slow = TimeSpan.FromMilliseconds(3);
        await using var host = await HostProcess.StartAsync(_grid, configuration =>
        {
            Site.Publish(configuration, [(Archive, pacs.AeTitle, pacs.Port)]);
            configuration["Staging"]!["Quota"] = Quota;
            configuration["Staging"]!["UserShare"] = 1.0;
            configuration["Staging"]!["FirstReservation"] = 150 * 1024;
            configuration["Staging"]!["SpaceWait"] = "00:00:01";
        });
        await host.PublishedAsync(Archive);
        using var user = new GridUser(host);
        var published = (await user.FilesBelowAsync(Site.Root(Archive))).Select(entry => entry.Surl).ToList();
        published.Should().HaveCount(Series * Instances).And.OnlyHaveUniqueItems();
        IReadOnlyList<Surl>[] series = [.. published.GroupBy(surl => surl.Path.Parent).OrderBy(group => group.Key.ToString(), StringComparer.Ordinal).Select(group => group.ToList())];
        var chances = new Chances(Seed);
        var delivered = new Ledger();
        var (acknowledged, brokenOff) = (0, 0);
        for (var round = 1; round <= Rounds; round++)
        {
            var ledger = new Ledger();
            foreach (var (surl, adler32) in delivered.Delivered)
                ledger.Delivered[surl] = adler32;
            using (var load = new Load(user, series[..^1], series[^1], Archive, ledger, chances))
            {
                var running = load.RunAsync();
                await Task.Delay(200 + chances.Below(1300));
                // On a slow machine not before so much was done that the round is a test.
                await Here.UntilAsync(() => Task.FromResult(ledger.Requests.Count > RequestsEach && ledger.Delivered.Count > DeliveredInTheEnd * round / Rounds), Limit, "there was enough load");
                load.ExpectDeath();
                host.Process.Signal("KILL");
                await host.Process.ExitAsync(Limit);
                load.Stop();
                await running;
            }
            await host.RestartAsync("KILL");
            try
            {
                await RequestsMustBeKnownAsync(user, ledger);
                await CatalogueMustBeWholeAsync(host, user, published, ledger);
                await Pool.MustBeWholeAsync(host);
                ledger.Wrongs.Should().BeEmpty();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Round {round} of seed {Seed}; the host printed {host.Process.Output}", e);
            }
            acknowledged += ledger.Requests.Count;
            brokenOff += ledger.BrokenOff;
            delivered = ledger;
        }
        output.WriteLine($"{Rounds} rounds: {acknowledged} requests acknowledged, {brokenOff} transfers broken off, {delivered.Delivered.Count} files delivered whole.");
        // Otherwise the rounds were no test.
        acknowledged.Should().BeGreaterThan(Rounds * RequestsEach);
        delivered.Delivered.Count.Should().BeGreaterThan(DeliveredInTheEnd);
        if (Here.Soak)
            brokenOff.Should().BePositive();
    }

    [Fact]
    public async Task A_first_publication_that_is_cut_short_again_and_again_comes_to_its_end()
    {
        const int Objects = 4000;
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Count = Objects, Phantoms = false });
        await using var host = await HostProcess.StartAsync(_grid, configuration => Site.Publish(configuration, [(Archive, pacs.AeTitle, pacs.Port)]));
        var chances = new Chances(Seed);
        var cutShort = 0;
        for (var round = Here.Soak ? 20 : 3; round > 0; round--)
        {
            await Task.Delay(chances.Below(400));
            host.Process.Signal("KILL");
            await host.Process.ExitAsync(Limit);
            cutShort += host.Process.Output.Contains("complete in", StringComparison.Ordinal) ? 0 : 1;
            await host.RestartAsync("KILL");
        }
        cutShort.Should().BePositive("otherwise nothing was cut short");
        output.WriteLine($"{cutShort} runs were cut short.");
        await host.PublishedAsync(Archive);
        using var user = new GridUser(host);
        var files = await user.FilesBelowAsync(Site.Root(Archive));
        files.Should().HaveCount(Objects);
        files.Select(file => file.Surl).Should().OnlyHaveUniqueItems();
        (await user.GetAsync([files[chances.Below(Objects)].Surl], Limit)).IsGood.Should().BeTrue();
    }

    /// <summary>Each token is known, its files end within the limit, what was confirmed holds, and what is ready is delivered whole.</summary>
    private static async Task RequestsMustBeKnownAsync(GridUser user, Ledger ledger)
    {
        foreach (var (token, request) in ledger.Requests)
        {
            var answer = await user.EndAsync(token, Limit);
            answer.Status.StatusCode.Should().NotBe(StatusCode.InvalidRequest, "{0} was told to a client: {1}", token, answer);
            answer.Files.Select(file => file.SourceSurl).Should().BeEquivalentTo(request.Files.Select(file => file.ToString()));
            answer.Files.Should().OnlyContain(file => Load.IsClear(file.Status), "{0}", answer);
            foreach (var file in answer.Files)
            {
                if (request.Released.ContainsKey(file.SourceSurl))
                    file.Status.StatusCode.Should().BeOneOf([StatusCode.Released], "that {0} was released had been confirmed", file.SourceSurl);
                if (request.IsAborted)
                    file.Status.StatusCode.Should().NotBe(StatusCode.FilePinned, "that {0} was aborted had been confirmed", file.SourceSurl);
                if (file.Status.StatusCode == StatusCode.FilePinned)
                    await ledger.ReadAsync(user, file.SourceSurl, file.TransferUrl!);
            }
            if (answer.Files.Any(file => file.Status.StatusCode == StatusCode.FilePinned))
                await user.Srm.ReleaseFilesAsync(token, null, CancellationToken.None);
        }
    }

    /// <summary>Removals that were confirmed hold; once restored the listing is the archive's again; sums are those of the bytes.</summary>
    private static async Task CatalogueMustBeWholeAsync(HostProcess host, GridUser user, IReadOnlyList<Surl> published, Ledger ledger)
    {
        await host.PublishedAsync(Archive);
        var kept = (await user.FilesBelowAsync(Site.Root(Archive))).Select(entry => entry.Surl.ToString()).ToList();
        kept.Should().OnlyHaveUniqueItems();
        var (confirmed, unsure) = (ledger.Removed.Where(file => file.Value).Select(file => file.Key).ToHashSet(), ledger.Removed.Where(file => !file.Value).Select(file => file.Key).ToHashSet());
        kept.Except(unsure).Should().BeEquivalentTo(published.Select(surl => surl.ToString()).Except(confirmed).Except(unsure));
        await foreach (var _ in user.Files.AdministrationAt(user.Surl("/")).PublishAsync(Archive, null, restores: true, acceptsLoss: false, CancellationToken.None))
            continue;
        var restored = await user.FilesBelowAsync(Site.Root(Archive));
        restored.Select(entry => entry.Surl).Should().BeEquivalentTo(published).And.OnlyHaveUniqueItems();
        foreach (var entry in restored.Where(entry => entry.Adler32 is not null))
        {
            if (ledger.Delivered.TryGetValue(entry.Surl.ToString(), out var adler32))
                entry.Adler32.Should().Be(adler32, "that is what was delivered of {0}", entry.Surl);
        }
    }
}
