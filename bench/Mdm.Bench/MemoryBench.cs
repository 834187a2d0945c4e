using System.Globalization;

namespace Mdm.Bench;

/// <summary>The host's peak resident memory while one large multi-frame object comes out of a PACS, is staged, and is delivered.</summary>
internal static class MemoryBench
{
    private const double Most = 250e6;
    private const string Cipher = "TLS_AES_128_GCM_SHA256";

    public static async Task RunAsync(Arguments arguments)
    {
        var length = arguments.Or("bytes", 1_000_000_000);
        var frames = arguments.Or("frames", 2000);
        await using var pacs = await DemoPacsProcess.StartAsync(
            "--series", "1", "--instances", "1", "--size", length.ToString(CultureInfo.InvariantCulture), "--frames", frames.ToString(CultureInfo.InvariantCulture));
        await using var site = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port);
        var file = (await site.WalkAsync()).Single();
        var host = site.Host.Process.Id;
        Report.Line("peak before", Machine.PeakMemory(host) / 1e6, "MB");
        var staged = await site.StageAsync([file]);
        Report.Rate("staged", staged, 1, length);
        Report.Line("peak after staging", Machine.PeakMemory(host) / 1e6, "MB");
        var (delivered, _) = await Peers.CurlAsync(site.Grid, await site.TurlAsync(file), Cipher);
        Report.Rate("delivered", delivered, 1, length);
        var peak = Machine.PeakMemory(host);
        Report.Line("peak after delivery", peak / 1e6, "MB");
        Report.Ratio("250 MB / peak", Most / peak, 1);
    }
}
