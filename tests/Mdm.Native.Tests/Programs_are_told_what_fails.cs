using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mdm.Gsi.Issuing;

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
    public async Task A_proxy_that_has_ended_is_no_credential_as_soon_as_a_session_is_opened()
    {
        site.Require();
        var user = site.Grid.User("Late");
        var now = TimeProvider.System.GetUtcNow();
        var ended = site.Grid.Write(ProxyIssuer.Issue(user, new ProxyParameters { NotBefore = now.AddHours(-2), NotAfter = now.AddHours(-1) }));

        await DemandAsync("opening: no credential", site.Environment(ended));
    }

    [SkippableFact]
    public async Task A_host_that_nobody_vouches_for_is_refused_for_good()
    {
        site.Require();
        using var elsewhere = new TestGrid();
        var environment = site.Environment();
        environment["X509_CERT_DIR"] = elsewhere.CertificateDirectory;

        await DemandAsync("refused", environment);
    }

    [SkippableFact]
    public async Task A_host_of_another_name_is_refused_for_good()
    {
        site.Require();
        var environment = site.Environment();
        environment["MDM_ENDPOINT"] = environment["MDM_ENDPOINT"]!.Replace("localhost", "127.0.0.1", StringComparison.Ordinal);

        await DemandAsync("refused", environment);
    }

    [SkippableFact]
    public async Task A_call_that_waits_for_a_host_that_says_nothing_is_called_off()
    {
        site.Require();
        using var mute = new TcpListener(IPAddress.IPv6Any, 0);
        mute.Server.DualMode = true;
        mute.Start();
        var environment = site.Environment();
        environment["MDM_ENDPOINT"] = string.Create(CultureInfo.InvariantCulture, $"srm://localhost:{((IPEndPoint)mute.LocalEndpoint).Port}");

        var (code, said) = await site.RunAsync(Exercise, ["mute", site.Image], environment, Limit);

        code.Should().Be(0, said);
        said.Should().Contain("called off");
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
