using System.Diagnostics;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>
/// Orthanc or dcmqrscp, filled with the measured series and another one that warms everything up. The files it was filled from stay until the end: ext4 passes over inodes that were
/// freed in the last minutes one by one for each file that is made, which would be measured too.
/// </summary>
internal sealed class RealPacs(PacsProcess pacs, long bytes, TemporaryDirectory objects) : IAsyncDisposable
{
    public const int Measured = 1;
    public const int WarmUp = 2;

    /// <summary>A fifth as large, to be asked for in small requests.</summary>
    public const int Settling = 3;

    /// <summary>What part of the measured series it is as large as.</summary>
    public const int Settlings = 5;

    public static readonly string[] Names = ["Orthanc", "dcmqrscp"];

    public PacsProcess Process => pacs;

    /// <summary>Of the measured series.</summary>
    public long Bytes => bytes;

    public static async Task<RealPacs> StartAsync(string name, int instances, int warmUp)
    {
        var objects = new TemporaryDirectory();
        var bytes = SeriesFiles.Write(objects["measured"], Measured, instances);
        SeriesFiles.Write(objects["warm-up"], WarmUp, warmUp);
        SeriesFiles.Write(objects["settling"], Settling, Math.Max(1, warmUp / Settlings));
        PacsProcess pacs = name == "Orthanc" ? await Orthanc.StartAsync("MDM", Here.FreePort()) : await Dcmqrscp.StartAsync("MDM", Here.FreePort());
        var started = Stopwatch.GetTimestamp();
        await pacs.SendAsync(objects.Path);
        Console.WriteLine($"# {name} filled in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        return new RealPacs(pacs, bytes, objects);
    }

    public async ValueTask DisposeAsync()
    {
        await pacs.DisposeAsync();
        objects.Dispose();
    }
}
