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
            var (installed, told) = await ChildProcess.RunAsync(Here.Built("Mdm.Cli", "mdm"), ["install-links", links], environment, Limit);
            installed.Should().Be(0, told);
            File.CreateSymbolicLink(Path.Combine(links, "mdm"), Here.Built("Mdm.Cli", "mdm"));
        }
        environment["PATH"] = $"{links}:{environment["PATH"]}";

        var (code, output) = await ChildProcess.RunAsync(Here.Tool("bash"), [Path.Combine(Here.Root, "tests", "Mdm.Interop.Tests", "scripts", script)], environment, Limit, environment["HOME"]);

        code.Should().Be(0, "{0} printed {1} and the host {2}", script, output, host.Process.Output);
        output.Should().EndWith("done\n");
    }

    public void Dispose() => _home.Dispose();

    private Dictionary<string, string?> Environment(string proxy)
    {
        var environment = host.Grid.Environment(proxy);
        environment["HOST"] = string.Create(CultureInfo.InvariantCulture, $"localhost:{host.Port}");
        // A program that is not published looks for the runtime that these tests run on.
        environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return environment;
    }
}
