using System.Diagnostics;
using Mdm.DemoPacs;
using Mdm.Srm.Messages;

namespace Mdm.EndToEnd.Tests;

/// <summary>Each archive of one host fails in its own way. Whoever asks is told within the configured times; nothing half is kept; it recovers by itself; the others do not notice.</summary>
public sealed class The_archive_misbehaves : IClassFixture<The_archive_misbehaves.Hospital>
{
    private const int Instances = 6;

    /// <summary>Object and message limits are 5 and 6 seconds, what is transient is tried again for 12: with a busy machine on top.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Hospital _hospital;

    public The_archive_misbehaves(Hospital hospital) => _hospital = hospital;

    [Fact]
    public async Task It_is_down()
    {
        var series = await _hospital.SeriesAsync("down");
        await _hospital.StopAsync("down");
        await MustBeToldAsync(series);
        _hospital.Start("down");
        await MustRecoverAsync(series);
    }

    [Fact]
    public async Task It_dies_for_good_in_the_middle_of_a_retrieval_and_comes_back()
    {
        var series = await _hospital.SeriesAsync("dying");
        _hospital.Pacs("dying").Faults.Slow = TimeSpan.FromMilliseconds(400);
        var asked = await _hospital.User.AskAsync(series);
        await Here.UntilAsync(() => Task.FromResult(_hospital.Pacs("dying").ObjectsSent > 0), Limit, "the first object is sent");
        await _hospital.StopAsync("dying");
        var answer = await _hospital.User.EndAsync(asked.RequestToken!, Limit);
        answer.Files.Should().Contain(file => file.Status.StatusCode == StatusCode.FilePinned, "what had come whole is delivered: {0}", answer);
        MustBeClear(answer);
        await MustBeWholeAsync(answer);
        _hospital.Start("dying");
        await MustRecoverAsync(series);
    }

    [Fact]
    public async Task It_closes_the_connection_whenever_one_object_is_asked_for()
    {
        var series = await _hospital.SeriesAsync("closing");
        var poisoned = series[2];
        _hospital.Pacs("closing").Faults.DieOn = poisoned.Name[..^".dcm".Length];
        var answer = await _hospital.User.GetAsync(series, Limit);
        // An object that takes its archive down each time is left alone: a hospital needs its PACS more than a grid this object.
        var refused = answer.Files.Single(file => file.Status.StatusCode != StatusCode.FilePinned);
        (refused.SourceSurl, refused.Status.StatusCode, refused.TransferUrl).Should().Be((poisoned.ToString(), StatusCode.Failure, null));
        refused.Status.Explanation.Should().Contain("ended the connection each time");
        await MustBeWholeAsync(answer);
        var associations = _hospital.Pacs("closing").Associations;
        (await _hospital.User.GetAsync([poisoned], Limit)).Files.Single().Status.StatusCode.Should().Be(StatusCode.Failure);
        (await _hospital.User.GetAsync(series, Limit)).Files.Count(file => file.Status.StatusCode == StatusCode.FilePinned).Should().Be(Instances - 1);
        _hospital.Pacs("closing").Associations.Should().BeLessThanOrEqualTo(associations + 1, "it is not asked again");
    }

    [Fact]
    public async Task It_hangs_in_the_middle_of_an_object()
    {
        var series = await _hospital.SeriesAsync("hanging");
        _hospital.Pacs("hanging").Faults.HangInObject = 3;
        var asked = await _hospital.User.AskAsync(series);
        // The two before it are whole, and what comes over other connections may be; the third will not come to its end: what is said meanwhile is true.
        Answer meanwhile = null!;
        await Here.UntilAsync(async () => _hospital.Pacs("hanging").Hanging == 1 && (meanwhile = await _hospital.User.StatusAsync(asked.RequestToken!)).Files.Count(file => file.Status.StatusCode == StatusCode.FilePinned) >= 2, Limit, "it hangs, and two files are there");
        meanwhile.Status.StatusCode.Should().Be(StatusCode.RequestInProgress, "{0}", meanwhile);
        meanwhile.Files.Where(file => file.Status.StatusCode != StatusCode.FilePinned).Should().NotBeEmpty()
            .And.OnlyContain(file => GridUser.IsPending(file.Status.StatusCode) && file.EstimatedWaitTime > 0 && file.TransferUrl == null, "{0}", meanwhile);
        await OthersAreServedAsync();
        // It hangs once: the same request goes on by itself.
        var answer = await _hospital.User.EndAsync(asked.RequestToken!, Limit);
        answer.IsGood.Should().BeTrue("{0}", answer);
        await MustBeWholeAsync(answer);
        _hospital.Pacs("hanging").Associations.Should().BeGreaterThan(1);
    }

