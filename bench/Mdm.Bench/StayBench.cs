using System.Globalization;

namespace Mdm.Bench;

/// <summary>A site with a simulated PACS that stays up for a while, so that a profiler or a client can be put to it by hand.</summary>
internal static class StayBench
{
    public static async Task RunAsync(Arguments arguments)
    {
        await using var pacs = await DemoPacsProcess.StartAsync("--series", "2", "--instances", arguments.Or("instances", 500).ToString(CultureInfo.InvariantCulture));
        await using var site = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port);
        foreach (var (name, value) in site.Grid.Environment(site.Grid.PhysicianProxy))
            Console.WriteLine($"export {name}='{value}'");
        foreach (var study in await site.ListAsync(site.At(Site.Root)))
        {
            foreach (var series in await site.ListAsync(study))
                Console.WriteLine($"export SERIES{series.Name[^1]}='{series}'");
        }
        Console.WriteLine($"export MDM_ENDPOINT='{site.Host.Surl("")}' HOST_PID={site.Host.Process.Id.ToString(CultureInfo.InvariantCulture)}");
        Console.WriteLine("READY");
        await Task.Delay(TimeSpan.FromSeconds(arguments.Or("seconds", 120)));
    }
}
