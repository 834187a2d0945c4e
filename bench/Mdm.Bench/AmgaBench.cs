using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Mdm.Client.Metadata;
using Mdm.Formats.Amga.Search;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>
/// A metadata server over a million rows of 20 attributes, on SQLite and on PostgreSQL: rows put in bulk, rows looked up, a question of three predicates beside the same SQL by the stores'
/// own command lines, a hundred clients at once, and four servers asked at once over a slow network.
/// </summary>
internal static class AmgaBench
{
    private const int Warmup = 3;
    private const int Rounds = 31;
    private const int Sessions = 8;
    private const int Clients = 100;
    private const int Servers = 4;

    // AMGA's published maximum, about 1,400 queries a second, of one row and two attributes each.
    private const double Lookups = 5 * 1400;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync(Arguments arguments)
    {
        var rows = arguments.Or("rows", 1_000_000);
        var time = TimeSpan.FromSeconds(arguments.Or("seconds", 5));
        var only = arguments.Or("only", 0);
        using var grid = new TestGrid();
        var ratios = new List<Action>();
        if (only is 0 or 1)
            await StoreAsync("SQLite", grid, null, rows, time, ratios);
        if (only is 0 or 2)
        {
            await using var server = await PostgresServer.StartAsync();
            await StoreAsync("PostgreSQL", grid, server, rows, time, ratios);
        }
        if (only is 0 or 3)
            await FederatedAsync(grid, arguments.Or("each", 20_000), ratios);
        foreach (var ratio in ratios)
            ratio();
    }

