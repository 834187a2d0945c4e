using System.Diagnostics;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>Orthanc and dcmqrscp, filled with the measured series and another one that warms everything up.</summary>
internal static class RealPacs
{
    public const int Measured = 1;
    public const int WarmUp = 2;

    public static readonly string[] Names = ["Orthanc", "dcmqrscp"];

    public static async Task<(PacsProcess Pacs, long Bytes)> StartAsync(string name, int instances, int warmUp)
    {
        using var objects = new TemporaryDirectory();
        var bytes = SeriesFiles.Write(objects["measured"], Measured, instances);
        SeriesFiles.Write(objects["warm-up"], WarmUp, warmUp);
        PacsProcess pacs = name == "Orthanc" ? await Orthanc.StartAsync("MDM", Here.FreePort()) : await Dcmqrscp.StartAsync("MDM", Here.FreePort());
        var started = Stopwatch.GetTimestamp();
        await pacs.SendAsync(objects.Path);
        Console.WriteLine($"# {name} filled in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        return (pacs, bytes);
    }
}
