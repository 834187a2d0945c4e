using System.Diagnostics;
using System.Globalization;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>What a user waits for: gfal-copy -r of a series, the whole command, against getscu of the same; and a large directory listed.</summary>
internal static class CopyBench
{
    private const int WarmUpInstances = 20;
    private static readonly TimeSpan ListingLimit = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Arguments arguments)
    {
        var instances = arguments.Or("instances", 500);
        // --instances 0 leaves the copies out.
        foreach (var name in RealPacs.Names.Where(_ => instances > 0))
        {
            await using var filled = await RealPacs.StartAsync(name, instances, WarmUpInstances);
            var (pacs, bytes) = (filled.Process, filled.Bytes);
            var getscu = await Peers.GetscuAsync(pacs, RealPacs.Measured, instances);
            await using var site = await Site.StartAsync(pacs.AeTitle, pacs.Port);
            await GfalAsync(site, RealPacs.WarmUp, WarmUpInstances);
            var gfal = await GfalAsync(site, RealPacs.Measured, instances);
            Report.Rate($"{name}: getscu", getscu, instances, bytes);
            Report.Rate($"{name}: gfal-copy -r, whole command", gfal, instances, bytes);
            using var target = new TemporaryDirectory();
            var started = Stopwatch.GetTimestamp();
            var fetched = await site.Files.FetchTreeAsync(site.Series(RealPacs.Measured), target["series"], null, null, CancellationToken.None);
            Report.Rate($"{name}: our client, staged already", Stopwatch.GetElapsedTime(started), fetched.Files.Count, bytes);
            Report.Ratio($"{name}: gfal-copy -r through us / getscu", getscu / gfal, least: null);
        }
        await ListingAsync(arguments.Or("entries", 10_000));
    }

    private static async Task<TimeSpan> GfalAsync(Site site, int series, int instances)
    {
        using var target = new TemporaryDirectory();
        var started = Stopwatch.GetTimestamp();
        var (code, output) = await ChildProcess.RunAsync(
            Here.Tool("gfal-copy"), ["-D", "BDII:ENABLED=false", "-r", site.Series(series).ToString(), "file://" + target["series"]], site.Grid.Environment(site.Grid.PhysicianProxy), CommandLimit);
        var took = Stopwatch.GetElapsedTime(started);
        var got = Directory.Exists(target["series"]) ? Directory.GetFiles(target["series"]).Length : 0;
        return code == 0 && got == instances ? took : throw new InvalidOperationException($"gfal-copy ended with {code} and {got} of {instances} files: {output[^Math.Min(output.Length, 2000)..]}");
    }

    private static async Task ListingAsync(int entries)
    {
        await using var pacs = await DemoPacsProcess.StartAsync("--series", "1", "--instances", entries.ToString(CultureInfo.InvariantCulture), "--size", "1000");
        await using var site = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port);
        var directory = site.At(Path.GetDirectoryName((await site.WalkAsync())[0].Path.ToString())!);
        var times = new List<TimeSpan>();
        for (var round = 0; round < 5; round++)
        {
            var started = Stopwatch.GetTimestamp();
            var listed = await site.ListAsync(directory);
            times.Add(Stopwatch.GetElapsedTime(started));
            if (listed.Count != entries)
                throw new InvalidOperationException($"{listed.Count} of {entries} entries were listed");
        }
        var command = Stopwatch.GetTimestamp();
        var environment = site.Grid.Environment(site.Grid.PhysicianProxy);
        environment["DOTNET_CLI_HOME"] = environment["HOME"];
        environment.Remove("PATH");
        var (code, output) = await ChildProcess.RunAsync("dotnet", [Here.Built("Mdm.Cli", "mdm.dll"), "ls", directory.ToString()], environment, CommandLimit);
        var whole = Stopwatch.GetElapsedTime(command);
        if (code != 0)
            throw new InvalidOperationException(output);
        Report.Line($"{entries} entries listed by our client, first", times[0].TotalSeconds, "s");
        Report.Line($"{entries} entries listed by our client, median of 5", times.Order().ElementAt(2).TotalSeconds, "s");
        Report.Line($"{entries} entries: mdm ls, whole command", whole.TotalSeconds, "s");
        Report.Ratio("listing: 0.5 s / ours", ListingLimit / times.Order().ElementAt(2), 1);
    }
}
