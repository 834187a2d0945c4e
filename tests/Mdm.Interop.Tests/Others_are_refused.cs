namespace Mdm.Interop.Tests;

/// <summary>Who may not, is told so, by the client's own words.</summary>
[Collection(RealSite.Name)]
public sealed class Others_are_refused(RealSite site)
{
    private readonly Shell _shell = new(site);

    [SkippableFact]
    public async Task A_member_of_another_vo_neither_lists_nor_copies()
    {
        site.Require();
        using var target = new TemporaryDirectory();
        var file = await _shell.AFileAsync("orthanc-get");
        var list = await site.RunAsAsync(site.Grid.StrangerProxy, "gfal-ls", site.Host.Surl(RealSite.Root("orthanc-get")));
        list.ExitCode.Should().Be(13, list.Output);
        list.Output.Should().Contain("SRM_AUTHORIZATION_FAILURE");
        var copy = await site.RunAsAsync(site.Grid.StrangerProxy, "gfal-copy", site.Host.Surl(file), "file://" + target["no.dcm"]);
        copy.ExitCode.Should().Be(13, copy.Output);
        File.Exists(target["no.dcm"]).Should().BeFalse();
    }

    [SkippableFact]
    public async Task A_revoked_user_is_refused_without_restart()
    {
        site.Require();
        var user = site.Grid.User("Renata Revoked");
        var proxy = site.Grid.Proxy(user, [$"/{TestGrid.Vo}/Role=physician", $"/{TestGrid.Vo}"]);
        var directory = site.Host.Surl(RealSite.Root("orthanc-get"));
        (await site.RunAsAsync(proxy, "gfal-ls", directory)).ExitCode.Should().Be(0);
        site.Grid.Authority.Revoke(user.Certificate);
        site.Grid.PublishRevocations();
        await Here.UntilAsync(async () => (await site.RunAsAsync(proxy, "gfal-ls", directory)).Output.Contains("revoked", StringComparison.OrdinalIgnoreCase),
            TimeSpan.FromSeconds(60), "the revocation holds and is told");
    }

    [SkippableFact]
    public async Task A_proxy_of_an_unknown_authority_is_told_so()
    {
        site.Require();
        using var elsewhere = new TestGrid();
        var (code, output) = await site.RunAsAsync(elsewhere.PhysicianProxy, "gfal-ls", site.Host.Surl("/grid"));
        code.Should().Be(13, output);
        output.Should().Contain("SRM_AUTHENTICATION_FAILURE").And.Contain("issuer");
    }
}
