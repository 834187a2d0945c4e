using System.Diagnostics;
using Mdm.Client;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>What each SRM operation takes at a host whose stores are SQLite files, and at one whose stores are all on PostgreSQL. The server and the client share the processors.</summary>
internal static class StoresBench
{
    private const int Together = 8;

    public static async Task RunAsync(Arguments arguments)
    {
        var rounds = arguments.Or("rounds", 500);
        await using var pacs = await DemoPacsProcess.StartAsync("--series", "1", "--instances", "50", "--size", "1000");
        await using var postgres = await PostgresServer.StartAsync();
        using var secrets = new TemporaryDirectory();
        var stores = new SharedStores(postgres, secrets.Path);
        await using var file = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port);
        await using var remote = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port, stores.Share);
        var (ours, theirs) = (await MeasureAsync("SQLite", file, rounds), await MeasureAsync("PostgreSQL", remote, rounds));
        foreach (var (what, rate) in ours)
            Report.Ratio($"PostgreSQL / SQLite, {what}", theirs[what] / rate, null);
    }

    private static async Task<Dictionary<string, double>> MeasureAsync(string name, Site site, int rounds)
    {
        var files = await site.WalkAsync();
        await site.StageAsync(files);
        using var raw = new RawSrm(site.Grid, site.Host.Port);
        await LoadAsync(raw, site, files, rounds / 4);
        var times = await LoadAsync(raw, site, files, rounds);
        var rates = times.ToDictionary(time => time.Key, time => time.Value.Calls / time.Value.Took.TotalSeconds);
        var started = Stopwatch.GetTimestamp();
        var all = await Task.WhenAll(Enumerable.Range(0, Together).Select(_ => Task.Run(() => LoadAsync(raw, site, files, rounds / Together))));
        rates[$"all of these by {Together} clients"] = all.Sum(one => one.Values.Sum(time => time.Calls)) / Stopwatch.GetElapsedTime(started).TotalSeconds;
        foreach (var (what, rate) in rates)
            Report.Line($"{name}: {what}", rate, "calls/s");
        return rates;
    }

    private static async Task<Dictionary<string, (TimeSpan Took, int Calls)>> LoadAsync(RawSrm raw, Site site, List<Surl> files, int rounds)
    {
        await using var load = await SrmClientLoad.ConnectAsync(raw, site);
        for (var round = 0; round < rounds; round++)
        {
            await load.FetchAsync(files[round % files.Count]);
            await load.ArrangeAsync();
        }
        return load.Times;
    }
}
