namespace Mdm.Interop.Tests;

/// <summary>ARC as Debian ships it: its own SRM client, which speaks differently from gfal2.</summary>
[Collection(RealSite.Name)]
public sealed class Arc_lists_and_copies(RealSite site)
{
    private readonly Shell _shell = new(site);

    [SkippableTheory]
    [InlineData("")]
    [InlineData(";protocol=tls")]
    public async Task Lists_and_copies(string option)
    {
        site.Require();
        using var target = new TemporaryDirectory();
        var file = await _shell.AFileAsync("orthanc-get");
        var surl = $"srm://localhost:{site.Host.Port}{option}{file}";
        (await _shell.DoAsync("arcls", "-l", surl[..surl.LastIndexOf('/')])).Should().Contain(Path.GetFileName(file));
        await _shell.DoAsync("arccp", "-f", surl, target["image.dcm"]);
        (await _shell.DoAsync("gfal-sum", site.Host.Surl(file), "ADLER32")).Trim().Should().EndWith(Checksums.Adler32(target["image.dcm"]));
    }

    [SkippableFact]
    public async Task Makes_renames_and_removes()
    {
        site.Require();
        var root = site.Host.Surl(RealSite.Root("orthanc-move"));
        await _shell.DoAsync("arcmkdir", root + "/arc");
        await _shell.DoAsync("arcrename", root + "/arc", root + "/arc2");
        (await _shell.DoAsync("arcls", root)).Should().Contain("arc2");
        await _shell.DoAsync("arcrm", root + "/arc2");
        (await _shell.DoAsync("arcls", root)).Should().NotContain("arc2");
    }
}
