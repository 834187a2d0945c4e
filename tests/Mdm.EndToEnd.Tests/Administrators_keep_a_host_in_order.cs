using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mdm.Client;
using Mdm.DemoPacs;
using Mdm.Srm.Messages;

namespace Mdm.EndToEnd.Tests;

/// <summary>Orders by the local socket and at the door, while a researcher works.</summary>
public sealed class Administrators_keep_a_host_in_order : IAsyncLifetime, IDisposable
{
    private const string Vo = "/" + TestGrid.Vo;
    private const string Archive = "pacs";
    // More than lies in sockets and buffers between host and client.
    private const int Large = 24 << 20;

    // Longer than these tests: no pin ends by itself.
    private const int PinSeconds = 3600;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TestGrid _grid = new();
    private readonly int _diagnostics = Here.FreePort();
    private DemoPacsServer? _pacs;
    private HostProcess? _host;

    private HostProcess Host => _host!;

    private string Socket => Path.Combine(Host.State, "admin.sock");

    public async Task InitializeAsync()
    {
        _pacs = Site.Pacs(instances: 3, bytes: Large);
        _host = await HostProcess.StartAsync(_grid, configuration =>
        {
            Site.Publish(configuration, [(Archive, _pacs.AeTitle, _pacs.Port)]);
            configuration["Operators"] = new JsonArray("/DC=org/DC=testgrid/CN=Olga Operator");
            configuration["Administrators"] = new JsonArray("/DC=org/DC=testgrid/CN=Ada Administrator");
            configuration["Diagnostics"] = new JsonObject { ["Port"] = _diagnostics };
        });
        await _host.PublishedAsync(Archive);
    }

