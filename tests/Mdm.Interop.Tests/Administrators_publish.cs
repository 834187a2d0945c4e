namespace Mdm.Interop.Tests;

/// <summary>Publishing by order, with our own command line over the door.</summary>
[Collection(RealSite.Name)]
public sealed class Administrators_publish(RealSite site)
{
    private const string Publication = "dcmqr-get";
    private readonly Shell _shell = new(site);

    [SkippableFact]
    public async Task What_a_user_removed_stays_removed_until_it_is_restored()
    {
        site.Require();
        var series = await _shell.TheLargestSeriesAsync(Publication);
        var file = $"{series}/{(await _shell.ListAsync(series))[0]}";
        await _shell.DoAsync("gfal-rm", site.Host.Surl(file));

        await Mdm.PublishAsync(site.Host, Publication);
        (await _shell.ListAsync(series)).Should().NotContain(Path.GetFileName(file));

        await Mdm.PublishAsync(site.Host, Publication, "--restore");
        (await _shell.ListAsync(series)).Should().Contain(Path.GetFileName(file));
    }

    [SkippableFact]
    public async Task Others_may_not_order_it()
    {
        site.Require();
        var (code, output) = await Mdm.RunAsync(site.Host, site.Grid.ResearcherProxy, "publish", Publication);
        code.Should().Be(4, output);
    }
}
