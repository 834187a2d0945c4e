using System.Globalization;
using System.Runtime.InteropServices;
using Mdm.Bench;
using Mdm.TestKit;

var benches = new Dictionary<string, Func<Arguments, Task>>
{
    ["cget"] = CgetBench.RunAsync,
    ["https-get"] = HttpsGetBench.RunAsync,
    ["put"] = PutBench.RunAsync,
    ["srmls"] = SrmLsBench.RunAsync,
    ["copy"] = CopyBench.RunAsync,
    ["memory"] = MemoryBench.RunAsync,
    ["publish"] = PublishBench.RunAsync,
    ["catalog"] = CatalogBench.RunAsync,
    ["catalog-curve"] = CatalogBench.CurveAsync,
    ["stores"] = StoresBench.RunAsync,
    ["hosts"] = HostsBench.RunAsync,
    ["seal"] = SealBench.RunAsync,
    ["keys"] = KeysBench.RunAsync,
    ["amga"] = AmgaBench.RunAsync,
    ["amga-curve"] = AmgaBench.CurveAsync,
    ["deid"] = DeidBench.RunAsync,
    ["native"] = NativeBench.RunAsync,
    ["stay"] = StayBench.RunAsync,
};
if (args.Length == 0 || !benches.TryGetValue(args[0], out var bench))
{
    Console.Error.WriteLine($"bench/run NAME [--option N]...   NAME: {string.Join(' ', benches.Keys)}");
    return 2;
}
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"# {string.Join(' ', args)}: {Environment.ProcessorCount} processors, load {Machine.Load()}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC"));
void End(PosixSignalContext signal) => Machine.EndChildren();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
TemporaryDirectory.KeepAll();
try
{
    await bench(Arguments.Parse(args[1..]));
    return 0;
}
finally
{
    TemporaryDirectory.RemoveKept();
}
