using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>Files put over our door and over nginx, curl as the client of both, the same bytes, certificate and cipher. Ours with all that SRM has around it.</summary>
internal static class PutBench
{
    private const double Least = 0.5;
    private const int Rounds = 3;
    private const string Cipher = "TLS_AES_128_GCM_SHA256";
    private const string Root = "/grid/testvo/put";

    public static async Task RunAsync(Arguments arguments)
    {
        var (length, count) = (arguments.Or("bytes", 1_000_000_000), arguments.Or("files", 200));
        using var grid = new TestGrid();
        using var home = new TemporaryDirectory();
        foreach (var folder in (string[])["www", "tree", "large", "small"])
            Directory.CreateDirectory(home[folder]);
        Generate(home["large", "0"], length);
        for (var number = 0; number < count; number++)
            Generate(home["small", number.ToString(CultureInfo.InvariantCulture)], 1_000_000);
        await using var host = await HostProcess.StartAsync(grid, configuration => Configure(configuration, home["tree"]));
        await host.PublishedAsync("put");
        var (nginx, port) = await Peers.NginxAsync(grid, home["www"], home, "dav_methods PUT; create_full_put_path on; client_max_body_size 0;");
        await using var running = nginx;
        foreach (var (name, files, bytes, least) in ((string, int, long, double?)[])[("large", 1, length, Least), ("small", count, count * 1_000_000L, null)])
        {
            var (ours, peers) = (new List<TimeSpan>(), new List<TimeSpan>());
            var sources = Enumerable.Range(0, files).Select(number => home[name, number.ToString(CultureInfo.InvariantCulture)]).ToList();
            for (var round = 0; round <= Rounds; round++)
            {
                ours.Add(await OursAsync(grid, host, home, sources, $"{name}-{round}"));
                peers.Add(await CurlAsync(grid, home, sources, [.. sources.Select((_, at) => string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}/{name}-{round}/{at}"))]));
            }
            // The first round warms both up.
            Report.Rate($"nginx, {files} files", Median(peers), files, bytes);
            Report.Rate($"ours, {files} files", Median(ours), files, bytes);
            Report.Ratio($"ours / nginx, {files} files", Median(peers) / Median(ours), least);
        }
    }

    private static async Task<TimeSpan> OursAsync(TestGrid grid, HostProcess host, TemporaryDirectory home, List<string> sources, string directory)
    {
        await CallAsync<MkdirResponse>(grid, host, home, new MkdirRequest { Surl = host.Surl($"{Root}/{directory}") });
        var surls = sources.Select((_, at) => host.Surl(string.Create(CultureInfo.InvariantCulture, $"{Root}/{directory}/{at}"))).ToList();
        var started = Stopwatch.GetTimestamp();
        var prepared = await CallAsync<PrepareToPutResponse>(grid, host, home, new PrepareToPutRequest
        {
            FileRequests = [.. surls.Zip(sources, (surl, source) => new PutFileRequest(surl, new FileInfo(source).Length))],
            TransferParameters = new TransferParameters { TransferProtocols = ["https"] },
        });
        await CurlAsync(grid, home, sources, [.. prepared.FileStatuses!.Select(file => file.TransferUrl ?? throw new InvalidOperationException(file.Status.ToString()))]);
        var done = await CallAsync<PutDoneResponse>(grid, host, home, new PutDoneRequest { RequestToken = prepared.RequestToken!, Surls = surls });
        var took = Stopwatch.GetElapsedTime(started);
        return done.ReturnStatus.StatusCode == StatusCode.Success ? took : throw new InvalidOperationException($"not done: {done.ReturnStatus}");
    }

    private static async Task<T> CallAsync<T>(TestGrid grid, HostProcess host, TemporaryDirectory home, SrmRequest request)
        where T : SrmResponse
    {
        var body = new ArrayBufferWriter<byte>();
        SoapWriter.WriteRequest(body, request);
        await File.WriteAllBytesAsync(home["call.xml"], body.WrittenMemory.ToArray());
        await DoAsync(grid, ["-H", "Content-Type: text/xml", "--data-binary", "@" + home["call.xml"], "-o", home["answer.xml"], string.Create(CultureInfo.InvariantCulture, $"https://localhost:{host.Port}/srm/managerv2")]);
        return (T)SoapReader.ReadResponse(await File.ReadAllBytesAsync(home["answer.xml"]), SoapLimits.Response);
    }

    /// <summary>One curl for all of them, on as few connections as it needs.</summary>
    private static async Task<TimeSpan> CurlAsync(TestGrid grid, TemporaryDirectory home, List<string> sources, List<string> addresses)
    {
        await File.WriteAllLinesAsync(home["uploads"], sources.Zip(addresses, (source, address) => $"upload-file = \"{source}\"\nurl = \"{address}\""));
        var started = Stopwatch.GetTimestamp();
        await DoAsync(grid, ["--config", home["uploads"]]);
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task DoAsync(TestGrid grid, string[] arguments)
    {
        var (code, output) = await ChildProcess.RunAsync(Here.Tool("curl"),
        [
            "-sSf", "--tlsv1.3", "--tls13-ciphers", Cipher, "--capath", grid.CertificateDirectory, "--cert", grid.PhysicianProxy, "--key", grid.PhysicianProxy, .. arguments,
        ], limit: TimeSpan.FromMinutes(5));
        if (code != 0)
            throw new InvalidOperationException($"curl ended with {code}: {output}");
    }

    private static void Generate(string path, long length)
    {
        using var file = File.Create(path);
        var piece = RandomNumberGenerator.GetBytes(1 << 20);
        for (long left = length; left > 0; left -= piece.Length)
            file.Write(piece, 0, (int)Math.Min(left, piece.Length));
    }

    private static void Configure(JsonObject configuration, string tree)
    {
        configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Disk", "Mdm.Plugins.Lfc");
        configuration["Archives"] = new JsonObject { ["disk"] = new JsonObject { ["Type"] = "disk", ["Options"] = new JsonObject { ["Directory"] = tree } } };
        configuration["Areas"] = new JsonObject { ["BENCH"] = new JsonObject { ["Quota"] = "1 TB" } };
        configuration["Publications"] = new JsonObject
        {
            ["put"] = new JsonObject
            {
                ["Archive"] = "disk",
                ["Root"] = Root,
                ["Content"] = "original",
                ["Delivery"] = "Clear",
                ["MaySeeIdentity"] = new JsonArray($"/{TestGrid.Vo}"),
                ["Acl"] = new JsonArray($"group:/{TestGrid.Vo}:rwx"),
                ["Put"] = new JsonObject { ["Areas"] = new JsonArray("BENCH") },
            },
        };
    }

    private static TimeSpan Median(List<TimeSpan> times) => times.Skip(1).Order().ElementAt((times.Count - 1) / 2);
}
