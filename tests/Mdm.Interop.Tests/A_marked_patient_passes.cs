using System.Globalization;
using System.Text.Json.Nodes;

namespace Mdm.Interop.Tests;

/// <summary>
/// A patient whose marks stand everywhere goes from a real archive through every publication, door, log and store; only the physician's own copies may hold one. And the same study, de-identified
/// by two hosts, is the same bytes; under another secret nothing links.
/// </summary>
public sealed class A_marked_patient_passes : IAsyncLifetime, IDisposable
{
    private const string Clinical = "/grid/" + TestGrid.Vo + "/clinical";
    private const string Research = "/grid/" + TestGrid.Vo + "/research";
    private const string Letters = "/grid/" + TestGrid.Vo + "/letters";
    private const string Typed = "Quarxmeyer";

    private readonly TestGrid _grid = new();
    private readonly TemporaryDirectory _folder = new();
    private Orthanc? _orthanc;
    private List<(string Word, byte[] Mark)> _marks = [];

    public async Task InitializeAsync()
    {
        var objects = Directory.CreateDirectory(_folder["objects"]).FullName;
        try
        {
            foreach (var tool in (string[])["Orthanc", "gfal-ls"])
                Here.Tool(tool);
            _marks = await MarkAsync(objects);
            _orthanc = await Orthanc.StartAsync("MDM", Here.FreePort());
        }
        catch (SkipException)
        {
            return;
        }
        await _orthanc.UploadAsync(objects);
        // What the researcher may find: nothing of the objects themselves.
        Directory.Delete(objects, recursive: true);
    }

    public async Task DisposeAsync()
    {
        if (_orthanc is not null)
            await _orthanc.DisposeAsync();
    }

    public void Dispose()
    {
        _folder.Dispose();
        _grid.Dispose();
    }

    [SkippableFact]
    public async Task And_leaves_a_mark_nowhere_but_in_the_physician_s_own_copies()
    {
        Skip.If(_orthanc is null, "Orthanc, gfal2 or pydicom is not installed.");
        await using var keystores = await RealKeystores.StartAsync(_grid, 3);
        await using var host = await StartAsync("first", keystores, "Sealed");
        var physician = Directory.CreateDirectory(_folder["physician"]).FullName;
        var researcher = Directory.CreateDirectory(_folder["researcher"]).FullName;

        (await Mdm.RunAsync(host, _grid.PhysicianProxy, "get", "-r", host.Surl(Clinical), physician)).ExitCode.Should().Be(0, "{0}", host.Process.Output);
        await PutAsync(host, physician);
        var anonymous = await Mdm.RunAsync(host, _grid.ResearcherProxy, "get", "-r", host.Surl(Research), researcher);
        var spoken = new List<string> { anonymous.Output };
        foreach (var arguments in (string[][])
        [
            ["ls", "-l", host.Surl(Research)], ["ls", host.Surl(Clinical)], ["stat", host.Surl(Research)], ["get", host.Surl(Research + "/none.dcm"), researcher], ["ping"],
            ["admin", "quarantine", "--host", host.Surl("/")],
        ])
            spoken.Add((await Mdm.RunAsync(host, _grid.ResearcherProxy, arguments)).Output);
        // What a caller typed is his own to see, and nobody else's.
        foreach (var path in (string[])[$"{Research}/{Typed}.dcm", $"/grid/{Typed}/x", $"{Clinical}/{Typed}"])
            await Mdm.RunAsync(host, _grid.ResearcherProxy, "get", host.Surl(path), researcher);
        await Mdm.RunAsync(host, _grid.PhysicianProxy, "mkdir", host.Surl($"{Clinical}/nowhere/{Typed}"));
        await Mdm.RunAsync(host, _grid.PhysicianProxy, "admin", "reconcile", "--host", host.Surl("/"));
        Directory.EnumerateFiles(host.State, "amga.db*").Where(file => !file.EndsWith(".owner", StringComparison.Ordinal)).Any(file => ReadShared(file).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(Research + "/")) >= 0).Should().BeTrue("rows of the anonymous publication are in the metadata");
        var withdrawn = await Mdm.RunAsync(host, _grid.PhysicianProxy, "withdraw", "MRK-7741-QX", "--host", host.Surl("/"));
        withdrawn.ExitCode.Should().Be(0, "{0}", withdrawn.Output);
        var metrics = await host.MetricsAsync();

