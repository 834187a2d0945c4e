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
        // The host's own first scan makes the entries; the one that was asked for meanwhile follows it and finds them there.
        var runs = site.Host.Process.Output.Split('\n').Where(line => line.Contains("Publication bench complete in ", StringComparison.Ordinal)).ToList();
        runs.ForEach(run => Console.WriteLine("# " + run[run.IndexOf("Publication", StringComparison.Ordinal)..]));
        Report.Line("rate of the first scan, all new", count / Seconds(runs[0]), "instances/s");
        if (runs.Count > 1)
            Report.Line("rate of both, one after the other", 2 * count / site.Published.TotalSeconds, "instances/s");
        Report.Line("processor time of the host", Machine.ProcessorTime(site.Host.Process.Id).TotalSeconds, "s");
        Report.Line("peak memory of the host", peak / 1e6, "MB");
        Report.Ratio("250 MB / peak", Most / peak, 1);
    }

    private static double Seconds(string run) => double.Parse(run.Split("complete in ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
}
