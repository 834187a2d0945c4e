using System.Diagnostics;
using System.Globalization;
using Mdm.DemoPacs;
using Mdm.Srm.Messages;
using Xunit.Abstractions;

namespace Mdm.EndToEnd.Tests;

/// <summary>dcmqrscp as Debian ships it is stopped in its tracks, and killed, while it sends.</summary>
public sealed class A_real_archive_stops(ITestOutputHelper output) : IDisposable
{
    private const string Real = "real";
    private const string Source = "source";
    private const int Series = 3;
    private const int Instances = 30;
    private const int Bytes = 1 << 20;
    private const int Looked = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TestGrid _grid = new();
    private readonly TemporaryDirectory _objects = new();

    public void Dispose()
    {
        _objects.Dispose();
        _grid.Dispose();
    }

    [SkippableTheory]
    [InlineData("STOP")]
    [InlineData("KILL")]
    public async Task In_the_middle_of_a_retrieval_each_file_ends_clearly_and_it_recovers_by_itself(string signal)
    {
        Here.Tool("dcmsend");
        await using var archive = await Dcmqrscp.StartAsync("MDM", Here.FreePort());
        await using var source = Site.Pacs(Instances, Bytes, Series);
        await using var host = await HostProcess.StartAsync(_grid, configuration => Site.Publish(configuration, [(Real, archive.AeTitle, archive.Port), (Source, source.AeTitle, source.Port)], Patience.Short));
        using var user = new GridUser(host);
        await FillAsync(host, user, archive);
        var all = (await user.SeriesAsync(Site.Root(Real))).GroupBy(file => file.Path.Parent).Select(files => files.ToList()).ToList();
        all.Should().HaveCount(Series).And.OnlyContain(files => files.Count == Instances);

        var (asked, answer, series) = await StoppedAsync(signal, archive, host, user, all[0]);
        // A machine that does other things may stop it when all has come; then it is stopped at the next series.
        foreach (var next in all.Skip(1).TakeWhile(_ => answer.IsGood))
        {
            await GoOnAsync(signal, archive);
            (asked, answer, series) = await StoppedAsync(signal, archive, host, user, next);
        }
        answer.Files.Should().Contain(file => file.Status.StatusCode != StatusCode.FilePinned, "it was in the middle");
        answer.Files.Should().OnlyContain(file => file.Status.StatusCode == StatusCode.FilePinned || file.Status.StatusCode == StatusCode.FileUnavailable || file.Status.StatusCode == StatusCode.FileBusy, "{0}", answer);
        answer.Files.Should().OnlyContain(file => file.Status.StatusCode == StatusCode.FilePinned || !string.IsNullOrWhiteSpace(file.Status.Explanation));
        await Pool.MustBeWholeAsync(host);
        await user.Srm.ReleaseFilesAsync(asked, null, CancellationToken.None).ContinueWith(_ => { }, TaskScheduler.Default);

        await GoOnAsync(signal, archive);
        var whole = await user.GetInTheEndAsync(series, Limit);
        foreach (var file in whole.Files.Take(Looked))
        {
            var entry = await user.Files.StatAsync(Client.Surl.Parse(file.SourceSurl), CancellationToken.None);
            (await user.ReadAsync(file.TransferUrl!)).Adler32.Should().Be(entry.Adler32);
        }
        await Pool.MustBeWholeAsync(host);
    }

    private async Task<(string Token, Answer Answer, List<Client.Surl> Series)> StoppedAsync(string signal, Dcmqrscp archive, HostProcess host, GridUser user, List<Client.Surl> series)
    {
        var before = Pool.Files(host).Length;
        var asking = user.AskAsync(series);
        await Here.UntilAsync(() => Task.FromResult(Pool.Files(host).Length > before), Limit, "the first object is there");
        var clock = Stopwatch.StartNew();
        await ChildProcess.RunAsync("kill", ["-" + signal, .. WithChildren(archive.Process.Id)]);
        var token = (await asking).RequestToken ?? throw new InvalidOperationException("no token");
        var answer = await user.EndAsync(token, Limit);
        clock.Elapsed.Should().BeLessThan(Limit);
        output.WriteLine($"{answer.Files.Count(file => file.Status.StatusCode == StatusCode.FilePinned)} of {Instances} files had come when it was stopped; the others were given up after {clock.Elapsed.TotalSeconds:0.0} s.");
        return (token, answer, series);
    }

    private static async Task GoOnAsync(string signal, Dcmqrscp archive)
    {
        if (signal == "KILL")
            await archive.RestartAsync();
        await ChildProcess.RunAsync("kill", ["-CONT", .. WithChildren(archive.Process.Id)]);
    }

    /// <summary>What one archive holds is fetched through the host and stored in the other, as images travel between hospitals.</summary>
    private async Task FillAsync(HostProcess host, GridUser user, Dcmqrscp archive)
    {
        await host.PublishedAsync(Source);
        (await user.Files.FetchTreeAsync(user.Surl(Site.Root(Source)), _objects.Path, null, null, CancellationToken.None)).Missed.Should().BeEmpty();
        await archive.SendAsync(_objects.Path);
        await host.PublishedAsync(Real);
        await foreach (var _ in user.Files.AdministrationAt(user.Surl("/")).PublishAsync(Real, null, restores: false, acceptsLoss: false, CancellationToken.None))
            continue;
    }

    /// <summary>dcmqrscp serves each association in a process of its own.</summary>
    private static List<string> WithChildren(int process)
    {
        var id = process.ToString(CultureInfo.InvariantCulture);
        var children = $"/proc/{id}/task/{id}/children";
        return [id, .. File.Exists(children) ? File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries) : []];
    }
}
