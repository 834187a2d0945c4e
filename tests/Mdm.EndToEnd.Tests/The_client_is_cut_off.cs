using Mdm.DemoPacs;

namespace Mdm.EndToEnd.Tests;

/// <summary><c>mdm get</c> is killed at its work and called again.</summary>
public sealed class The_client_is_cut_off : IAsyncLifetime, IDisposable
{
    private const string Many = "many";
    private const string Large = "large";
    private const int Instances = 40;
    private const int LargeBytes = 100 << 20;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TestGrid _grid = new();
    private readonly TemporaryDirectory _target = new();
    private DemoPacsServer _many = null!;
    private DemoPacsServer _large = null!;
    private HostProcess _host = null!;

    public async Task InitializeAsync()
    {
        _many = Site.Pacs(Instances, 200 * 1024);
        _large = Site.Pacs(instances: 1, LargeBytes);
        _host = await HostProcess.StartAsync(_grid, configuration =>
        {
            Site.Publish(configuration, [(Many, _many.AeTitle, _many.Port), (Large, _large.AeTitle, _large.Port)]);
            // The demo PACS paints its large picture before it sends the first byte.
            configuration["Archives"]![Large]!["Options"]!["MessageTimeout"] = "00:00:30";
            configuration["Staging"]!["Fetch"]!["FirstByte"] = "00:00:40";
        });
        await _host.PublishedAsync(Many);
        await _host.PublishedAsync(Large);
    }

    [Fact]
    public async Task A_directory_is_continued_with_what_is_missing()
    {
        _many.Faults.Slow = TimeSpan.FromMilliseconds(100);
        await using (var cut = Start(Many))
        {
            await Here.UntilAsync(() => Task.FromResult(Fetched().Length >= 5), Limit, "some files are there");
            await cut.KillAsync();
        }
        _many.Faults.Slow = TimeSpan.Zero;
        var before = Fetched().ToDictionary(file => file, File.GetLastWriteTimeUtc);
        before.Count.Should().BeLessThan(Instances, "it was cut off");
        await using var again = Start(Many);
        (await again.ExitAsync(Limit)).Should().Be(0, again.Output);
        again.Output.Split('\n').Count(line => line.StartsWith("was there", StringComparison.Ordinal)).Should().Be(before.Count, again.Output);
        before.Should().OnlyContain(file => File.GetLastWriteTimeUtc(file.Key) == file.Value, "what was complete is not fetched again");
        Directory.GetFiles(_target.Path, "*.part*", SearchOption.AllDirectories).Should().BeEmpty();
        await MustBeTheArchivesAsync(Many, Instances);
    }

    [Fact]
    public async Task A_file_is_continued_where_it_broke_off()
    {
        using var user = new GridUser(_host);
        (await user.GetInTheEndAsync(await user.SeriesAsync(Site.Root(Large)), Limit)).IsGood.Should().BeTrue();
        await CutInTheMiddleAsync();
        await using var again = Start(Large);
        (await again.ExitAsync(Limit)).Should().Be(0, again.Output);
        again.Output.Should().Contain("continued ").And.NotContain("not verified");
        await MustBeTheArchivesAsync(Large, 1);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _many.DisposeAsync();
        await _large.DisposeAsync();
    }

    public void Dispose()
    {
        _target.Dispose();
        _grid.Dispose();
    }

    /// <summary>Kills a client that has a part of its file. One that was quicker is started again.</summary>
    private async Task CutInTheMiddleAsync()
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await using var cut = Start(Large);
            while (PartLength() == 0 && !cut.HasExited)
                await Task.Yield();
            await cut.KillAsync();
            if (PartLength() is > 0 and < LargeBytes)
                return;
            foreach (var file in Fetched())
                File.Delete(file);
        }
        Assert.Fail("No client could be cut off in the middle of its file.");
    }

    /// <summary>How much there is of the one file; 0 where there is no part of it, or none any more.</summary>
    private long PartLength()
    {
        try
        {
            return Directory.GetFiles(_target.Path, "*.part", SearchOption.AllDirectories) is [var path] ? new FileInfo(path).Length : 0;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private string[] Fetched() => Directory.GetFiles(_target.Path, "*.dcm", SearchOption.AllDirectories);

    private ChildProcess Start(string archive)
    {
        var environment = _grid.Environment(_grid.PhysicianProxy);
        environment["PATH"] = System.Environment.GetEnvironmentVariable("PATH");
        environment["DOTNET_CLI_HOME"] = environment["HOME"];
        return ChildProcess.Start("dotnet", [Here.Built("Mdm.Cli", "mdm.dll"), "get", "-r", _host.Surl(Site.Root(archive)), _target[archive]], environment);
    }

    private async Task MustBeTheArchivesAsync(string archive, int count)
    {
        using var user = new GridUser(_host);
        var listed = await user.FilesBelowAsync(Site.Root(archive));
        listed.Should().HaveCount(count);
        var here = Directory.GetFiles(_target[archive], "*.dcm", SearchOption.AllDirectories).ToDictionary(file => Path.GetFileName(file)!, file => GridUser.Adler32(File.ReadAllBytes(file)));
        here.Should().BeEquivalentTo(listed.ToDictionary(entry => entry.Surl.Name, entry => entry.Adler32));
    }
}