        Here.FilesBelow(physician).Should().HaveCountGreaterThanOrEqualTo(6);
        Here.FilesBelow(physician).Sum(file => Found(File.ReadAllBytes(file)).Count).Should().BeGreaterThan(40, "otherwise the search finds nothing at all");
        Here.FilesBelow(researcher).Should().NotBeEmpty("{0} {1}", anonymous.Output, host.Process.Output);
        var leaks = new List<string>();
        foreach (var (where, bytes) in Everything(host, keystores, researcher, spoken, metrics))
            leaks.AddRange(Found(bytes).Select(mark => $"{mark} in {where}"));
        leaks.Should().BeEmpty();
    }

    [SkippableFact]
    public async Task And_is_the_same_bytes_on_two_hosts_and_nobody_s_under_another_secret()
    {
        Skip.If(_orthanc is null, "Orthanc, gfal2 or pydicom is not installed.");
        await using var first = await StartAsync("first", null, "Clear");
        await using var second = await StartAsync("second", null, "Clear", secretOf: "first");
        await using var other = await StartAsync("other", null, "Clear");

        var (one, two, three) = (await FetchAsync(first, "one"), await FetchAsync(second, "two"), await FetchAsync(other, "three"));

        one.Should().NotBeEmpty();
        two.Keys.Should().BeEquivalentTo(one.Keys);
        foreach (var (name, bytes) in one)
            two[name].Should().Equal(bytes, "{0} was de-identified by two hosts", name);
        three.Should().HaveSameCount(one);
        three.Keys.Should().NotIntersectWith(one.Keys);
        var pseudonyms = one.Keys.SelectMany(name => Path.GetFileNameWithoutExtension(name).Split('/')).ToList();
        foreach (var (name, bytes) in three)
        {
            foreach (var uid in pseudonyms)
                bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(uid)).Should().Be(-1, "{0} must not be linked to {1}", name, uid);
        }
    }

    /// <summary>A file that is put is sealed when it is delivered, and deciphered where it arrives.</summary>
    private async Task PutAsync(HostProcess host, string physician)
    {
        await host.PublishedAsync("letters");
        byte[] letter = [.. Enumerable.Range(0, 2_500_000).Select(at => (byte)(at * 11 / 7)), .. _marks.SelectMany(mark => mark.Mark)];
        await File.WriteAllBytesAsync(_folder["letter"], letter);
        var surl = host.Surl(Letters + "/letter");
        var (code, told) = await ChildProcess.RunAsync(Here.Tool("gfal-copy"), ["file://" + _folder["letter"], surl], _grid.Environment(_grid.PhysicianProxy), TimeSpan.FromSeconds(120));
        code.Should().Be(0, "{0} {1}", told, host.Process.Output);
        var got = await Mdm.RunAsync(host, _grid.PhysicianProxy, "get", surl, Path.Combine(physician, "letter"));
        got.ExitCode.Should().Be(0, "{0} {1}", got.Output, host.Process.Output);
        (await File.ReadAllBytesAsync(Path.Combine(physician, "letter"))).Should().Equal(letter);
        got = await Mdm.RunAsync(host, _grid.PhysicianProxy, "get", "--sealed", surl, Path.Combine(physician, "letter.sealed"));
        got.ExitCode.Should().Be(0, "{0} {1}", got.Output, host.Process.Output);
        Found(await File.ReadAllBytesAsync(Path.Combine(physician, "letter.sealed"))).Should().BeEmpty("what goes over is sealed");
    }

    private async Task<Dictionary<string, byte[]>> FetchAsync(HostProcess host, string name)
    {
        var folder = Directory.CreateDirectory(_folder["fetched-" + name]).FullName;
        await Mdm.RunAsync(host, _grid.ResearcherProxy, "get", "-r", host.Surl(Research), folder);
        return Here.FilesBelow(folder).ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllBytes);
    }

    /// <summary>All that the service wrote, said, logged, counted or gave to the researcher.</summary>
    private static IEnumerable<(string Where, byte[] Bytes)> Everything(HostProcess host, RealKeystores keystores, string researcher, List<string> spoken, string metrics)
    {
        foreach (var file in (string[])[.. Here.FilesBelow(host.Home), .. keystores.Processes.SelectMany(p => Here.FilesBelow(p.Home)), .. Here.FilesBelow(researcher)])
        {
            yield return (file, System.Text.Encoding.UTF8.GetBytes(file));
            using var stream = new FileStream(file, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete });
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            yield return (file, bytes);
        }
        foreach (var process in (HostProcess[])[host, .. keystores.Processes])
            yield return ("the log of a process", System.Text.Encoding.UTF8.GetBytes(process.Process.Output));
        foreach (var text in spoken)
            yield return ("what a researcher was told: " + text, System.Text.Encoding.UTF8.GetBytes(text));
        yield return ("metrics", System.Text.Encoding.UTF8.GetBytes(metrics));
    }

    private List<string> Found(byte[] bytes) => [.. _marks.Where(mark => bytes.AsSpan().IndexOf(mark.Mark) >= 0).Select(mark => mark.Word)];

    private async Task<HostProcess> StartAsync(string name, RealKeystores? keystores, string delivery, string? secretOf = null)
    {
        var secret = _folder["secret-" + (secretOf ?? name)];
        if (!File.Exists(secret))
        {
            await File.WriteAllBytesAsync(secret, System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
            File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        var host = await HostProcess.StartAsync(_grid, configuration =>
        {
            ((JsonArray)configuration["Plugins"]!["Load"]!).Add("Mdm.Plugins.Hydra");
            ((JsonArray)configuration["Plugins"]!["Load"]!).Add("Mdm.Plugins.Amga");
            configuration["Metadata"] = new JsonObject { ["Type"] = "amga", ["Options"] = new JsonObject { ["Store"] = $"sqlite:{Path.Combine(configuration["State"]!["Directory"]!.GetValue<string>(), "amga.db")}" } };
            configuration["Archives"] = new JsonObject { ["radiology"] = RealSite.Archive(_orthanc!, "get", 0) };
            configuration["Deidentifiers"] = new JsonObject { ["basic"] = new JsonObject { ["Type"] = "dicom-ps3.15", ["Options"] = new JsonObject { ["SecretFile"] = secret } } };
            if (keystores is not null)
            {
                configuration["Keys"] = keystores.Section(2);
                ((JsonArray)configuration["Plugins"]!["Load"]!).Add("Mdm.Plugins.Disk");
                configuration["Archives"]!["files"] = new JsonObject { ["Type"] = "disk", ["Options"] = new JsonObject { ["Directory"] = Directory.CreateDirectory(_folder["tree"]).FullName, ["KeepFree"] = 0 } };
            }
            configuration["Diagnostics"] = new JsonObject { ["Port"] = Here.FreePort() };
            configuration["Publications"] = new JsonObject
            {
                ["clinical"] = HostProcess.Clinical("radiology", Clinical),
                ["research"] = new JsonObject
                {
                    ["Archive"] = "radiology",
                    ["Root"] = Research,
                    ["Content"] = "basic",
                    ["Delivery"] = delivery,
                    ["Acl"] = new JsonArray($"group:/{TestGrid.Vo}:r-x"),
                    // All that would name him, had it not been de-identified before it came there.
                    ["Attributes"] = new JsonArray(
                        "Modality", "PatientName", "PatientID", "PatientBirthDate", "StudyDate", "StudyDescription", "SeriesDescription", "InstitutionName", "ReferringPhysicianName", "AccessionNumber",
                        "StudyInstanceUID", "SOPInstanceUID", "PatientComments", "ImageComments", "OtherPatientNames", "PatientAddress"),
                },
            };
            if (keystores is not null)
            {
                configuration["Publications"]!["letters"] = new JsonObject
                {
                    ["Archive"] = "files",
                    ["Root"] = Letters,
                    ["Content"] = "original",
                    ["Delivery"] = "Sealed",
                    ["MaySeeIdentity"] = new JsonArray($"/{TestGrid.Vo}/Role=physician"),
                    ["Acl"] = new JsonArray($"group:/{TestGrid.Vo}/Role=physician:rwx"),
                    ["Put"] = new JsonObject { ["Enabled"] = true },
                };
            }
        });
        await host.PublishedAsync("clinical");
        await host.PublishedAsync("research");
        return host;
    }

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static async Task<List<(string, byte[])>> MarkAsync(string folder)
    {
        var (code, output) = await ChildProcess.RunAsync("/usr/bin/python3", ["-W", "ignore", Path.Combine(Here.Root, "tests", "Interop", "marked_patient.py"), folder], limit: TimeSpan.FromSeconds(60));
        if (code != 0 && output.Contains("ModuleNotFoundError", StringComparison.Ordinal))
            throw new SkipException("python3-pydicom is not installed.");
        code.Should().Be(0, output);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).Select(parts => (parts[0], Convert.FromHexString(parts[1])))];
    }
}