    [Fact]
    public async Task It_refuses_associations()
    {
        var series = await _hospital.SeriesAsync("refusing");
        // Connections that are open would be used; a PACS that refuses has just been started anew.
        await _hospital.StopAsync("refusing");
        _hospital.Start("refusing").Faults.RefuseAssociations = -1;
        await MustBeToldAsync(series);
        _hospital.Pacs("refusing").Faults.RefuseAssociations = 0;
        await MustRecoverAsync(series);
    }

    [Fact]
    public async Task It_is_slow_but_within_the_limits()
    {
        var series = await _hospital.SeriesAsync("slow");
        _hospital.Pacs("slow").Faults.Slow = TimeSpan.FromMilliseconds(700);
        var asked = await _hospital.User.AskAsync(series);
        asked.ReturnStatus.StatusCode.Should().BeOneOf(StatusCode.RequestQueued, StatusCode.RequestInProgress);
        asked.FileStatuses!.Where(file => GridUser.IsPending(file.Status.StatusCode)).Should().OnlyContain(file => file.EstimatedWaitTime >= 1 && file.EstimatedWaitTime <= 60);
        var answer = await _hospital.User.EndAsync(asked.RequestToken!, Limit);
        answer.IsGood.Should().BeTrue("{0}", answer);
        await MustBeWholeAsync(answer);
    }

    [Fact]
    public async Task It_is_slower_than_the_limits()
    {
        var series = await _hospital.SeriesAsync("stuck");
        _hospital.Pacs("stuck").Faults.Slow = TimeSpan.FromMinutes(10);
        await MustBeToldAsync(series);
        await _hospital.StopAsync("stuck");
        _hospital.Start("stuck");
        await MustRecoverAsync(series);
    }

    [Fact]
    public async Task It_sends_less_than_it_announced()
    {
        var series = await _hospital.SeriesAsync("dropping");
        _hospital.Pacs("dropping").Faults.DropEvery = 2;
        // What is missing is asked for again until all is there.
        var answer = await _hospital.User.GetAsync(series, Limit);
        answer.IsGood.Should().BeTrue("{0}", answer);
        await MustBeWholeAsync(answer);
    }

    [Fact]
    public async Task It_sends_nothing_and_says_that_it_did()
    {
        var series = await _hospital.SeriesAsync("lying");
        _hospital.Pacs("lying").Faults.DropEvery = 1;
        (await MustBeToldAsync(series)).Files.Should().OnlyContain(file => file.Status.Explanation!.Contains("did not send it"));
        _hospital.Pacs("lying").Faults.DropEvery = 0;
        await MustRecoverAsync(series);
    }

    /// <summary>A series that cannot be had: each file gets a clear status within the limit, nothing of it is in the listing or the pool, and other archives are served meanwhile.</summary>
    private async Task<Answer> MustBeToldAsync(IReadOnlyList<Client.Surl> series)
    {
        var clock = Stopwatch.StartNew();
        var asking = _hospital.User.GetAsync(series, Limit);
        await OthersAreServedAsync();
        var answer = await asking;
        clock.Elapsed.Should().BeLessThan(Limit);
        answer.Files.Should().HaveCount(series.Count).And.OnlyContain(file => file.Status.StatusCode == StatusCode.FileUnavailable || file.Status.StatusCode == StatusCode.FileBusy, "{0}", answer);
        MustBeClear(answer);
        var listed = await _hospital.User.Srm.StatAsync(series, CancellationToken.None);
        listed.Should().OnlyContain(file => file.FileLocality == FileLocality.Nearline && file.CheckSumValue == null);
        _hospital.Host.Process.HasExited.Should().BeFalse();
        return answer;
    }

