using System.Text.Json.Nodes;

namespace Mdm.Interop.Tests;

/// <summary>An image goes into Orthanc and is published in one step, where its administrator allows it: <c>glite-mdm-register</c>'s promise.</summary>
public sealed class Images_are_registered
{
    [SkippableTheory]
    [InlineData("dicom")]
    [InlineData("dicomweb")]
    public async Task An_image_is_stored_and_published_at_once_and_a_second_time_is_an_error(string type)
    {
        foreach (var tool in (string[])["Orthanc", "gfal-copy"])
            Here.Tool(tool);
        var samples = Directory.EnumerateFiles(Here.Samples(), "*.dcm", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Where(file => !file.Contains("malformed", StringComparison.Ordinal) && new FileInfo(file).Length is > 100_000 and < 2_000_000 && !Path.GetFileName(file).StartsWith("seg_", StringComparison.Ordinal)).Take(2).ToArray();
        using var grid = new TestGrid();
        using var folder = new TemporaryDirectory();
        await using var orthanc = await Orthanc.StartAsync("MDM", Here.FreePort());
        await using var host = await HostProcess.StartAsync(grid, configuration =>
        {
            configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Dicom", "Mdm.Plugins.DicomWeb", "Mdm.Plugins.Lfc");
            var options = type == "dicomweb"
                ? new JsonObject { ["Url"] = orthanc.DicomWeb.ToString().TrimEnd('/'), ["Writable"] = true }
                : new JsonObject { ["Host"] = "127.0.0.1", ["Port"] = orthanc.Port, ["CalledAeTitle"] = orthanc.AeTitle, ["CallingAeTitle"] = "MDM", ["Writable"] = true };
            configuration["Archives"] = new JsonObject { ["pacs"] = new JsonObject { ["Type"] = type, ["Options"] = options } };
            var publication = HostProcess.Clinical("pacs");
            publication["Acl"] = new JsonArray($"group:/{TestGrid.Vo}/Role=physician:rwx");
            publication["Registrars"] = new JsonArray($"/{TestGrid.Vo}/Role=physician");
            configuration["Publications"] = new JsonObject { ["clinical"] = publication };
        });
        await host.PublishedAsync("clinical");

        var path = await RegisterAsync(samples[0]);
        path.Should().StartWith("/grid/testvo/clinical/");
        await DoAsync("gfal-copy", host.Surl(path), "file://" + folder["back.dcm"]);
        new FileInfo(folder["back.dcm"]).Length.Should().BeGreaterThan(50_000);
        var (twice, told) = await MdmAsync(grid.PhysicianProxy, "register", samples[0]);
        twice.Should().Be(1);
        told.Should().Contain("is registered already").And.Contain(path);

        // Another of its own; nobody else may, and a letter is no image.
        await RegisterAsync(samples[1]);
        var (denied, why) = await MdmAsync(grid.ResearcherProxy, "register", samples[1]);
        denied.Should().Be(4);
        why.Should().Contain("you may register images in no publication");
        await File.WriteAllTextAsync(folder["letter"], "Dear colleague");
        var (refused, reason) = await MdmAsync(grid.PhysicianProxy, "register", folder["letter"]);
        refused.Should().Be(1);
        reason.Should().Contain("no DICOM file");

        // What its user removed stays away, until it is registered again.
        await DoAsync("gfal-rm", host.Surl(path));
        var (_, run) = await MdmAsync(grid.PhysicianProxy, "publish", "clinical");
        run.Should().Contain("complete");
        (await ChildProcess.RunAsync(Here.Tool("gfal-ls"), [host.Surl(path)], grid.Environment(grid.PhysicianProxy))).ExitCode.Should().NotBe(0);
        (await RegisterAsync(samples[0])).Should().Be(path);
        await DoAsync("gfal-ls", host.Surl(path));
        Directory.EnumerateFiles(host.Pool, "partial-*", SearchOption.AllDirectories).Should().BeEmpty();

        async Task<string> RegisterAsync(string file)
        {
            var (code, output) = await MdmAsync(grid.PhysicianProxy, "register", file);
            code.Should().Be(0, "{0} and the host {1}", output, host.Process.Output);
            output.Should().MatchRegex("guid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} /");
            return output.TrimEnd().Split(' ')[^1];
        }

        Task<(int ExitCode, string Output)> MdmAsync(string proxy, params string[] arguments) =>
            ChildProcess.RunAsync("dotnet", [Here.Built("Mdm.Cli", "mdm.dll"), .. arguments], new Dictionary<string, string?>(grid.Environment(proxy)) { ["PATH"] = Environment.GetEnvironmentVariable("PATH"), ["MDM_ENDPOINT"] = host.Surl("/").TrimEnd('/') }, TimeSpan.FromSeconds(120));

        async Task DoAsync(string command, params string[] arguments)
        {
            var (exit, output) = await ChildProcess.RunAsync(Here.Tool(command), arguments, grid.Environment(grid.PhysicianProxy), TimeSpan.FromSeconds(120));
            exit.Should().Be(0, "{0} {1} printed {2} and the host {3}", command, string.Join(' ', arguments), output, host.Process.Output);
        }
    }
}
