using System.Globalization;
using System.Runtime.InteropServices;

namespace Mdm.Interop.Tests;

/// <summary>Shell scripts as users of the original system wrote them, run with our links on their PATH.</summary>
internal sealed class HabitScripts(HostProcess host) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);
    private readonly TemporaryDirectory _home = new();

    /// <summary>Runs a script of the folder <c>scripts</c>; it ends with 0 when all that it wants is so.</summary>
    public async Task RunAsync(string script, string proxy, IReadOnlyDictionary<string, string?>? variables = null)
    {
        var environment = Environment(proxy);
        foreach (var (name, value) in variables ?? new Dictionary<string, string?>())
            environment[name] = value;
        var links = _home["bin"];
        if (!Directory.Exists(links))
        {
            var (installed, told) = await ChildProcess.RunAsync(Program, ["install-links", links], environment, Limit);
            installed.Should().Be(0, told);
            File.CreateSymbolicLink(Path.Combine(links, "mdm"), Program);
        }
        environment["PATH"] = $"{links}:{environment["PATH"]}";

        var (code, output) = await ChildProcess.RunAsync(Here.Tool("bash"), [Path.Combine(Here.Root, "tests", "Mdm.Interop.Tests", "scripts", script)], environment, Limit, environment["HOME"]);

        code.Should().Be(0, "{0} printed {1} and the host {2}", script, output, host.Process.Output);
        output.Should().EndWith("done\n");
    }

    public void Dispose() => _home.Dispose();

    /// <summary>What was compiled ahead of time, where it is of this build: it starts at once, and scripts start many. Otherwise what was built.</summary>
    private static string Program
    {
        get
        {
            var (built, native) = (Here.Built("Mdm.Cli", "mdm"), Path.Combine(Here.Root, "artifacts", "native", "lib", "mdm", "mdm"));
            return File.Exists(native) && File.GetLastWriteTimeUtc(native) > File.GetLastWriteTimeUtc(built) ? native : built;
        }
    }

    private Dictionary<string, string?> Environment(string proxy)
    {
        var environment = host.Grid.Environment(proxy);
        environment["HOST"] = string.Create(CultureInfo.InvariantCulture, $"localhost:{host.Port}");
        // A program that is not published looks for the runtime that these tests run on.
        environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return environment;
    }
}