    /// <summary>What a question costs as the collection grows: one lookup, the three predicates, and an aggregate over all.</summary>
    public static async Task CurveAsync(Arguments arguments)
    {
        using var grid = new TestGrid();
        await using var site = await AmgaSite.StartAsync(grid, null);
        await site.MakeCollectionAsync();
        await using var connection = await site.ConnectAsync();
        var there = 0;
        for (var rows = 10_000; rows <= arguments.Or("rows", 1_000_000); rows *= 10)
        {
            var clock = Stopwatch.GetTimestamp();
            await site.UploadAsync(there, rows - there);
            var put = (rows - there) / Stopwatch.GetElapsedTime(clock).TotalSeconds;
            there = rows;
            var lookup = Median(await SampleAsync(200, i => connection.ExecuteAsync(Lookup(i % rows), default)));
            var found = 0;
            var question = Median(await SampleAsync(Rounds, async i => found += (await connection.ExecuteAsync(Find(i), default)).Count));
            var first = Median(await SampleAsync(Rounds, i => connection.ExecuteAsync(["selectattr", "FILE", "StudyDate", Condition(i) + " order by StudyDate desc limit 10"], default)));
            var count = Median(await SampleAsync(5, _ => connection.ExecuteAsync(["selectattr", "count(FILE)", "max(PatientAge)", ""], default)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{rows,10} rows: put {put,8:0} rows/s   lookup {lookup,7:0.000} ms   3 predicates {question,8:0.00} ms ({found / (Rounds + Warmup)} rows)   the latest 10 {first,8:0.00} ms   count and max of all {count,8:0.0} ms"));
        }
    }

    private static async Task StoreAsync(string name, TestGrid grid, PostgresServer? postgres, int rows, TimeSpan time, List<Action> ratios)
    {
        await using var site = await AmgaSite.StartAsync(grid, postgres?.Store("amga"));
        await site.MakeCollectionAsync();
        var clock = Stopwatch.GetTimestamp();
        await site.UploadAsync(0, rows);
        Report.Line($"{name}: rows put in bulk, one session", rows / Stopwatch.GetElapsedTime(clock).TotalSeconds, "rows/s");

        await LookupsAsync(site, name, 1, rows, time);
        var many = await LookupsAsync(site, name, Sessions, rows, time);
        ratios.Add(() => Report.Ratio($"{name}: lookups, {Sessions} sessions / {Lookups:0} a second", many / Lookups, 1));

        var (ours, theirs) = await QuestionsAsync(name, site, postgres);
        ratios.Add(() => Report.RatioAtMost($"{name}: three predicates / {(postgres is null ? "sqlite3" : "psql")}", ours / theirs, 1.5));

        var failures = await CrowdAsync(site, name, rows, time);
        ratios.Add(() => Report.Ratio($"{name}: calls of {Clients} clients without failure", failures == 0 ? 1 : 0, 1));
        Report.Line($"{name}: peak memory of the host", Machine.PeakMemory(site.ProcessId) / 1e6, "MB");
    }

    private static async Task<double> LookupsAsync(AmgaSite site, string name, int sessions, int rows, TimeSpan time)
    {
        var processor = Machine.ProcessorTime(site.ProcessId);
        var (took, calls, _, _) = await CallAsync(site, sessions, time, i => Lookup(i % rows));
        var used = Machine.ProcessorTime(site.ProcessId) - processor;
        Report.Line($"{name}: lookups, {sessions} session{(sessions == 1 ? "" : "s")} over TLS", calls / took.TotalSeconds, string.Create(CultureInfo.InvariantCulture, $"/s ({used.TotalMicroseconds / calls:0} µs of the host's processor time each)"));
        return calls / took.TotalSeconds;
    }

    /// <summary>Nine lookups, then a question, again and again.</summary>
    private static async Task<int> CrowdAsync(AmgaSite site, string name, int rows, TimeSpan time)
    {
        var (took, calls, failures, times) = await CallAsync(site, Clients, time, i => i % 10 == 9 ? Find(i) : Lookup(i % rows));
        Report.Line($"{name}: {Clients} clients at once, lookups and questions", calls / took.TotalSeconds,
            string.Create(CultureInfo.InvariantCulture, $"/s, median {times[times.Length / 2]:0.00} ms, 99th percentile {times[times.Length * 99 / 100]:0.0} ms, {failures} failures"));
        return failures;
    }

    private static async Task<(TimeSpan Took, int Calls, int Failures, double[] Times)> CallAsync(AmgaSite site, int sessions, TimeSpan time, Func<int, string[]> command)
    {
        var connections = new List<Mdm.Formats.Amga.AmgaConnection>();
        for (var i = 0; i < sessions; i++)
        {
            connections.Add(await site.ConnectAsync());
            await connections[i].ExecuteAsync(Lookup(i), default);
        }
        var (failures, times) = (0, new ConcurrentBag<List<double>>());
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(connections.Select((connection, number) => Task.Run(async () =>
        {
            var mine = new List<double>();
            for (var i = number * 7919; clock.Elapsed < time; i++)
            {
                var asked = Stopwatch.GetTimestamp();
                try
                {
                    var answer = await connection.ExecuteAsync(command(i), default);
                    if (command(i)[0] == "getattr" && answer.Count != 3)
                        Interlocked.Increment(ref failures);
                }
                catch (Exception e) when (e is Mdm.Abstractions.MdmException or Mdm.Formats.Amga.AmgaAnswerException)
                {
                    Interlocked.Increment(ref failures);
                }
                mine.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            }
            times.Add(mine);
        })));
        var took = clock.Elapsed;
        foreach (var connection in connections)
            await connection.DisposeAsync();
        double[] all = [.. times.SelectMany(mine => mine).Order()];
        return (took, all.Length, failures, all);
    }

    /// <summary>The same questions to ours, over its protocol and TLS, and to the store's own command line, which tells how long each statement took: without its start.</summary>
    private static async Task<(double Ours, double Theirs)> QuestionsAsync(string name, AmgaSite site, PostgresServer? postgres)
    {
        var peer = await AmgaPeer.OpenAsync(site.Store, postgres);
        var theirs = await peer.AskAsync(Enumerable.Range(0, Rounds + Warmup).Select(AmgaRows.Question));
        await using var connection = await site.ConnectAsync();
        var rows = new List<int>();
        var ours = await SampleAsync(Rounds, async i => rows.Add((await connection.ExecuteAsync(Find(i), default)).Count));
        if (!rows.SequenceEqual(theirs.Select(answer => answer.Rows)))
            throw new InvalidOperationException($"ours found {string.Join(' ', rows)} rows, the peer {string.Join(' ', theirs.Select(answer => answer.Rows))}");
        var (mine, other) = (Median(ours), Median([.. theirs.Skip(Warmup).Select(answer => answer.Milliseconds)]));
        Report.Line($"{name}: three predicates, {rows.Average():0} rows, by {peer.Program}", other, "ms");
        Report.Line($"{name}: three predicates, ours over TLS", mine, "ms");
        return (mine, other);
    }

    private static async Task FederatedAsync(TestGrid grid, int rowsEach, List<Action> ratios)
    {
        var sites = new List<AmgaSite>();
        var relays = new List<DelayedRelay>();
        try
        {
            for (var i = 0; i < Servers; i++)
            {
                sites.Add(await AmgaSite.StartAsync(grid, null));
                await sites[i].MakeCollectionAsync();
                await sites[i].UploadAsync(i * rowsEach, rowsEach);
                relays.Add(new DelayedRelay(sites[i].Port, Delay));
            }
            using var client = AmgaSite.ClientOf(grid);
            MetadataServer[] all = [.. relays.Select(relay => new MetadataServer("localhost", relay.Port, [AmgaSite.Collection]))];
            var single = new List<double>();
            foreach (var server in all)
                single.Add(Median(await SampleAsync(5, _ => SearchAsync(client, [server]))));
            var together = Median(await SampleAsync(5, _ => SearchAsync(client, all)));
            Report.Line($"one server, {Delay.TotalMilliseconds:0} ms away: fastest", single.Min(), "ms");
            Report.Line($"one server, {Delay.TotalMilliseconds:0} ms away: slowest", single.Max(), "ms");
            Report.Line($"{Servers} servers at once, merged and ordered", together, "ms");
            ratios.Add(() => Report.RatioAtMost($"{Servers} servers at once / the slowest of them", together / single.Max(), 1.3));
        }
        finally
        {
            foreach (var relay in relays)
                await relay.DisposeAsync();
            foreach (var site in sites)
                await site.DisposeAsync();
        }
    }

    private static async Task SearchAsync(GridMetadata client, IReadOnlyList<MetadataServer> servers)
    {
        var question = new SearchQuestion { Condition = "Modality = \"MR\" and PatientAge < 40", Attributes = ["PatientID", "StudyDate"], Order = [new OrderKey("StudyDate", true), new OrderKey("SOPInstanceUID")], Limit = 100 };
        var search = await client.SearchAsync(servers, [], question, default);
        var rows = 0;
        await foreach (var _ in search.RunAsync(default))
            rows++;
        if (rows != 100 || search.IsPartial)
            throw new InvalidOperationException($"{rows} rows, {string.Join("; ", search.Reports.Select(report => report.Reason))}");
    }

    private static async Task<double[]> SampleAsync(int rounds, Func<int, Task> act)
    {
        var times = new double[rounds];
        for (var i = 0; i < Warmup + rounds; i++)
        {
            var clock = Stopwatch.GetTimestamp();
            await act(i);
            if (i >= Warmup)
                times[i - Warmup] = Stopwatch.GetElapsedTime(clock).TotalMilliseconds;
        }
        return times;
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static string[] Lookup(int row) => ["getattr", AmgaRows.Name(row), "Modality", "StudyDate"];

    private static string[] Find(int number) => ["find", AmgaSite.Collection, Condition(number)];

    private static string Condition(int number)
    {
        var (modality, part, from, until) = AmgaRows.Question(number);
        return string.Create(CultureInfo.InvariantCulture, $"Modality = \"{modality}\" and BodyPartExamined = \"{part}\" and StudyDate >= \"{from:yyyy-MM-dd}\" and StudyDate < \"{until:yyyy-MM-dd}\"");
    }
}
