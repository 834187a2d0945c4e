using System.Diagnostics;
using System.Globalization;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>
/// What a job on a worker node waits for: one small file and a whole series, by mdm (compiled ahead of time, and on the runtime), by the C++ interface and by gfal-copy, the files staged already;
/// and how much of it is starting.
/// </summary>
internal static class NativeBench
{
    private const int Rounds = 15;
    private const int SeriesRounds = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Arguments arguments)
    {
        var (instances, bytes) = (arguments.Or("instances", 1000), arguments.Or("bytes", 128 * 1024));
        using var folder = new TemporaryDirectory();
        var prefix = Path.Combine(Here.Root, "artifacts", "native");
        await DoAsync("bash", [Path.Combine(Here.Root, "eng", "native"), "--built", prefix], null);
        await DoAsync("g++", ["-std=c++17", "-O2", "-pthread", $"-I{prefix}/include", Path.Combine(Here.Root, "bench", "native_fetch.cpp"), $"-L{prefix}/lib", "-lmdm", $"-Wl,-rpath,{prefix}/lib", "-o", folder["fetch"]], null);
        await using var pacs = await DemoPacsProcess.StartAsync("--series", "1", "--instances", Text(instances), "--size", Text(bytes));
        await using var site = await Site.StartAsync(DemoPacsProcess.AeTitle, pacs.Port);
        var files = await site.WalkAsync();
        await site.StageAsync(files);
        var (file, series) = (files[0].ToString(), files[0].ToString()[..files[0].ToString().LastIndexOf('/')]);
        var environment = site.Grid.Environment(site.Grid.PhysicianProxy);
        var runtime = new Dictionary<string, string?>(environment) { ["DOTNET_CLI_HOME"] = environment["HOME"], ["PATH"] = Environment.GetEnvironmentVariable("PATH") };
        var mdm = Path.Combine(prefix, "bin", "mdm");
        (string Name, string Program, string[] First, Dictionary<string, string?> Environment)[] clients =
        [
            ("mdm, compiled ahead of time", mdm, [], environment),
            ("mdm, on the runtime", "dotnet", [Here.Built("Mdm.Cli", "mdm.dll")], runtime),
        ];

        // Starting, and nothing else.
        var starts = new Dictionary<string, TimeSpan>();
        foreach (var (name, program, first, variables) in clients)
            starts[name] = await MedianAsync(Rounds, _ => DoAsync(program, [.. first, "--version"], variables));
        starts["C++"] = await MedianAsync(Rounds, _ => DoAsync(folder["fetch"], ["nothing"], environment));
        starts["gfal-copy"] = await MedianAsync(Rounds, _ => DoAsync(Here.Tool("gfal-copy"), ["--version"], environment));

        // One small file, the whole command; the round before the first counted one warms everybody up.
        var ones = new Dictionary<string, TimeSpan>();
        foreach (var (name, program, first, variables) in clients)
            ones[name] = await MedianAsync(Rounds, round => DoAsync(program, [.. first, "get", file, folder[$"{program.Length}-{round}"]], variables));
        ones["C++"] = await MedianAsync(Rounds, _ => DoAsync(folder["fetch"], ["one", file, "1"], environment));
        ones["gfal-copy"] = await MedianAsync(Rounds, round => DoAsync(Here.Tool("gfal-copy"), ["-D", "BDII:ENABLED=false", file, "file://" + folder[$"gfal-{round}"]], environment));
        var kept = await DoAsync(folder["fetch"], ["one", file, Text(4 * Rounds)], environment);
        foreach (var (name, took) in ones)
        {
            Report.Line($"{bytes} bytes: {name}, whole command", took.TotalMilliseconds, "ms");
            Report.Line($"{bytes} bytes: {name}, of it starting", starts[name].TotalMilliseconds, "ms");
        }
        var again = TimeSpan.FromSeconds(double.Parse(kept.Split("median ")[1], CultureInfo.InvariantCulture));
        Report.Line($"{bytes} bytes: C++, in a session that is open", again.TotalMilliseconds, "ms");

        // A series.
        var total = (long)instances * bytes;
        var whole = new Dictionary<string, TimeSpan>();
        foreach (var (name, program, first, variables) in clients)
            whole[name] = await MedianAsync(SeriesRounds, round => DoAsync(program, [.. first, "get", "-r", series, folder[$"series-{program.Length}-{round}"]], variables));
        whole["C++, into memory"] = await MedianAsync(SeriesRounds, _ => DoAsync(folder["fetch"], ["series", series], environment));
        whole["gfal-copy -r"] = await MedianAsync(SeriesRounds, round => DoAsync(Here.Tool("gfal-copy"), ["-D", "BDII:ENABLED=false", "-r", series, "file://" + folder[$"series-gfal-{round}"]], environment));
        foreach (var (name, took) in whole)
            Report.Rate($"series: {name}", took, instances, total);
        Report.Ratio("one file: gfal-copy / mdm", ones["gfal-copy"] / ones[clients[0].Name], 1);
        Report.Ratio("one file: gfal-copy / C++", ones["gfal-copy"] / ones["C++"], 1);
        Report.Ratio("series: gfal-copy -r / mdm get -r", whole["gfal-copy -r"] / whole[clients[0].Name], 1);
        Report.Ratio("series: gfal-copy -r / C++", whole["gfal-copy -r"] / whole["C++, into memory"], 1);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task<TimeSpan> MedianAsync(int rounds, Func<int, Task> work)
    {
        var times = new List<TimeSpan>();
        for (var round = 0; round <= rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            await work(round);
            times.Add(Stopwatch.GetElapsedTime(started));
        }
        // The first warms up.
        return times.Skip(1).Order().ElementAt(rounds / 2);
    }

    private static async Task<string> DoAsync(string program, string[] arguments, Dictionary<string, string?>? environment)
    {
        var (code, output) = await ChildProcess.RunAsync(program, arguments, environment, Limit);
        return code == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {code}: {output}");
    }
}
