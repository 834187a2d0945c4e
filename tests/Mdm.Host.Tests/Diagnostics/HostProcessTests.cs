using System.Net;
using System.Net.Sockets;
using System.Text;
using Mdm.Host.Tests.Plugins;
using Mdm.TestKit;

namespace Mdm.Host.Tests.Diagnostics;

/// <summary>The real program, started and asked.</summary>
public sealed class HostProcessTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly PluginFolder _plugins = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _plugins.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Tells_its_version()
    {
        var (exitCode, output) = await RunAsync("--version");

        exitCode.Should().Be(0);
        output.Should().StartWith("mdm-host 0.");
    }

    [Fact]
    public async Task Does_not_guess_at_a_command_line()
    {
        var (exitCode, output) = await RunAsync("--chekc");

        exitCode.Should().Be(2);
        output.Should().Contain("--chekc").And.Contain("Usage:");
    }

    [Fact]
    public async Task Refuses_to_start_with_a_bad_plugin_and_tells_every_fault_at_once()
    {
        _plugins.Copy("Mdm.TestPlugins.NoAttribute");

        var (exitCode, output) = await RunAsync("--config", Configuration("""{ "Plugins": { "Path": "PLUGINS", "Load": [ "Mdm.TestPlugins.NoAttribute" ] }, "Diagnostics": { "Port": "soon" } }"""));

        exitCode.Should().Be(78);
        output.Should().Contain("MDM1015").And.Contain("Diagnostics:Port");
    }

    [Fact]
    public async Task Lists_plugins_that_are_there_whether_configured_or_not()
    {
        _plugins.Copy(PluginFolder.Good);
        _plugins.Copy("Mdm.TestPlugins.ThrowsInRegister");

        var (exitCode, output) = await RunAsync("--list-plugins", $"--Plugins:Path={_plugins.Path}");

        exitCode.Should().Be(1, "one of them is bad");
        output.Should().Contain("Archive 'empty'").And.Contain("MDM1018");
    }

    [Fact]
    public async Task Checks_by_loading_binding_and_probing()
    {
        _plugins.Copy(PluginFolder.Good);

        var sound = await RunAsync("--check", "--config", Archive("""{ "Greeting": "hello" }"""));
        var silent = await RunAsync("--check", "--config", Archive("""{ "Greeting": "silent" }"""));
        var unknown = await RunAsync("--check", "--config", Archive("""{ "Greting": "hello" }"""));

        sound.ExitCode.Should().Be(0, sound.Output);
        sound.Output.Should().Contain("Archives:radiology: ok, hello from radiology, release 2");
        silent.ExitCode.Should().Be(1);
        silent.Output.Should().Contain("Archives:radiology: nobody answers");
        unknown.ExitCode.Should().Be(1);
        unknown.Output.Should().Contain("Archives:radiology:Options:Greting: is not known. Did you mean 'Greeting'?").And.Contain("Archives:radiology:Options:Greeting: is missing.");
    }

    [Fact]
    public async Task Checks_whether_an_archive_that_files_are_put_into_takes_any()
    {
        _plugins.Copy(PluginFolder.Good);

        var (exitCode, output) = await RunAsync("--check", "--config", Configuration(
            """
            {
              "Plugins": { "Path": "PLUGINS", "Load": [ "Mdm.TestPlugins.Good" ] }, "Diagnostics": { "Port": 0 },
              "Archives": { "radiology": { "Type": "empty", "Options": { "Greeting": "hello" } } },
              "Publications": { "scratch": { "Archive": "radiology", "Root": "/grid/vo/scratch", "Content": "original", "MaySeeIdentity": [ "/vo" ], "Acl": [ "group:/vo:rwx" ], "Put": { "Enabled": true } } }
            }
            """));

        exitCode.Should().Be(1);
        output.Should().Contain("Publications:scratch:Put: archive 'radiology' cannot be written to.").And.Contain("Archives:radiology:Options:Writable");
    }

    [Fact]
    public async Task Serves_health_and_metrics_and_tells_the_service_manager()
    {
        _plugins.Copy(PluginFolder.Good);
        var port = Here.FreePort();
        var socketPath = _directory["notify"];
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(socketPath));
        await using var host = ChildProcess.Start("dotnet", [Program, "--config", Archive("""{ "Greeting": "hello" }"""), $"--Diagnostics:Port={port}"],
            new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = socketPath });

        (await ReceiveAsync(manager)).Should().Be("READY=1");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        (await client.GetStringAsync("/healthz/live")).Should().Be("live\n");
        (await client.GetStringAsync("/healthz/ready")).Should().Be("ready\n");
        var metrics = await client.GetStringAsync("/metrics");
        metrics.Should().Contain("# TYPE kestrel_active_connections gauge");
        // Whether it was looked at already is a matter of luck.
        metrics.Split('\n').Where(line => line.Contains("radiology", StringComparison.Ordinal) && !line.StartsWith("mdm_instance_serves{", StringComparison.Ordinal)).Should().BeEmpty();
        (await client.GetAsync("/")).StatusCode.Should().Be(HttpStatusCode.NotFound);

        using var stop = System.Diagnostics.Process.Start("kill", ["-TERM", host.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        (await ReceiveAsync(manager)).Should().Be("STOPPING=1");
        (await host.ExitAsync(Limit)).Should().Be(0, host.Output);
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "mdm-host.dll");

    private static Task<(int ExitCode, string Output)> RunAsync(params string[] arguments) => ChildProcess.RunAsync("dotnet", [Program, .. arguments], limit: Limit);

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(Limit);
        var buffer = new byte[64];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, limit.Token));
    }

    private string Archive(string options) => Configuration(
        """{ "Plugins": { "Path": "PLUGINS", "Load": [ "Mdm.TestPlugins.Good" ] }, "Diagnostics": { "Port": 0 }, "Archives": { "radiology": { "Type": "empty", "Options": OPTIONS } } }"""
        .Replace("OPTIONS", options, StringComparison.Ordinal));

    private string Configuration(string json)
    {
        var file = _directory[$"{Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8))}.json"];
        File.WriteAllText(file, json.Replace("PLUGINS", _plugins.Path, StringComparison.Ordinal));
        return file;
    }
}
