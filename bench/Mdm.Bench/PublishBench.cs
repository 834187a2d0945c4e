using System.Globalization;

namespace Mdm.Bench;

/// <summary>An archive that exists only as a listing becomes a catalogue: how many entries a second, and how much memory.</summary>
internal static class PublishBench
{
    // Of no requirement: what a host of a small virtual machine has, so that growth with the archive shows.
    private const double Most = 250e6;

    public static async Task RunAsync(Arguments arguments)
    {
        var count = arguments.Or("count", 100_000);
        await using var pacs = await DemoPacsProcess.StartAsync("--count", count.ToString(CultureInfo.InvariantCulture));
        await using var site = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port);
        var peak = Machine.PeakMemory(site.Host.Process.Id);
        Console.WriteLine($"# {site.Progress}");
        Report.Line($"{count} instances published", site.Published.TotalSeconds, "s");
        Report.Line("rate", count / site.Published.TotalSeconds, "instances/s");
        Report.Line("processor time of the host", Machine.ProcessorTime(site.Host.Process.Id).TotalSeconds, "s");
        Report.Line("peak memory of the host", peak / 1e6, "MB");
        Report.Ratio("250 MB / peak", Most / peak, 1);
    }
}
