using System.Globalization;
using System.Text.Json.Nodes;

namespace Mdm.Interop.Tests;

/// <summary>The Medical Data Manager's own commands, in a script written from their acceptance tests, over Orthanc, three keystores and a metadata server.</summary>
public sealed class Scripts_with_images
{
    [SkippableFact]
    public async Task End_as_they_did()
    {
        foreach (var tool in (string[])["bash", "Orthanc", "dcmdump"])
            Here.Tool(tool);
        var sample = Directory.EnumerateFiles(Here.Samples(), "*.dcm", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .First(file => !file.Contains("malformed", StringComparison.Ordinal) && new FileInfo(file).Length is > 100_000 and < 2_000_000 && !Path.GetFileName(file).StartsWith("seg_", StringComparison.Ordinal));
        using var grid = new TestGrid();
        var metadata = Here.FreePort();
        await using var orthanc = await Orthanc.StartAsync("MDM", Here.FreePort());
        await using var keystores = await RealKeystores.StartAsync(grid, 3);
        await using var host = await HostProcess.StartAsync(grid, configuration =>
        {
            configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Dicom", "Mdm.Plugins.Lfc", "Mdm.Plugins.Hydra", "Mdm.Plugins.Amga");
            configuration["Keys"] = keystores.Section(2);
            configuration["Archives"] = new JsonObject
            {
                ["pacs"] = new JsonObject { ["Type"] = "dicom", ["Options"] = new JsonObject { ["Host"] = "127.0.0.1", ["Port"] = orthanc.Port, ["CalledAeTitle"] = orthanc.AeTitle, ["CallingAeTitle"] = "MDM", ["Writable"] = true } },
            };
            configuration["Metadata"] = new JsonObject { ["Type"] = "amga", ["Options"] = new JsonObject { ["Store"] = "sqlite:amga.db", ["Announce"] = new JsonArray($"https://localhost:{metadata.ToString(CultureInfo.InvariantCulture)}") } };
            configuration["Services"] = new JsonObject { ["amga"] = new JsonObject { ["Type"] = "amga", ["Port"] = metadata, ["Options"] = new JsonObject { ["Store"] = "sqlite:amga.db" } } };
            var publication = HostProcess.Clinical("pacs");
            publication["Delivery"] = "Sealed";
            publication["Acl"] = new JsonArray($"group:/{TestGrid.Vo}/Role=physician:rwx");
            publication["MaySeeIdentity"]!.AsArray().Add("/DC=org/DC=testgrid/CN=Petra Physician");
            publication["Registrars"] = new JsonArray($"/{TestGrid.Vo}/Role=physician");
            // As docs/commands.md has it for scripts that know the original system's names.
            publication["Layout"] = "{StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}";
            publication["Collection"] = "/mdm/DICOM";
            publication["Attributes"] = new JsonArray("Modality", "STUinsUID=StudyInstanceUID", "SERinsUID=SeriesInstanceUID", "SOPinsUID=SOPInstanceUID");
            publication["Readers"] = new JsonObject { [$"/{TestGrid.Vo}/Role=physician"] = new JsonArray(), [$"/{TestGrid.Vo}"] = new JsonArray("image") };
            configuration["Publications"] = new JsonObject { ["clinical"] = publication };
        });
        await host.PublishedAsync("clinical");
        using var scripts = new HabitScripts(host);

        await scripts.RunAsync("medical.sh", grid.PhysicianProxy, new Dictionary<string, string?> { ["IMAGE"] = sample, ["RESEARCHER"] = grid.ResearcherProxy });
    }
}
