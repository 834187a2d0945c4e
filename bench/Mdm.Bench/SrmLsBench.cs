using System.Diagnostics;
using Mdm.Abstractions;

namespace Mdm.Bench;

/// <summary>srmLs of one file: on one kept-alive connection, on a new connection each, and by many clients at once. The client shares the processors.</summary>
internal static class SrmLsBench
{
    private const double LeastKeptAlive = 2000;
    private const double LeastNew = 100;
    private const int Clients = 256;
    private const int CallsPerClient = 5;
    private const int NewAtOnce = 2;
    private const int AnswerLength = 64 * 1024;

    public static async Task RunAsync(Arguments arguments)
    {
        var span = TimeSpan.FromSeconds(arguments.Or("seconds", 3));
        await using var pacs = await DemoPacsProcess.StartAsync("--series", "1", "--instances", "10", "--size", "1000");
        await using var site = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port);
        using var raw = new RawSrm(site.Grid, site.Host.Port, (await site.WalkAsync())[0].ToString());

        await KeptAliveAsync(raw, TimeSpan.FromSeconds(2));
        var keptAlive = await KeptAliveAsync(raw, span);
        Report.Line("srmLs on one kept-alive connection", keptAlive, "calls/s");
        await NewAsync(raw, TimeSpan.FromSeconds(1));
        var fresh = await NewAsync(raw, span);
        Report.Line($"srmLs, a new connection each, {NewAtOnce} at a time", fresh, "calls/s");
        var started = Stopwatch.GetTimestamp();
        var failures = await ManyAsync(raw);
        Report.Line($"{Clients} clients at once, {CallsPerClient} calls each", Stopwatch.GetElapsedTime(started).TotalSeconds, $"s, {failures} failures");
        Report.Ratio("kept alive / 2,000 a second", keptAlive / LeastKeptAlive, 1);
        Report.Ratio("new connections / 100 a second", fresh / LeastNew, 1);
        Report.Ratio($"calls without failure at {Clients} clients", 1 - (double)failures / (Clients * CallsPerClient), 1);
    }

    private static async Task<double> KeptAliveAsync(RawSrm raw, TimeSpan span)
    {
        await using var stream = await raw.ConnectAsync();
        var buffer = new byte[AnswerLength];
        var started = Stopwatch.GetTimestamp();
        var calls = 0;
        for (; Stopwatch.GetElapsedTime(started) < span; calls++)
        {
            if (!await raw.CallAsync(stream, buffer))
                throw new InvalidOperationException("srmLs failed");
        }
        return calls / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> NewAsync(RawSrm raw, TimeSpan span)
    {
        var started = Stopwatch.GetTimestamp();
        var calls = await Task.WhenAll(Enumerable.Range(0, NewAtOnce).Select(async _ =>
        {
            var buffer = new byte[AnswerLength];
            var own = 0;
            for (; Stopwatch.GetElapsedTime(started) < span; own++)
            {
                await using var stream = await raw.ConnectAsync();
                if (!await raw.CallAsync(stream, buffer))
                    throw new InvalidOperationException("srmLs failed");
            }
            return own;
        }));
        return calls.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<int> ManyAsync(RawSrm raw)
    {
        var failures = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            var buffer = new byte[AnswerLength];
            var done = 0;
            try
            {
                await using var stream = await raw.ConnectAsync();
                while (done < CallsPerClient && await raw.CallAsync(stream, buffer))
                    done++;
            }
            catch (Exception e) when (e is MdmException or IOException)
            {
                Console.WriteLine($"# {e.Message}");
            }
            return CallsPerClient - done;
        }));
        return failures.Sum();
    }
}
