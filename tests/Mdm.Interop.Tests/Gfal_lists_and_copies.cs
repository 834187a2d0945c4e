namespace Mdm.Interop.Tests;

/// <summary>gfal2 as Debian ships it, unchanged, as a physician would use it.</summary>
[Collection(RealSite.Name)]
public sealed class Gfal_lists_and_copies(RealSite site)
{
    private readonly Shell _shell = new(site);

    public static TheoryData<string> Publications => new(RealSite.Publications);

    [SkippableTheory]
    [MemberData(nameof(Publications))]
    public async Task Copies_one_file_and_its_checksum_holds(string publication)
    {
        site.Require();
        using var target = new TemporaryDirectory();
        var file = await _shell.AFileAsync(publication);
        await _shell.DoAsync("gfal-copy", "-f", site.Host.Surl(file), "file://" + target["image.dcm"]);
        (await _shell.DoAsync("gfal-sum", site.Host.Surl(file), "ADLER32")).Trim().Should().EndWith(Checksums.Adler32(target["image.dcm"]));
        (await _shell.DoAsync("gfal-stat", site.Host.Surl(file))).Should().Contain($"Size: {new FileInfo(target["image.dcm"]).Length}\t");
    }

    [SkippableFact]
    public async Task Copies_a_series_recursively()
    {
        site.Require();
        using var target = new TemporaryDirectory();
        var series = await _shell.TheLargestSeriesAsync("orthanc-get");
        await _shell.DoAsync("gfal-copy", "-r", site.Host.Surl(series), "file://" + target["series"]);
        var names = await _shell.ListAsync(series);
        names.Count.Should().BeGreaterThan(20);
        Directory.GetFiles(target["series"]).Select(Path.GetFileName).Should().BeEquivalentTo(names);
    }

    [SkippableFact]
    public async Task Lists_with_modes_and_sizes()
    {
        site.Require();
        var listing = await _shell.DoAsync("gfal-ls", "-l", site.Host.Surl($"/grid/{TestGrid.Vo}"));
        listing.Split('\n').Should().Contain(line => line.StartsWith("drwxr-x---", StringComparison.Ordinal) && line.Contains("orthanc-get", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Shows_that_a_file_is_near_line_until_it_is_brought_online()
    {
        site.Require();
        var series = await _shell.TheLargestSeriesAsync("dcmqr-move");
        var file = $"{series}/{(await _shell.ListAsync(series))[^1]}";
        (await _shell.DoAsync("gfal-xattr", site.Host.Surl(file), "user.status")).Trim().Should().Be("NEARLINE");
        await _shell.DoAsync("gfal-bringonline", "-D", "SRM PLUGIN:TURL_PROTOCOLS=https", "--polling-timeout", "60", site.Host.Surl(file));
        (await _shell.DoAsync("gfal-xattr", site.Host.Surl(file), "user.status")).Trim().Should().Be("ONLINE_AND_NEARLINE");
        (await _shell.DoAsync("gfal-xattr", site.Host.Surl(file), "srm.type")).Trim().Should().Be("MDM");
        (await _shell.DoAsync("gfal-xattr", "-D", "SRM PLUGIN:TURL_PROTOCOLS=https", site.Host.Surl(file), "user.replicas")).Trim().Should().StartWith("https://localhost:");
    }

    [SkippableFact]
    public async Task Makes_renames_restricts_and_removes_directories()
    {
        site.Require();
        var root = RealSite.Root("orthanc-move");
        await _shell.DoAsync("gfal-mkdir", site.Host.Surl(root + "/mine"));
        await _shell.DoAsync("gfal-mkdir", "-p", site.Host.Surl(root + "/mine/a/b"));
        await _shell.DoAsync("gfal-rename", site.Host.Surl(root + "/mine/a"), site.Host.Surl(root + "/mine/c"));
        (await _shell.ListAsync(root + "/mine")).Should().Equal("c");
        await _shell.DoAsync("gfal-chmod", "700", site.Host.Surl(root + "/mine"));
        (await _shell.DoAsync("gfal-stat", site.Host.Surl(root + "/mine"))).Should().Contain("(0700/drwx------)");
        await _shell.DoAsync("gfal-rm", "-r", site.Host.Surl(root + "/mine"));
        (await _shell.ListAsync(root)).Should().NotContain("mine");
    }

    [SkippableFact]
    public async Task Removing_a_file_unpublishes_it_and_leaves_the_archive_alone()
    {
        site.Require();
        var file = (await _shell.FilesAsync("dcmqr-get"))[0];
        await _shell.DoAsync("gfal-rm", site.Host.Surl(file));
        var (code, output) = await site.RunAsync("gfal-stat", site.Host.Surl(file));
        code.Should().Be(2, output);
        var name = Path.GetFileName(file);
        (await _shell.FilesAsync("dcmqr-move")).Should().Contain(f => f.EndsWith(name, StringComparison.Ordinal), "another publication of the same archive still lists the object");
    }

    [SkippableTheory]
    [InlineData("gfal-rm", "/grid/testvo/orthanc-get", 21)]
    [InlineData("gfal-stat", "/grid/testvo/orthanc-get/nothing", 2)]
    [InlineData("gfal-mkdir", "/grid/testvo/orthanc-get", 17)]
    public async Task Says_what_is_wrong_as_posix_does(string command, string path, int errno)
    {
        site.Require();
        var (code, output) = await site.RunAsync(command, site.Host.Surl(path));
        code.Should().Be(errno, output);
    }
}
