using System.Globalization;
using System.Text.Json.Nodes;

namespace Mdm.Interop.Tests;

/// <summary>
/// Orthanc 1.10.1 dies when somebody makes it transcode one of the sample objects. Asked for what it holds as it is, it gives it; killed in that way by somebody else, it is a peer that died, and comes back.
/// </summary>
[Collection(RealSite.Name)]
public sealed class The_object_that_kills_its_archive
{
    [SkippableFact]
    public async Task Comes_whole_with_the_others_and_the_death_of_the_archive_is_survived()
    {
        foreach (var tool in (string[])["Orthanc", "getscu"])
            Here.Tool(tool);
        using var grid = new TestGrid();
        using var objects = new TemporaryDirectory();
        Gather(objects.Path);
        await using var pacs = await Orthanc.StartAsync("MDM", Here.FreePort());
        await pacs.UploadAsync(objects.Path);
        using var held = new TemporaryDirectory();
        await pacs.DownloadAsync(held.Path);
        var canonical = await CanonicalForm.OfAsync(held.Path);
        await using var host = await HostProcess.StartAsync(grid, configuration =>
        {
            configuration["Archives"] = new JsonObject { ["killer"] = RealSite.Archive(pacs, "get", 0) };
            configuration["Publications"] = new JsonObject { ["killer"] = HostProcess.Clinical("killer", RealSite.Root("killer")) };
        });
        await host.PublishedAsync("killer");

        // Somebody else, who proposes uncompressed syntaxes only, makes Orthanc transcode it.
        using var elsewhere = new TemporaryDirectory();
        var deadly = CanonicalForm.HeaderOf(await CanonicalFileAsync(Path.Combine(objects.Path, SampleObjects.KillsOrthanc), elsewhere));
        await ChildProcess.RunAsync(Here.Tool("getscu"),
        [
            "-aet", "MDM", "-aec", pacs.AeTitle, "-S", "-k", "QueryRetrieveLevel=IMAGE", "-k", "SOPInstanceUID=" + deadly.Instance,
            "-od", elsewhere.Path, "127.0.0.1", pacs.Port.ToString(CultureInfo.InvariantCulture),
        ], limit: TimeSpan.FromSeconds(60));
        await pacs.Process.ExitAsync(TimeSpan.FromSeconds(60));
        var (code, output) = await Mdm.RunAsync(host, grid.PhysicianProxy, "ls", host.Surl(RealSite.Root("killer")));
        code.Should().Be(0, "the name space does not need the archive: {0}", output);
        host.Process.HasExited.Should().BeFalse();

        await pacs.RestartAsync();
        using var target = new TemporaryDirectory();
        var delivered = await Canonical_bytes.FetchAsync(host, "killer", target);
        delivered.Count.Should().Be(Directory.GetFiles(held.Path).Length);
        delivered.Should().OnlyContain(file => canonical[file.Instance].Contains(file.Digest));
        delivered.Should().Contain(file => file.Instance == deadly.Instance);
        pacs.Process.HasExited.Should().BeFalse("nobody asks it to transcode");
        host.Process.HasExited.Should().BeFalse();
    }

    private static async Task<string> CanonicalFileAsync(string file, TemporaryDirectory folder)
    {
        var (code, output) = await ChildProcess.RunAsync("/bin/sh", ["-c", "exec /usr/bin/python3 \"$0\" \"$1\" > \"$2\"", Path.Combine(Here.Root, "tests", "Interop", "canonical_part10.py"), file, folder["deadly.dcm"]]);
        code.Should().Be(0, output);
        return folder["deadly.dcm"];
    }

    /// <summary>The object and some of its neighbours in the samples.</summary>
    private static void Gather(string folder)
    {
        var deadly = Directory.EnumerateFiles(Here.Samples(), SampleObjects.KillsOrthanc, SearchOption.AllDirectories).Single();
        File.CreateSymbolicLink(Path.Combine(folder, SampleObjects.KillsOrthanc), deadly);
        foreach (var other in Directory.EnumerateFiles(Path.GetDirectoryName(deadly)!, "*.dcm").Where(file => file != deadly).Order(StringComparer.Ordinal).Take(8))
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(other)), other);
    }
}
