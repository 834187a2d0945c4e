using System.Diagnostics;
using Mdm.Abstractions;
using Mdm.Srm.Messages;

namespace Mdm.Bench;

/// <summary>srmLs of one file: on one kept-alive connection, on a new connection each, and by many clients at once. The client shares the processors.</summary>
internal static class SrmLsBench
{
    private const double LeastKeptAlive = 2000;
    private const double LeastNew = 100;
    private const int Clients = 256;
    private const int CallsPerClient = 5;
    private const int NewAtOnce = 2;

    public static async Task RunAsync(Arguments arguments)
    {
        var span = TimeSpan.FromSeconds(arguments.Or("seconds", 3));
        await using var pacs = await DemoPacsProcess.StartAsync("--series", "1", "--instances", "10", "--size", "1000");
        await using var site = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port);
        using var raw = new RawSrm(site.Grid, site.Host.Port);
        var request = raw.Compose(new LsRequest { Surls = [(await site.WalkAsync())[0].ToString()], FullDetailedList = true, NumOfLevels = 0 });

        await KeptAliveAsync(raw, request, TimeSpan.FromSeconds(2));
        var keptAlive = await KeptAliveAsync(raw, request, span);
        Report.Line("srmLs on one kept-alive connection", keptAlive, "calls/s");
        await NewAsync(raw, request, TimeSpan.FromSeconds(1));
        var fresh = await NewAsync(raw, request, span);
        Report.Line($"srmLs, a new connection each, {NewAtOnce} at a time", fresh, "calls/s");
        var started = Stopwatch.GetTimestamp();
        var failures = await ManyAsync(raw, request);
        Report.Line($"{Clients} clients at once, {CallsPerClient} calls each", Stopwatch.GetElapsedTime(started).TotalSeconds, $"s, {failures} failures");
        Report.Ratio("kept alive / 2,000 a second", keptAlive / LeastKeptAlive, 1);
        Report.Ratio("new connections / 100 a second", fresh / LeastNew, 1);
        Report.Ratio($"calls without failure at {Clients} clients", 1 - (double)failures / (Clients * CallsPerClient), 1);
    }

    private static async Task<double> KeptAliveAsync(RawSrm raw, byte[] request, TimeSpan span)
    {
        await using var session = await raw.ConnectAsync();
        var started = Stopwatch.GetTimestamp();
        var calls = 0;
        for (; Stopwatch.GetElapsedTime(started) < span; calls++)
        {
            if (!await FoundAsync(session, request))
                throw new InvalidOperationException("srmLs failed");
        }
        return calls / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> NewAsync(RawSrm raw, byte[] request, TimeSpan span)
    {
        var started = Stopwatch.GetTimestamp();
        var calls = await Task.WhenAll(Enumerable.Range(0, NewAtOnce).Select(async _ =>
        {
                var own = 0;
            for (; Stopwatch.GetElapsedTime(started) < span; own++)
            {
                await using var session = await raw.ConnectAsync();
                if (!await FoundAsync(session, request))
                    throw new InvalidOperationException("srmLs failed");
            }
            return own;
        }));
        return calls.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<int> ManyAsync(RawSrm raw, byte[] request)
    {
        var failures = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
                var done = 0;
            try
            {
                await using var session = await raw.ConnectAsync();
                while (done < CallsPerClient && await FoundAsync(session, request))
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

    /// <summary>True when the file's entry came back whole.</summary>
    private static async Task<bool> FoundAsync(RawSession session, byte[] request)
    {
        var answer = await session.CallAsync(request);
        return answer.Span.IndexOf("SRM_SUCCESS"u8) > 0 && answer.Span.IndexOf("<pathDetailArray>"u8) > 0;
    }
}
