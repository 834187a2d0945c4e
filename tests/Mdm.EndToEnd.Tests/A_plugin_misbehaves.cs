using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Mdm.Srm.Messages;

namespace Mdm.EndToEnd.Tests;

/// <summary>
/// Archives whose plugin hangs, is deaf to its cancellation, holds its thread, throws, leaks, never ends: in one host process with one that is well. Whoever asks them is told within the limits; whoever asks the
/// other is served meanwhile; health says who is sick, and the host stays up.
/// </summary>
public sealed class A_plugin_misbehaves : IClassFixture<A_plugin_misbehaves.Site>
{
    /// <summary>Steps of a conversation have 5 seconds and 5 of grace, what is transient is tried again for 15: with a busy machine on top.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Far below what one would wait who stood in line behind the sick archives: most of the nine take five seconds or more.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(12);

    private readonly Site _site;

    public A_plugin_misbehaves(Site site) => _site = site;

    [Fact]
    public async Task Whoever_asks_it_is_told_in_time_and_whoever_asks_another_is_served_meanwhile()
    {
        var asked = new Dictionary<string, Task<Answer>>();
        foreach (var archive in Site.SickInReading)
            asked[archive] = _site.User.GetAsync([.. (await _site.User.FilesBelowAsync(EndToEnd.Tests.Site.Root(archive))).Select(file => file.Surl)], Limit);
        var looking = _site.Host.DiagnosticsAsync("/healthz/instances");
        for (var i = 0; i < 10; i++)
        {
            var clock = Stopwatch.StartNew();
            var answer = await _site.User.GetAsync([_site.NextHealthy()], Limit);
            answer.IsGood.Should().BeTrue("{0}", answer);
            clock.Elapsed.Should().BeLessThan(Pace, "archives that are sick hold up nobody else");
        }
        await ListingsMustBeIncompleteAsync();
        foreach (var (archive, answering) in asked)
        {
            var answer = await answering;
            answer.Files.Should().OnlyContain(file => file.Status.StatusCode == Site.Told(archive), "{0}: {1}", archive, answer);
            answer.Files.Should().OnlyContain(file => file.Status.StatusCode == StatusCode.FilePinned || !string.IsNullOrWhiteSpace(file.Status.Explanation));
        }

        var health = await _site.Host.DiagnosticsAsync("/healthz/instances");
        health.Should().Contain("Archives:good: ok").And.Contain("Archives:blocks: not well").And.Contain("calls left behind: ");
        (await looking).Should().MatchRegex("Archives:probe-deaf: not well").And.MatchRegex("Archives:probe-throws: not well");
        var metrics = await _site.Host.MetricsAsync();
        metrics.Should().MatchRegex("mdm_plugin_calls_left\\{instance=\"blocks\",kind=\"Archives\"\\} [1-9]").And.MatchRegex("mdm_plugin_calls_left\\{instance=\"deaf\",kind=\"Archives\"\\} [1-9]");
        metrics.Should().Contain("mdm_instance_serves{instance=\"good\",kind=\"Archives\"} 1\n").And.Contain("mdm_instance_serves{instance=\"probe-throws\",kind=\"Archives\"} 0\n");
        var ready = await _site.Host.DiagnosticsAsync("/healthz/ready");
        ready.Should().StartWith("ready\n", "a sick archive does not make a host unfit for the others").And.NotContain(Abstractions.Testing.FaultyArchive.Mark);
        health.Should().NotContain(Abstractions.Testing.FaultyArchive.Mark);
        MustBeWell();
    }

    [Fact]
    public async Task Whoever_asks_for_what_the_catalogue_never_answers_is_told_in_time()
    {
        var answer = await _site.User.GetAsync([_site.NextHealthy()], Limit);

        answer.IsGood.Should().BeTrue("{0}", answer);
        foreach (var hanging in _site.InTheHole)
            (await hanging.Invoking(h => h).Should().ThrowAsync<Client.SrmException>()).Which.Message.Should().Contain("did not answer within 10 seconds");
        MustBeWell();
    }

    /// <summary>A listing that hangs or goes round is not complete, and one that does not end is enough.</summary>
    private async Task ListingsMustBeIncompleteAsync()
    {
        foreach (var archive in Site.SickInListing)
            await _site.Host.Process.LineAsync(line => line.Contains($"Publication {archive}: Incomplete", StringComparison.Ordinal), Limit);
        (await _site.OrderAsync("lists-deaf")).Should().Contain("neither end nor can be ended");
    }