    public async Task DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        if (_pacs is not null)
            await _pacs.DisposeAsync();
    }

    public void Dispose() => _grid.Dispose();

    [Fact]
    public async Task Who_is_banned_is_cut_off_in_the_middle_and_let_in_again()
    {
        using var user = new GridUser(Host);
        using var local = Administration.AtSocket(Socket);
        var files = await user.SeriesAsync(Site.Root(Archive));
        var answer = await user.GetAsync([files[0]], Limit, PinSeconds);
        answer.IsGood.Should().BeTrue("{0}", answer);
        var turl = answer.Files[0].TransferUrl!;
        using var half = await user.OpenAsync(turl);

        await local.BanAsync(Vo, "stolen proxies", null, CancellationToken.None);

        await half.Invoking(body => body.CopyToAsync(Stream.Null)).Should().ThrowAsync<IOException>("the rest is not sent to whom is banned");
        (await user.Invoking(u => u.ReadAsync(turl)).Should().ThrowAsync<HttpRequestException>()).Which.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        var refused = (await user.StatusAsync(answer.Token!)).Status;
        refused.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        refused.Explanation.Should().Contain("banned");
        (await LinesAsync(local.PinsAsync(CancellationToken.None))).Should().BeEmpty("what he had pinned has ended");
        await Host.RestartAsync("KILL");
        (await user.Invoking(u => u.ReadAsync(turl)).Should().ThrowAsync<HttpRequestException>("a ban holds over a restart")).Which.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        var (code, told) = await MdmAsync("bans", "--socket", Socket);
        code.Should().Be(0, told);
        told.Should().Contain("/testvo: stolen proxies").And.Contain("by /CN=local socket/UID=");

        (await MdmAsync("unban", Vo, "--socket", Socket)).Code.Should().Be(0);
        (await user.ReadAsync(turl)).Bytes.Should().HaveCountGreaterThan(Large);
    }

    [Fact]
    public async Task Operators_look_and_administrators_do_more_and_others_neither()
    {
        using var operators = At("Olga Operator");
        using var administrators = At("Ada Administrator");
        using var nobody = new GridUser(Host);
        using var others = nobody.Files.AdministrationAt(nobody.Surl("/"));

        await operators.BanAsync("/DC=org/DC=testgrid/CN=Nobody", "a test", DateTimeOffset.UtcNow + TimeSpan.FromDays(1), CancellationToken.None);
        (await LinesAsync(operators.BansAsync(CancellationToken.None))).Should().ContainSingle().Which.GetProperty("by").GetString().Should().EndWith("CN=Olga Operator");
        await operators.LiftBanAsync("/DC=org/DC=testgrid/CN=Nobody", CancellationToken.None);
        (await LinesAsync(operators.PublishAsync(Archive, null, restores: false, acceptsLoss: false, CancellationToken.None)))[^1].GetProperty("outcome").GetString().Should().Be("complete");

        await RefusedAsync(() => operators.BanAsync("/DC=org/DC=testgrid/CN=Ada Administrator", "mutiny", null, CancellationToken.None));
        await RefusedAsync(() => LinesAsync(operators.PublishAsync(Archive, null, restores: true, acceptsLoss: false, CancellationToken.None)));
        await RefusedAsync(() => operators.EndQuarantineAsync(null, CancellationToken.None));
        await RefusedAsync(() => LinesAsync(others.RequestsAsync(new RequestQuery(), CancellationToken.None)));
        (await administrators.Invoking(a => a.BanAsync("/DC=org/DC=testgrid/CN=Ada Administrator", "by mistake", null, CancellationToken.None)).Should().ThrowAsync<SrmException>())
            .Which.Message.Should().Contain("yourself");
        (await administrators.EndQuarantineAsync(null, CancellationToken.None)).Should().Be(0);
        File.GetUnixFileMode(Socket).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var trail = string.Concat(Directory.EnumerateFiles(Path.Combine(Host.State, "audit"), "*.jsonl").Select(Here.ReadShared));
        trail.Should().Contain("ban /DC=org/DC=testgrid/CN=Nobody until ").And.Contain("neither an operator nor an administrator");
    }

    [Fact]
    public async Task A_drained_archive_is_asked_for_nothing_and_a_drained_host_takes_nothing_new()
    {
        using var user = new GridUser(Host);
        using var local = Administration.AtSocket(Socket);
        var files = await user.SeriesAsync(Site.Root(Archive));
        await local.DrainAsync(Archive, "the PACS is being updated.", CancellationToken.None);
        var asked = await user.AskAsync([files[1]], PinSeconds);
        asked.ReturnStatus.StatusCode.Should().Be(StatusCode.RequestQueued);
        (await user.StatusAsync(asked.RequestToken!)).Files[0].EstimatedWaitTime.Should().BeGreaterThan(60);
        var archive = (await LinesAsync(local.ArchivesAsync(CancellationToken.None))).Should().ContainSingle().Subject;
        archive.GetProperty("drained").GetProperty("reason").GetString().Should().Be("the PACS is being updated.");
        archive.GetProperty("delivered").GetInt64().Should().Be(0);
        (await LinesAsync(local.PublishAsync(Archive, null, false, false, CancellationToken.None)))[^1].GetProperty("outcome").GetString().Should().Be("incomplete");

        await local.DrainAsync(null, "this machine goes away.", CancellationToken.None);
        var refused = (await user.AskAsync([files[2]])).ReturnStatus;
        refused.StatusCode.Should().Be(StatusCode.InternalError, "clients try again on that");
        refused.Explanation.Should().Contain("this machine goes away.");
        await ReadyIsAsync(HttpStatusCode.ServiceUnavailable, "not ready: drained (this machine goes away.)");
        await Host.RestartAsync();
        await ReadyIsAsync(HttpStatusCode.ServiceUnavailable, "drained (this machine goes away.)");
        (await user.StatusAsync(asked.RequestToken!)).Files[0].Status.StatusCode.Should().Be(StatusCode.RequestQueued);

        // What was begun ends, also at a host that takes nothing new.
        await local.UndrainAsync(Archive, CancellationToken.None);
        (await user.EndAsync(asked.RequestToken!, Limit)).IsGood.Should().BeTrue();
        await local.UndrainAsync(null, CancellationToken.None);
        await ReadyIsAsync(HttpStatusCode.OK, "ready\n");
        (await user.GetAsync([files[2]], Limit, PinSeconds)).IsGood.Should().BeTrue();

        var (code, told) = await MdmAsync("requests", "--socket", Socket, "--token", asked.RequestToken!);
        code.Should().Be(0, told);
        told.Should().MatchRegex(@"queued \d\d:\d\d:\d\d, queued \+\d+\.\ds, inProgress \+\d+\.\ds, ready \+\d+\.\ds");
        // Also where it is midnight meanwhile.
        var (since, until) = (DateOnly.FromDateTime(DateTime.UtcNow).AddDays(-1), DateOnly.FromDateTime(DateTime.UtcNow).AddDays(1));
        var delivered = (await user.ReadAsync((await user.StatusAsync(asked.RequestToken!)).Files[0].TransferUrl!)).Bytes.Length;
        await Here.UntilAsync(async () => (await LinesAsync(local.UsageAsync(since, until, "archive", CancellationToken.None))).Any(line => line.GetProperty("bytesDelivered").GetInt64() == delivered), Limit, "what was delivered is counted");
        var (_, csv) = await MdmAsync("usage", "--by", "vo", "--since", $"{since:yyyy-MM-dd}", "--until", $"{until:yyyy-MM-dd}", "--csv", "--socket", Socket);
        csv.Should().MatchRegex($@"vo,requests,filesFetched,bytesStaged,deliveries,bytesDelivered,filesPut,bytesPut\s+testvo,\d,2,\d+,1,{delivered},0,0");
        var metrics = await Host.MetricsAsync();
        metrics.Should().Contain("mdm_pool_quota_bytes 4000000000").And.Contain("mdm_requests_files{status=\"Ready\"} 2").And.Contain($"mdm_archive_delivered_total{{archive=\"{Archive}\"}} 2")
            .And.Contain($"mdm_archive_drained{{archive=\"{Archive}\"}} 0").And.Contain("mdm_transfers_total{outcome=\"complete\"} 1").And.Contain("mdm_bans 0");
        var pool = await local.PoolAsync(CancellationToken.None);
        pool.GetProperty("files").GetInt32().Should().Be(2);
        pool.GetProperty("archives")[0].GetProperty("name").GetString().Should().Be(Archive);
        pool.GetProperty("vos")[0].GetProperty("name").GetString().Should().Be(TestGrid.Vo);
        (await LinesAsync(local.PinsAsync(CancellationToken.None))).Select(pin => pin.GetProperty("request").GetString()).Should().Contain(asked.RequestToken);
        (await local.AbortAsync(asked.RequestToken!, [0], "enough", CancellationToken.None)).Should().Be(1);
        (await user.StatusAsync(asked.RequestToken!)).Files[0].Status.Explanation.Should().Contain("enough");
    }

    private static async Task RefusedAsync(Func<Task> order) => (await order.Should().ThrowAsync<SrmException>()).Which.Status.Should().Be(StatusCode.AuthorizationFailure);

    private static async Task<List<JsonElement>> LinesAsync(IAsyncEnumerable<JsonElement> lines)
    {
        var all = new List<JsonElement>();
        await foreach (var line in lines)
            all.Add(line);
        return all;
    }

    private static Task<(int Code, string Output)> MdmAsync(params string[] arguments) => ChildProcess.RunAsync("dotnet", [Here.Built("Mdm.Cli", "mdm.dll"), "admin", .. arguments], limit: Limit);

    private async Task ReadyIsAsync(HttpStatusCode status, string said)
    {
        using var client = new HttpClient();
        // A host that was started anew serves a moment before it says so.
        await Here.UntilAsync(async () =>
        {
            using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{_diagnostics}/healthz/ready"));
            return answer.StatusCode == status && (await answer.Content.ReadAsStringAsync()).Contains(said, StringComparison.Ordinal);
        }, Limit, $"the host says {said}");
    }

    private Administration At(string name)
    {
        var proxy = _grid.Proxy(_grid.User(name), [Vo]);
        return GridFiles.Open(new GridEnvironment { CertificateFile = proxy, KeyFile = proxy, TrustDirectory = _grid.CertificateDirectory, Searched = string.Empty })
            .AdministrationAt(Surl.Parse(Host.Surl("/")));
    }
}
