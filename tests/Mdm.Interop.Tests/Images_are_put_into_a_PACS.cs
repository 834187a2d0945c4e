using System.Text.Json.Nodes;

namespace Mdm.Interop.Tests;

/// <summary>Orthanc takes images that gfal2 puts, where its administrator allows it, and nothing else.</summary>
public sealed class Images_are_put_into_a_PACS
{
    [SkippableTheory]
    [InlineData("dicom")]
    [InlineData("dicomweb")]
    public async Task An_image_comes_into_the_PACS_and_is_read_from_there_and_a_letter_does_not(string type)
    {
        foreach (var tool in (string[])["Orthanc", "gfal-copy"])
            Here.Tool(tool);
        var sample = Directory.EnumerateFiles(Here.Samples(), "*.dcm", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .First(file => !file.Contains("malformed", StringComparison.Ordinal) && new FileInfo(file).Length is > 100_000 and < 2_000_000 && !Path.GetFileName(file).StartsWith("seg_", StringComparison.Ordinal));
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
            publication["Put"] = new JsonObject { ["Enabled"] = true };
            configuration["Publications"] = new JsonObject { ["clinical"] = publication };
        });
        await host.PublishedAsync("clinical");
        var surl = host.Surl("/grid/testvo/clinical/image.dcm");

        await DoAsync("gfal-copy", "file://" + sample, surl);
        await DoAsync("gfal-copy", surl, "file://" + folder["back.dcm"]);

        // As canonical Part 10: a PACS keeps values, not files.
        var back = await File.ReadAllBytesAsync(folder["back.dcm"]);
        back.AsSpan(128, 4).SequenceEqual("DICM"u8).Should().BeTrue();
        back.Length.Should().BeGreaterThan(50_000);
        await File.WriteAllTextAsync(folder["letter"], "Dear colleague");
        var (code, output) = await ChildProcess.RunAsync(Here.Tool("gfal-copy"), ["file://" + folder["letter"], host.Surl("/grid/testvo/clinical/letter")], grid.Environment(grid.PhysicianProxy));
        code.Should().NotBe(0, output);
        await DoAsync("gfal-rm", surl);
        (await DoAsync("gfal-ls", host.Surl("/grid/testvo/clinical"))).Should().NotContain("image").And.NotContain("letter");

        // The PACS gives nothing up: the same image is put again, and is the same object.
        await DoAsync("gfal-copy", "file://" + sample, surl);
        Directory.EnumerateFiles(host.Pool, "partial-*", SearchOption.AllDirectories).Should().BeEmpty();

        async Task<string> DoAsync(string command, params string[] arguments)
        {
            var (exit, told) = await ChildProcess.RunAsync(Here.Tool(command), arguments, grid.Environment(grid.PhysicianProxy), TimeSpan.FromSeconds(120));
            exit.Should().Be(0, "{0} {1} printed {2} and the host {3}", command, string.Join(' ', arguments), told, host.Process.Output);
            return told;
        }
    }
}
