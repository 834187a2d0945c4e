using System.Text.RegularExpressions;

namespace Mdm.Interop.Tests;

/// <summary>gfal2 as Debian ships it, unchanged, as a physician would use it.</summary>
[Collection(RealSite.Name)]
public sealed partial class Gfal_lists_and_copies(RealSite site)
{
    public static TheoryData<string> Publications => new(RealSite.Publications);

    [SkippableTheory]
    [MemberData(nameof(Publications))]
    public async Task Copies_one_file_and_its_checksum_holds(string publication)
    {
        site.Require();
        using var target = new TemporaryDirectory();
        var file = await FirstFileAsync(publication);
        var (code, output) = await site.RunAsync("gfal-copy", "-f", site.Host.Surl(file), "file://" + target["image.dcm"]);
        code.Should().Be(0, output);
        var (_, sum) = await site.RunAsync("gfal-sum", site.Host.Surl(file), "ADLER32");
        sum.Trim().Should().EndWith(Checksums.Adler32(target["image.dcm"]));
        var stat = await site.RunAsync("gfal-stat", site.Host.Surl(file));
        stat.Output.Should().Contain($"Size: {new FileInfo(target["image.dcm"]).Length}");
    }

    [SkippableFact]
    public async Task Copies_a_series_recursively()
    {
        site.Require();
        using var target = new TemporaryDirectory();
        var series = (await LargestSeriesAsync("orthanc-get")).Series;
        var (code, output) = await site.RunAsync("gfal-copy", "-r", site.Host.Surl(series), "file://" + target["series"]);
        code.Should().Be(0, output);
        var names = await ListAsync(series);
        Directory.GetFiles(target["series"]).Select(Path.GetFileName).Should().BeEquivalentTo(names);
        names.Count.Should().BeGreaterThan(20);
    }

    [SkippableFact]
    public async Task Lists_with_modes_owners_and_sizes()
    {
        site.Require();
        var (code, output) = await site.RunAsync("gfal-ls", "-l", site.Host.Surl("/grid/testvo"));
        code.Should().Be(0, output);
        output.Should().Contain("orthanc-get").And.Contain("dcmqr-move").And.Contain("drwxr-x---");
    }

    [SkippableFact]
    public async Task Shows_attributes_and_brings_online()
    {
        site.Require();
        var file = await FirstFileAsync("orthanc-get");
        var status = await site.RunAsync("gfal-xattr", site.Host.Surl(file), "user.status");
        status.Output.Should().ContainAny("NEARLINE", "ONLINE_AND_NEARLINE", "ONLINE");
        var type = await site.RunAsync("gfal-xattr", site.Host.Surl(file), "srm.type");
        type.ExitCode.Should().Be(0, type.Output);
        var online = await site.RunAsync("gfal-legacy-bringonline", "-D", "SRM PLUGIN:TURL_PROTOCOLS=https", site.Host.Surl(file));
        online.ExitCode.Should().Be(0, online.Output);
        status = await site.RunAsync("gfal-xattr", site.Host.Surl(file), "user.status");
        status.Output.Should().Contain("ONLINE");
    }

    [SkippableFact]
    public async Task Makes_renames_and_removes_directories()
    {
        site.Require();
        var home = RealSite.Root("orthanc-get") + "/mine";
        (await site.RunAsync("gfal-mkdir", site.Host.Surl(home))).ExitCode.Should().NotBe(0, "the publication's root gives no write right");
        var root = "/grid/testvo/orthanc-get";
        _ = root;
        var study = (await ListAsync(RealSite.Root("dcmqr-get")))[0];
        (await site.RunAsync("gfal-rm", site.Host.Surl($"{RealSite.Root("dcmqr-get")}/{study}"))).ExitCode.Should().NotBe(0);
    }

    private async Task<List<string>> ListAsync(string directory)
    {
        var (code, output) = await site.RunAsync("gfal-ls", site.Host.Surl(directory));
        code.Should().Be(0, output + site.Host.Process.Output);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }

    private async Task<(string Series, int Files)> LargestSeriesAsync(string publication)
    {
        var largest = (Series: string.Empty, Files: 0);
        foreach (var study in await ListAsync(RealSite.Root(publication)))
        {
            foreach (var series in await ListAsync($"{RealSite.Root(publication)}/{study}"))
            {
                var path = $"{RealSite.Root(publication)}/{study}/{series}";
                var files = (await ListAsync(path)).Count;
                if (files > largest.Files)
                    largest = (path, files);
            }
        }
        return largest;
    }

    private async Task<string> FirstFileAsync(string publication)
    {
        var path = RealSite.Root(publication);
        for (var level = 0; level < 3; level++)
            path += "/" + (await ListAsync(path))[0];
        return path;
    }

    [GeneratedRegex("[0-9a-f]{8}")]
    private static partial Regex EightDigits { get; }
}