    private async Task MustRecoverAsync(IReadOnlyList<Client.Surl> series) =>
        await MustBeWholeAsync(await _hospital.User.GetInTheEndAsync(series, Limit));

    private static void MustBeClear(Answer answer)
    {
        foreach (var file in answer.Files.Where(file => file.Status.StatusCode != StatusCode.FilePinned))
        {
            file.Status.StatusCode.Should().BeOneOf([StatusCode.FileUnavailable, StatusCode.FileBusy], "{0}", answer);
            file.Status.Explanation.Should().NotBeNullOrWhiteSpace();
            file.TransferUrl.Should().BeNull();
        }
    }

    /// <summary>What is pinned is delivered as the listing says; the pool has nothing else.</summary>
    private async Task MustBeWholeAsync(Answer answer)
    {
        foreach (var file in answer.Files.Where(file => file.Status.StatusCode == StatusCode.FilePinned))
        {
            var delivered = await _hospital.User.ReadAsync(file.TransferUrl!);
            var entry = await _hospital.User.Files.StatAsync(Client.Surl.Parse(file.SourceSurl), CancellationToken.None);
            (delivered.Bytes.LongLength, delivered.Adler32).Should().Be((entry.Length!.Value, entry.Adler32!));
        }
        await Pool.MustBeWholeAsync(_hospital.Host);
    }

    private async Task OthersAreServedAsync()
    {
        var clock = Stopwatch.StartNew();
        var answer = await _hospital.User.GetAsync([_hospital.NextHealthy()], Limit);
        answer.IsGood.Should().BeTrue("{0}", answer);
        clock.Elapsed.Should().BeLessThan(Patience.Short.GiveUp - TimeSpan.FromSeconds(1), "an archive that misbehaves holds up nobody else");
    }

    /// <summary>A host with an archive for each way to fail, and one that does not.</summary>
    public sealed class Hospital : IAsyncLifetime, IDisposable
    {
        private const int Bytes = 600 * 1024;
        private static readonly string[] Failing = ["down", "dying", "closing", "hanging", "refusing", "slow", "stuck", "dropping", "lying"];
        private readonly TestGrid _grid = new();
        private readonly Dictionary<string, DemoPacsServer> _archives = [];
        private readonly Dictionary<string, int> _ports = [];
        private readonly Queue<Client.Surl> _healthy = new();

        public HostProcess Host { get; private set; } = null!;

        internal GridUser User { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            foreach (var name in Failing)
                _ports[name] = Start(name).Port;
            _archives["healthy"] = Site.Pacs(50, 50 * 1024);
            Host = await HostProcess.StartAsync(_grid, configuration => Site.Publish(configuration, _archives.Select(archive => (archive.Key, archive.Value.AeTitle, archive.Value.Port)), Patience.Short));
            User = new GridUser(Host);
            foreach (var name in _archives.Keys)
                await Host.PublishedAsync(name);
            foreach (var file in await User.SeriesAsync(Site.Root("healthy")))
                _healthy.Enqueue(file);
        }

        public DemoPacsServer Pacs(string name) => _archives[name];

        public DemoPacsServer Start(string name) => _archives[name] = Site.Pacs(Instances, Bytes, port: _ports.GetValueOrDefault(name));

        public async Task StopAsync(string name) => await _archives[name].DisposeAsync();

        public async Task<IReadOnlyList<Client.Surl>> SeriesAsync(string name)
        {
            var series = await User.SeriesAsync(Site.Root(name));
            series.Should().HaveCount(Instances);
            return series;
        }

        /// <summary>A file of the healthy archive that nobody has asked for.</summary>
        public Client.Surl NextHealthy() => _healthy.Dequeue();

        public async Task DisposeAsync()
        {
            User?.Dispose();
            if (Host is not null)
                await Host.DisposeAsync();
            foreach (var archive in _archives.Values)
                await archive.DisposeAsync();
        }

        public void Dispose() => _grid.Dispose();
    }
}
