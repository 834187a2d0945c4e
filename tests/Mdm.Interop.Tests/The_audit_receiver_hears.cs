using System.Globalization;
using System.Text.Json.Nodes;

namespace Mdm.Interop.Tests;

/// <summary>A real host, a real PACS, a real syslog server: what leaves and what is refused is told to it, also when it was down meanwhile.</summary>
public sealed class The_audit_receiver_hears
{
    private const string Mark = "DOE^JANE";
    private const string Export = "110106 - 0";
    private const string Refusal = "110113 110132 8";

    [SkippableFact]
    public async Task What_leaves_and_what_is_refused_and_nobody_s_name()
    {
        foreach (var tool in (string[])["rsyslogd", "python3", "dcmqrscp", "dcmsend", "curl"])
            Here.Tool(tool);
        using var grid = new TestGrid();
        await using var receiver = await Rsyslog.StartAsync(grid);
        using var objects = new TemporaryDirectory();
        await using var pacs = await Dcmqrscp.StartAsync("MDM", Here.FreePort());
        Directory.CreateDirectory(objects["all"]);
        Directory.CreateDirectory(objects["few"]);
        foreach (var sample in Directory.EnumerateFiles(SampleObjects.CollectInto(objects["all"])).Order(StringComparer.Ordinal).Take(4))
            File.Copy(sample, objects["few", Path.GetFileName(sample)]);
        await pacs.SendAsync(objects["few"]);
        await using var host = await HostProcess.StartAsync(grid, configuration => Configure(configuration, grid, receiver, pacs));
        await host.PublishedAsync("clinical");
        await receiver.HearsAsync("110100 110120 0");

        using var target = new TemporaryDirectory();
        var get = await Mdm.RunAsync(host, grid.PhysicianProxy, "get", "-r", host.Surl("/grid/testvo/clinical"), target["copy"]);
        get.ExitCode.Should().Be(0, get.Output + host.Process.Output);
        await receiver.HearsAsync(Export);
        await receiver.HearsAsync("110102 - 0");
        await receiver.HearsAsync("110104 - 0");

        // Down while things happen, and back.
        await receiver.StopAsync();
        (await Mdm.RunAsync(host, grid.StrangerProxy, "ls", host.Surl($"/grid/testvo/clinical/{Mark}"))).ExitCode.Should().NotBe(0);
        (await Mdm.RunAsync(host, grid.PhysicianProxy, "ls", host.Surl($"/grid/testvo/clinical/{Mark}"))).ExitCode.Should().NotBe(0);
        await ChildProcess.RunAsync(Here.Tool("curl"), ["-sk", "-H", $"Authorization: Bearer {Mark}", "-H", $"X-Patient: {Mark}", $"https://localhost:{host.Port.ToString(CultureInfo.InvariantCulture)}/transfer/{Mark}/{Mark}"]);
        await receiver.StartAsync();
        await receiver.HearsAsync(Refusal);

        var verified = await ChildProcess.RunAsync("dotnet", [Here.Built("Mdm.Host", "mdm-host.dll"), "--verify-audit", "--config", Path.Combine(host.Home, "mdm.json")]);
        verified.ExitCode.Should().Be(0, verified.Output);
        verified.Output.Should().Contain("whole");
        await receiver.HearsAsync("110101 - 0");

        await host.RestartAsync();
        await receiver.HearsAsync("110100 110121 0");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(host.State, "audit")).Append(receiver.Log))
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            (await reader.ReadToEndAsync()).Should().NotContain("DOE", Path.GetFileName(file));
        }
    }

    private static void Configure(JsonObject configuration, TestGrid grid, Rsyslog receiver, PacsProcess pacs)
    {
        configuration["Archives"] = new JsonObject { ["radiology"] = RealSite.Archive(pacs, "get", 0) };
        configuration["Publications"] = new JsonObject { ["clinical"] = HostProcess.Clinical("radiology") };
        configuration["Audit"] = new JsonObject
        {
            ["Receiver"] = $"tls://127.0.0.1:{receiver.Port.ToString(CultureInfo.InvariantCulture)}",
            ["TargetHost"] = "localhost",
            ["TrustFile"] = receiver.Authority,
            ["CertificateFile"] = grid.HostCertificate,
            ["KeyFile"] = grid.HostKey,
            ["SiteId"] = "Test hospital",
        };
    }
}
