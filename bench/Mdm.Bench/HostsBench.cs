using System.Diagnostics;
using Mdm.Client;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>SRM calls at one host and at three, all of one PostgreSQL, with the same number of clients in sum. All of them, the server and the clients share the processors.</summary>
internal static class HostsBench
{
    private const int Hosts = 3;
    private const int Clients = 48;
    private const int Rounds = 3;
    private const int Files = 50;

    public static async Task RunAsync(Arguments arguments)
    {
        var (span, clients) = (TimeSpan.FromSeconds(arguments.Or("seconds", 5)), arguments.Or("clients", Clients));
        await using var pacs = await DemoPacsProcess.StartAsync("--series", "1", "--instances", "50", "--size", "1000");
        await using var postgres = await PostgresServer.StartAsync();
        using var secrets = new TemporaryDirectory();
        var stores = new SharedStores(postgres, secrets.Path);
        await using var first = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port, stores.Share);
        var files = (await first.WalkAsync()).Take(Files).ToList();
        await first.StageAsync(files);
        await RateAsync([first], files, span, clients);
        Report.Line($"one host, no other there, {clients} clients", await RateAsync([first], files, span, clients), "calls/s");

        await using var second = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port, stores.Share, first);
        await using var third = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port, stores.Share, first);
        Site[] all = [first, second, third];
        foreach (var site in all[1..])
            await site.StageAsync([.. files.Select(file => site.At(file.Path.ToString()))]);
        await RateAsync(all, files, span, clients);
        var (one, three) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            one.Add(await RateAsync([first], files, span, clients));
            three.Add(await RateAsync(all, files, span, clients));
        }
        Report.Line($"one host of three, {clients} clients", Median(one), "calls/s");
        Report.Line($"{Hosts} hosts, {clients / Hosts} clients each, in sum", Median(three), "calls/s");
        Report.Ratio($"{Hosts} hosts / one host", Median(three) / Median(one), 1);
    }

    private static async Task<double> RateAsync(Site[] sites, List<Surl> files, TimeSpan span, int clients)
    {
        var started = Stopwatch.GetTimestamp();
        var calls = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var site = sites[client % sites.Length];
            using var raw = new RawSrm(site.Grid, site.Host.Port);
            await using var load = await SrmClientLoad.ConnectAsync(raw, site);
            for (var at = client; Stopwatch.GetElapsedTime(started) < span; at++)
                await load.FetchAsync(files[at % files.Count]);
            return load.Calls;
        })));
        return calls.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Median(List<double> rates) => rates.Order().ElementAt(rates.Count / 2);
}
