namespace Mdm.Native.Tests;

/// <summary>What is wrong with a credential, a host or the keystores reaches the program as a kind and a sentence.</summary>
[Collection(NativeSite.Name)]
public sealed class Programs_are_told_what_fails(NativeSite site)
{
    private static readonly string Exercise = CppProgram.Own("exercise");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [SkippableFact]
    public async Task A_proxy_of_another_VO_is_denied()
    {
        site.Require();

        await DemandAsync("access denied", site.Environment(site.Grid.StrangerProxy));
    }

    [SkippableFact]
    public async Task A_proxy_of_an_authority_that_nobody_trusts_is_denied()
    {
        site.Require();
        using var elsewhere = new TestGrid();

        await DemandAsync("access denied", site.Environment(elsewhere.PhysicianProxy));
    }

    [SkippableFact]
    public async Task No_proxy_is_no_credential()
    {
        site.Require();

        await DemandAsync("no credential", site.Environment("/nonexistent/proxy"));
    }

    [SkippableFact]
    public async Task A_host_that_is_not_there_is_unavailable()
    {
        site.Require();
        var environment = site.Environment();
        environment["MDM_ENDPOINT"] = $"srm://localhost:{Here.FreePort()}";

        await DemandAsync("unavailable", environment);
    }

    [SkippableFact]
    public async Task A_keystore_that_is_down_is_missed_by_nobody_and_two_are_too_many()
    {
        site.Require();
        var (first, second) = (site.Keystores.Processes[0], site.Keystores.Processes[1]);
        try
        {
            first.Process.Signal("TERM");
            await first.Process.ExitAsync(Limit);
            await DemandAsync("ok", site.Environment());

            second.Process.Signal("TERM");
            await second.Process.ExitAsync(Limit);
            await DemandAsync("unavailable", site.Environment());
        }
        finally
        {
            await first.RestartAsync();
            await second.RestartAsync();
        }
        await DemandAsync("ok", site.Environment());
    }

    private async Task DemandAsync(string kind, Dictionary<string, string?> environment)
    {
        var (code, said) = await site.RunAsync(Exercise, ["failure", site.Image], environment, Limit);
        code.Should().Be(0, said);
        said.Trim().Split('\n').Should().Contain(kind);
    }
}