    private void MustBeWell()
    {
        _site.Host.Process.HasExited.Should().BeFalse();
        _site.Host.Process.Output.Should().NotContain(Abstractions.Testing.FaultyArchive.Mark);
        var resident = File.ReadLines($"/proc/{_site.Host.Process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        long.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture).Should().BeLessThan(700_000, "its memory is bounded (kB)");
    }

    /// <summary>A host with an archive for each way to fail, and one that does not.</summary>
    public sealed class Site : IAsyncLifetime, IDisposable
    {
        private readonly TestGrid _grid = new();
        private readonly Queue<Client.Surl> _healthy = new();

        public static string[] SickInReading { get; } = ["deaf", "deaf-at-once", "blocks", "hangs", "slow", "throws", "throws-halfway", "endless", "leaks"];

        public static string[] SickInListing { get; } = ["lists-deaf", "lists-blocking", "lists-endlessly", "lists-throwing"];

        public HostProcess Host { get; private set; } = null!;

        internal GridUser User { get; private set; } = null!;

        /// <summary>Calls for what the catalogue never answers, made before all others.</summary>
        public IReadOnlyList<Task> InTheHole { get; private set; } = [];

        /// <summary>What whoever asks for a file of it is told.</summary>
        public static StatusCode Told(string archive) => archive switch
        {
            "slow" or "leaks" => StatusCode.FilePinned,
            "endless" => StatusCode.Failure,
            _ => StatusCode.FileUnavailable,
        };

        public async Task InitializeAsync()
        {
            Host = await HostProcess.StartAsync(_grid, Configure);
            User = new GridUser(Host);
            foreach (var archive in (string[])["good", .. SickInReading])
                await Host.PublishedAsync(archive);
            foreach (var file in await User.FilesBelowAsync(EndToEnd.Tests.Site.Root("good")))
                _healthy.Enqueue(file.Surl);
            InTheHole = [.. Enumerable.Range(0, 12).Select(i => User.Srm.StatAsync([User.Surl($"/grid/hole/{i}")], CancellationToken.None))];
        }

        /// <summary>A file of the archive that is well that nobody has asked for.</summary>
        public Client.Surl NextHealthy() => _healthy.Dequeue();

        /// <summary>Orders a publication's run and waits for its end.</summary>
        public async Task<string> OrderAsync(string publication)
        {
            var last = string.Empty;
            await foreach (var progress in User.Files.AdministrationAt(User.Surl("/")).PublishAsync(publication, null, restores: false, acceptsLoss: false, CancellationToken.None))
                last = progress.ToString();
            return last;
        }

        public async Task DisposeAsync()
        {
            User?.Dispose();
            if (Host is not null)
                await Host.DisposeAsync();
            Dispose();
        }

        public void Dispose() => _grid.Dispose();

        private void Configure(JsonObject configuration)
        {
            var (archives, publications) = (new JsonObject(), new JsonObject());
            Add("good", new JsonObject { ["Objects"] = 20 });
            Add("deaf", Reading("Deaf"));
            Add("deaf-at-once", Reading("DeafAtOnce"));
            Add("blocks", Reading("Blocks"));
            Add("hangs", Reading("Hangs"));
            Add("slow", Reading("Slow"));
            Add("throws", Reading("Foreign"));
            Add("throws-halfway", Reading("ForeignHalfway"));
            Add("endless", Reading("Endless"));
            Add("leaks", Reading("Leaks"));
            Add("lists-deaf", new JsonObject { ["Listing"] = "DeafAtOnce" });
            Add("lists-blocking", new JsonObject { ["Listing"] = "Blocks" });
            Add("lists-endlessly", new JsonObject { ["Listing"] = "Endless" });
            Add("lists-throwing", new JsonObject { ["Listing"] = "ForeignHalfway" });
            archives["probe-deaf"] = new JsonObject { ["Type"] = "faulty", ["Options"] = new JsonObject { ["Probing"] = "Blocks" } };
            archives["probe-throws"] = new JsonObject { ["Type"] = "faulty", ["Options"] = new JsonObject { ["Probing"] = "Foreign" } };
            configuration["Plugins"] = new JsonObject { ["Path"] = Here.TestPlugins, ["Load"] = new JsonArray("Mdm.TestPlugins.Faulty") };
            configuration["Catalog"] = new JsonObject { ["Type"] = "faulty", ["Options"] = new JsonObject { ["Hole"] = "/grid/hole" } };
            configuration["Srm"] = new JsonObject { ["AnswerWithin"] = "00:00:10" };
            configuration["Archives"] = archives;
            configuration["Publications"] = publications;
            configuration["Diagnostics"] = new JsonObject { ["Port"] = Here.FreePort() };
            configuration["Staging"]!["MaxObjectLength"] = 16 << 20;
            configuration["Staging"]!["ReadAhead"] = new JsonObject { ["Files"] = 0 };
            configuration["Staging"]!["Fetch"] = new JsonObject
            {
                ["FirstByte"] = "00:00:05",
                ["Stall"] = "00:00:05",
                ["Listing"] = "00:00:05",
                ["GiveUp"] = "00:00:15",
                ["FirstPause"] = "00:00:00.200",
                ["LongestPause"] = "00:00:01",
                ["ClosedFor"] = "00:00:01",
            };

            static JsonObject Reading(string fault) => new() { ["Reading"] = fault };

            void Add(string name, JsonObject options)
            {
                archives[name] = new JsonObject { ["Type"] = "faulty", ["Options"] = options };
                publications[name] = HostProcess.Clinical(name, EndToEnd.Tests.Site.Root(name));
            }
        }
    }
}
