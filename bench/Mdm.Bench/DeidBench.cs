using System.Diagnostics;
using System.Globalization;
using Mdm.Plugins.Dicom.Deidentification;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;
using Mdm.Plugins.Dicom.Deidentification.Rules;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>
/// De-identification of CT slices of 512 KB, one after the other: ours with and without its check and pydicom from memory
/// to memory, Orthanc from its store to the answer of its REST API. Under <c>taskset -c 0</c> all of them have one core.
/// </summary>
internal static class DeidBench
{
    // Until the runtime has compiled for good what runs hot.
    private const int WarmUp = 3000;
    private const double LeastChecked = 3;
    private const double LeastUnchecked = 10;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Arguments arguments)
    {
        var instances = arguments.Or("instances", 500);
        using var objects = new TemporaryDirectory();
        var bytes = SeriesFiles.Write(objects["originals"], RealPacs.Measured, instances);
        var originals = Directory.EnumerateFiles(objects["originals"]).Select(File.ReadAllBytes).ToList();

        var plan = new DeidentificationPlan(Profile.Of(new ProfileOptions()), new Pseudonymizer(ProjectSecret.Of([.. Enumerable.Range(1, 32).Select(i => (byte)(i * 11))])));
        await using var isChecked = new Ps315Deidentifier(plan, "bench");
        await using var isUnchecked = new Ps315Deidentifier(plan, "bench", isChecked: false);
        await OursAsync(isChecked, originals, WarmUp);
        await OursAsync(isUnchecked, originals, WarmUp);

        var withCheck = await MedianAsync(() => OursAsync(isChecked, originals, instances));
        var withoutCheck = await MedianAsync(() => OursAsync(isUnchecked, originals, instances));
        var pydicom = await PydicomAsync(objects);
        var orthanc = await OrthancAsync(objects["originals"], instances);
        Report.Rate("ours, with the check", withCheck, instances, bytes);
        Report.Rate("ours, without it", withoutCheck, instances, bytes);
        Report.Rate("pydicom, a page of rules, no check", pydicom, instances, bytes);
        Report.Rate("Orthanc, /instances/{id}/anonymize", orthanc, instances, bytes);
        var faster = pydicom < orthanc ? pydicom : orthanc;
        Report.Ratio("with the check / the faster peer", faster / withCheck, LeastChecked);
        Report.Ratio("without the check / the faster peer", faster / withoutCheck, LeastUnchecked);
    }

    private static async Task<TimeSpan> OursAsync(Ps315Deidentifier deidentifier, List<byte[]> originals, int count)
    {
        var result = new MemoryStream(2 * originals[0].Length);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            result.SetLength(0);
            await deidentifier.DeidentifyAsync(new MemoryStream(originals[i % originals.Count]), result, CancellationToken.None);
        }
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task<TimeSpan> MedianAsync(Func<Task<TimeSpan>> run)
    {
        var times = new List<TimeSpan>();
        for (var round = 0; round < 5; round++)
            times.Add(await run());
        return times.Order().ElementAt(2);
    }

    private static async Task<TimeSpan> PydicomAsync(TemporaryDirectory objects)
    {
        var output = await ScriptAsync("deid_pydicom.py", objects["originals"]);
        return Seconds(output.Split('\n')[0]);
    }

    private static async Task<TimeSpan> OrthancAsync(string folder, int instances)
    {
        await using var orthanc = await Orthanc.StartAsync("MDM", Here.FreePort());
        await orthanc.UploadAsync(folder);
        var told = (await ScriptAsync("deid_orthanc.py", orthanc.HttpPort.ToString(CultureInfo.InvariantCulture))).Split('\n')[0].Split(' ');
        return int.Parse(told[1], CultureInfo.InvariantCulture) == instances ? Seconds(told[0]) : throw new InvalidOperationException($"Orthanc holds {told[1]} of {instances} instances");
    }

    private static async Task<string> ScriptAsync(string name, params string[] arguments)
    {
        var (code, output) = await ChildProcess.RunAsync("/usr/bin/python3", ["-W", "ignore", Path.Combine(Here.Root, "bench", name), .. arguments], limit: Limit);
        return code == 0 ? output : throw new InvalidOperationException($"{name} ended with {code}: {output}");
    }

    private static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture));
}
