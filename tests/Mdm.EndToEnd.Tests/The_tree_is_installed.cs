using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Mdm.EndToEnd.Tests;

/// <summary>Host, command line and plugins as a package lays them out, with the runtime alone: no source, no SDK, nothing of the environment.</summary>
public sealed class The_tree_is_installed : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private readonly TestGrid _grid = new();
    private readonly TemporaryDirectory _place = new();

    public void Dispose()
    {
        _place.Dispose();
        _grid.Dispose();
    }

    [SkippableFact]
    public async Task It_starts_tells_the_service_manager_that_it_serves_and_lives_and_takes_orders()
    {
        var tree = await InstallAsync();
        var state = Directory.CreateDirectory(_place["state"]).FullName;
        var configuration = new JsonObject
        {
            ["Plugins"] = new JsonObject { ["Load"] = new JsonArray("Mdm.Plugins.Lfc", "Mdm.Plugins.Dicom", "Mdm.Plugins.Hydra") },
            ["Door"] = new JsonObject
            {
                ["HostName"] = "localhost", ["Port"] = Here.FreePort(), ["HostCertificateFile"] = _grid.HostCertificate, ["HostKeyFile"] = _grid.HostKey,
                ["CertificateDirectory"] = _grid.CertificateDirectory, ["VomsDirectory"] = _grid.VomsDirectory,
            },
            ["State"] = new JsonObject { ["Directory"] = state },
            ["Staging"] = new JsonObject { ["Directory"] = _place["pool"] },
            ["Catalog"] = new JsonObject { ["Type"] = "lfc", ["Options"] = new JsonObject { ["Store"] = "sqlite:" + Path.Combine(state, "lfc.db") } },
        };
        await File.WriteAllTextAsync(_place["mdm.json"], configuration.ToJsonString());
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(_place["notify"]));
        await using var host = ChildProcess.Start("env",
            ["-i", $"DOTNET_ROOT={Runtime}", "PATH=/usr/bin:/bin", $"NOTIFY_SOCKET={_place["notify"]}", "WATCHDOG_USEC=400000", $"{tree}/usr/bin/mdm-host", "--config", _place["mdm.json"]], workingDirectory: "/");

        (await HeardAsync(manager, host)).Should().Be("READY=1", host.Output);
        (await HeardAsync(manager, host)).Should().Be("WATCHDOG=1");
        (await HeardAsync(manager, host)).Should().Be("WATCHDOG=1", "it lives on");
        var (code, told) = await ChildProcess.RunAsync("env", ["-i", $"DOTNET_ROOT={Runtime}", "PATH=/usr/bin:/bin", $"{tree}/usr/bin/mdm", "admin", "bans", "--json", "--socket", Path.Combine(state, "admin.sock")], limit: Limit, workingDirectory: "/");
        code.Should().Be(0, told);
        host.Signal("TERM");
        string heard;
        while ((heard = await HeardAsync(manager, host)) == "WATCHDOG=1")
        {
            // It lives until it ends.
        }
        heard.Should().Be("STOPPING=1");
        (await host.ExitAsync(Limit)).Should().Be(0, host.Output);
    }

    [SkippableFact]
    public async Task Its_sample_configuration_lacks_only_what_a_site_has_and_its_unit_is_one_that_systemd_takes()
    {
        var tree = await InstallAsync();

        var (_, told) = await ChildProcess.RunAsync("env", ["-i", $"DOTNET_ROOT={Runtime}", $"{tree}/usr/bin/mdm-host", "--check", "--config", $"{tree}/etc/mdm/mdm.json"], limit: Limit, workingDirectory: "/");

        // Its certificates and its secrets; of keys, types and names nothing is wrong.
        told.Should().Contain("Door: ").And.Contain("Deidentifiers:basic").And.NotContain("is not known").And.NotContain("is missing").And.NotContain("no loaded plugin");

        var analyze = Here.Tool("systemd-analyze");
        // The programs it names are looked for where they will be.
        var unit = Path.Combine(tree, "usr/lib/systemd/system/mdm-host.service");
        await File.WriteAllTextAsync(unit, (await File.ReadAllTextAsync(unit)).Replace("/usr/bin/mdm-host", $"{tree}/usr/bin/mdm-host", StringComparison.Ordinal));

        var (code, verified) = await ChildProcess.RunAsync(analyze, ["verify", "--man=no", "--recursive-errors=no", unit], limit: Limit);

        Skip.If(verified.Contains("Failed to initialize manager", StringComparison.Ordinal), "systemd-analyze cannot run here: " + verified.Trim());
        verified.Should().NotContain("Unknown").And.NotContain("Failed to parse").And.NotContain("not executable");
        code.Should().Be(0, verified);
    }

    private static string Runtime => Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } set ? set : Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    private async Task<string> InstallAsync()
    {
        Skip.If(Here.Configuration != "Release", "what is installed is the Release build");
        var tree = _place["tree"];
        var (code, told) = await ChildProcess.RunAsync("bash", [Path.Combine(Here.Root, "eng", "install-tree"), "--no-build", tree], limit: Limit);
        code.Should().Be(0, told);
        return tree;
    }

    private static async Task<string> HeardAsync(Socket manager, ChildProcess host)
    {
        using var limit = new CancellationTokenSource(Limit);
        var buffer = new byte[64];
        var heard = manager.ReceiveAsync(buffer, limit.Token).AsTask();
        while (await Task.WhenAny(heard, Task.Delay(TimeSpan.FromMilliseconds(200), CancellationToken.None)) != heard)
            (host.HasExited && manager.Available == 0 && !heard.IsCompleted).Should().BeFalse(string.Create(CultureInfo.InvariantCulture, $"the host printed {host.Output}"));
        return Encoding.ASCII.GetString(buffer, 0, await heard);
    }
}
