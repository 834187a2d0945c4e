using System.Globalization;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>One large file over our door and over nginx, curl as the client of both, the same bytes, certificate and cipher.</summary>
internal static class HttpsGetBench
{
    private const double Least = 0.7;
    private const int Rounds = 5;
    private const string Cipher = "TLS_AES_128_GCM_SHA256";

    public static async Task RunAsync(Arguments arguments)
    {
        var length = arguments.Or("bytes", 500_000_000);
        await using var pacs = await DemoPacsProcess.StartAsync("--series", "1", "--instances", "1", "--size", length.ToString(CultureInfo.InvariantCulture));
        await using var site = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port);
        var file = (await site.WalkAsync()).Single();
        await site.StageAsync([file]);
        var turl = await site.TurlAsync(file);
        var staged = Directory.GetFiles(site.Host.Pool, "*", SearchOption.AllDirectories).MaxBy(path => new FileInfo(path).Length)!;
        using var home = new TemporaryDirectory();
        Directory.CreateDirectory(home["www"]);
        File.Copy(staged, home["www", "file"]);
        var bytes = new FileInfo(staged).Length;
        var (nginx, port) = await Peers.NginxAsync(site.Grid, home["www"], home);
        await using var running = nginx;
        var theirs = string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}/file");

        var (ours, peers) = (new List<TimeSpan>(), new List<TimeSpan>());
        var agreed = "";
        await Peers.CurlAsync(site.Grid, turl, Cipher);
        await Peers.CurlAsync(site.Grid, theirs, Cipher);
        for (var round = 0; round < Rounds; round++)
        {
            var (took, cipher) = await Peers.CurlAsync(site.Grid, turl, Cipher);
            ours.Add(took);
            var (peer, peersCipher) = await Peers.CurlAsync(site.Grid, theirs, Cipher);
            peers.Add(peer);
            agreed = cipher == peersCipher ? cipher : $"{cipher} and {peersCipher}";
        }
        Console.WriteLine($"# cipher: {agreed}; median of {Rounds}, alternating");
        Report.Rate("nginx", Median(peers), 1, bytes);
        Report.Rate("ours", Median(ours), 1, bytes);
        Report.Ratio("ours / nginx", Median(peers) / Median(ours), Least);
    }

    private static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);
}
