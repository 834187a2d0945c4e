using System.Globalization;

namespace Mdm.Bench;

/// <summary>A site that stays up for a while, so that a profiler or a client can be put to it by hand.</summary>
internal static class StayBench
{
    public static async Task RunAsync(Arguments arguments)
    {
        var instances = arguments.Or("instances", 500);
        // --only 1 (Orthanc) or 2 (dcmqrscp) instead of the simulated PACS.
        if (arguments.Or("only", 0) is > 0 and var only)
        {
            await using var filled = await RealPacs.StartAsync(RealPacs.Names[only - 1], instances, instances);
            await StayAsync(filled.Process.AeTitle, filled.Process.Port, arguments);
        }
        else
        {
            await using var pacs = await DemoPacsProcess.StartAsync("--series", "2", "--instances", instances.ToString(CultureInfo.InvariantCulture));
            await StayAsync(DemoPacsProcess.AeTitle, pacs.Port, arguments);
        }
    }

    private static async Task StayAsync(string aeTitle, int port, Arguments arguments)
    {
        await using var site = await Site.StartAsync(aeTitle, port);
        foreach (var (name, value) in site.Grid.Environment(site.Grid.PhysicianProxy))
            Console.WriteLine($"export {name}='{value}'");
        foreach (var study in await site.ListAsync(site.At(Site.Root)))
        {
            foreach (var series in await site.ListAsync(study))
                Console.WriteLine($"export SERIES{series.Name[^1]}='{series}'");
        }
        Console.WriteLine($"export MDM_ENDPOINT='{site.Host.Surl("")}' PACS_PORT={port.ToString(CultureInfo.InvariantCulture)} HOST_PID={site.Host.Process.Id.ToString(CultureInfo.InvariantCulture)}");
        Console.WriteLine("READY");
        await Task.Delay(TimeSpan.FromSeconds(arguments.Or("seconds", 120)));
    }
}
