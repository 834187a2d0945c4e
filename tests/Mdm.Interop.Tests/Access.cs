using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Mdm.Client;
using Mdm.Gsi.Client;
using Mdm.Gsi.Issuing;
using Mdm.Gsi.Trust;
using Mdm.Srm.Messages;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Interop.Tests;

/// <summary>What belongs to one caller is nobody else's, and who may what can change at any moment.</summary>
[Collection(RealSite.Name)]
public sealed class Access(RealSite site)
{
    private static readonly string[] Physician = [$"/{TestGrid.Vo}/Role=physician", $"/{TestGrid.Vo}"];
    private readonly Shell _shell = new(site);

    [SkippableFact]
    public async Task Another_callers_request_is_refused_even_to_a_colleague()
    {
        site.Require();
        var surl = Surl.Parse(site.Host.Surl(await _shell.AFileAsync("orthanc-get")));
        using var owner = Mdm.Open(site.Host, site.Grid.PhysicianProxy);
        var (token, _) = await GetAsync(owner, surl);
        foreach (var proxy in (string[])[site.Grid.StrangerProxy, Colleague()])
        {
            using var other = Mdm.Open(site.Host, proxy);
            var srm = other.At(surl);
            Refused((await srm.CallAsync<StatusOfGetRequestResponse>(new StatusOfGetRequestRequest { RequestToken = token }, CancellationToken.None)).ReturnStatus);
            Refused((await srm.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { RequestToken = token, Surls = [surl.ToString()] }, CancellationToken.None)).ReturnStatus);
            Refused((await srm.CallAsync<AbortFilesResponse>(new AbortFilesRequest { RequestToken = token, Surls = [surl.ToString()] }, CancellationToken.None)).ReturnStatus);
            Refused((await srm.CallAsync<AbortRequestResponse>(new AbortRequestRequest { RequestToken = token }, CancellationToken.None)).ReturnStatus);
        }
        var after = await owner.At(surl).StatusOfGetAsync(token, CancellationToken.None);
        after.FileStatuses!.Single().Status.StatusCode.Should().Be(StatusCode.FilePinned, "nobody else released or aborted it");

        static void Refused(ReturnStatus status) => status.StatusCode.Should().Be(StatusCode.AuthorizationFailure, status.Explanation);
    }

    [SkippableFact]
    public async Task Another_callers_transfer_address_and_bearer_token_are_refused()
    {
        site.Require();
        var series = await _shell.TheLargestSeriesAsync("orthanc-get");
        var files = await _shell.ListAsync(series);
        using var owner = Mdm.Open(site.Host, site.Grid.PhysicianProxy);
        var (_, turl) = await GetAsync(owner, Surl.Parse(site.Host.Surl($"{series}/{files[0]}")));
        var (_, anotherTurl) = await GetAsync(owner, Surl.Parse(site.Host.Surl($"{series}/{files[1]}")));

        using var mine = Http(site.Grid.PhysicianProxy);
        using var colleague = Http(Colleague());
        using var stranger = Http(site.Grid.StrangerProxy);
        using var nobody = Http(null);
        (await StatusAsync(mine, turl)).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(colleague, turl)).Should().Be(HttpStatusCode.Forbidden, "the address is another's, though the file is open to both");
        (await StatusAsync(stranger, turl)).Should().Be(HttpStatusCode.Forbidden);
        (await StatusAsync(nobody, turl)).Should().Be(HttpStatusCode.Unauthorized);

        var (asked, token) = await TokenAsync(mine, turl);
        asked.Should().Be(HttpStatusCode.OK);
        (await TokenAsync(colleague, turl)).Status.Should().Be(HttpStatusCode.Forbidden);
        (await TokenAsync(stranger, turl)).Status.Should().Be(HttpStatusCode.Forbidden);
        (await StatusAsync(nobody, turl, token)).Should().Be(HttpStatusCode.OK, "a bearer token is what its holder shows instead of a certificate");
        (await StatusAsync(nobody, anotherTurl, token)).Should().Be(HttpStatusCode.Forbidden, "it was made for one address");
        (await StatusAsync(mine, anotherTurl, token)).Should().Be(HttpStatusCode.Forbidden, "what the token says counts, not who brings it");
        var another = token[^4] == 'A' ? 'E' : 'A';
        (await StatusAsync(nobody, turl, token[..^4] + another + token[^3..])).Should().Be(HttpStatusCode.Forbidden, "it was changed");
    }

    [SkippableFact]
    public async Task A_change_of_rights_counts_at_once()
    {
        site.Require();
        var file = await _shell.AFileAsync("orthanc-move");
        var study = file[..file.LastIndexOf('/')];
        study = study[..study.LastIndexOf('/')];
        var colleague = Colleague();
        using var client = Mdm.Open(site.Host, colleague);
        using var http = Http(colleague);
        (await site.RunAsAsync(colleague, "gfal-ls", site.Host.Surl(study))).ExitCode.Should().Be(0);
        var (_, turl) = await GetAsync(client, Surl.Parse(site.Host.Surl(file)));
        (await StatusAsync(http, turl)).Should().Be(HttpStatusCode.OK);
        var (_, token) = await TokenAsync(http, turl);
        using var nobody = Http(null);
        try
        {
            await _shell.DoAsync("gfal-chmod", "700", site.Host.Surl(study));
            var list = await site.RunAsAsync(colleague, "gfal-ls", site.Host.Surl(study));
            list.ExitCode.Should().Be(13, list.Output);
            (await StatusAsync(http, turl)).Should().Be(HttpStatusCode.Forbidden, "an address given out before is no right");
            (await StatusAsync(nobody, turl, token)).Should().Be(HttpStatusCode.Forbidden, "nor is a token");
            (await site.RunAsync("gfal-ls", site.Host.Surl(study))).ExitCode.Should().Be(0, "its owner still may");
        }
        finally
        {
            // gfal-chmod says nothing of the group: it cannot open what it closed.
            await ChmodAsync($"+group:{Physician[0]}:r-x", study);
        }
        (await site.RunAsAsync(colleague, "gfal-ls", site.Host.Surl(study))).ExitCode.Should().Be(0, "it was opened again");
        (await StatusAsync(http, turl)).Should().Be(HttpStatusCode.OK);

        // And by our own command line, one entry of the list.
        await ChmodAsync($"+user:{ColleagueName}:---", study);
        (await site.RunAsAsync(colleague, "gfal-ls", site.Host.Surl(study))).ExitCode.Should().Be(13);
        (await StatusAsync(http, turl)).Should().Be(HttpStatusCode.Forbidden);
        await ChmodAsync($"-user:{ColleagueName}:---", study);
        (await StatusAsync(http, turl)).Should().Be(HttpStatusCode.OK);
    }

    [SkippableFact]
    public async Task A_job_with_nothing_but_a_limited_proxy_lists_and_fetches()
    {
        site.Require();
        using var target = new TemporaryDirectory();
        var file = await _shell.AFileAsync("orthanc-get");
        var proxy = ProxyIssuer.Issue(site.Grid.Physician, new ProxyParameters { AttributeCertificates = [site.Grid.Attributes(site.Grid.Physician.Certificate, Physician)] });
        var limited = site.Grid.Write(ProxyIssuer.Issue(proxy, new ProxyParameters { IsLimited = true }));
        string[] environment = ["-i", "HOME=" + target.Path, "X509_CERT_DIR=" + site.Grid.CertificateDirectory, "X509_USER_PROXY=" + limited];
        // The Python that gfal-* were built for is a matter of the machine, not of the job.
        string[] gfal = [.. environment, "GFAL_PYTHONBIN=/usr/bin/python3"];
        var dotnet = (await ChildProcess.RunAsync("/bin/sh", ["-c", "command -v dotnet"])).Output.Trim();
        string[] mdm = [.. environment, dotnet, Here.Built("Mdm.Cli", "mdm.dll")];
        var surl = site.Host.Surl(file);
        var directory = surl[..surl.LastIndexOf('/')];

        (await RunAsync([.. gfal, Here.Tool("gfal-ls"), directory])).Should().Contain(Path.GetFileName(file));
        await RunAsync([.. gfal, Here.Tool("gfal-copy"), surl, "file://" + target["gfal.dcm"]]);
        (await RunAsync([.. mdm, "ls", directory])).Should().Contain(Path.GetFileName(file));
        await RunAsync([.. mdm, "get", surl, target["mdm.dcm"]]);
        (await File.ReadAllBytesAsync(target["mdm.dcm"])).Should().Equal(await File.ReadAllBytesAsync(target["gfal.dcm"]));

        static async Task<string> RunAsync(string[] arguments)
        {
            var (code, output) = await ChildProcess.RunAsync("/usr/bin/env", arguments);
            code.Should().Be(0, output);
            return output;
        }
    }

    [SkippableFact]
    public async Task A_client_that_delegates_is_served()
    {
        site.Require();
        using var trust = Trust();
        using var tls = new GridTlsClient(trust);
        using var credential = GridCredential.LoadProxy(site.Grid.PhysicianProxy);
        using var http = new HttpClient(GridHttp.CreateHandler(tls, credential, delegates: true));
        var surl = Surl.Parse(site.Host.Surl(RealSite.Root("orthanc-get")));
        var srm = new SrmClient(http, new UriBuilder(surl.Endpoint) { Scheme = "httpg" }.Uri);
        (await srm.StatAsync([surl], CancellationToken.None))[0].Status!.StatusCode.Should().Be(StatusCode.Success);
        (await srm.PingAsync(CancellationToken.None)).VersionInfo.Should().Be("v2.2");
    }

    private const string ColleagueName = "/DC=org/DC=testgrid/CN=Petra Physician";

    private string Colleague() => site.Grid.Proxy(site.Grid.User("Petra Physician"), Physician);

    private async Task ChmodAsync(string rights, string path)
    {
        var (code, output) = await Mdm.RunAsync(site.Host, site.Grid.PhysicianProxy, "chmod", rights, site.Host.Surl(path));
        code.Should().Be(0, output);
    }

    private static async Task<(string Token, Uri Turl)> GetAsync(GridFiles client, Surl surl)
    {
        var srm = client.At(surl);
        var answer = await srm.PrepareToGetAsync([surl], ["https"], TimeSpan.FromMinutes(10), null, CancellationToken.None);
        var token = answer.RequestToken!;
        var files = answer.FileStatuses!;
        await Here.UntilAsync(
            async () =>
            {
                files = (await srm.StatusOfGetAsync(token, CancellationToken.None)).FileStatuses!;
                return files[0].Status.StatusCode is not (StatusCode.RequestQueued or StatusCode.RequestInProgress);
            },
            TimeSpan.FromSeconds(60), "the file is ready");
        files[0].Status.StatusCode.Should().Be(StatusCode.FilePinned, files[0].Status.Explanation);
        return (token, new Uri(files[0].TransferUrl!));
    }

    private TrustStore Trust() => new(new TrustOptions { CertificateDirectory = site.Grid.CertificateDirectory, ReloadInterval = TimeSpan.Zero }, NullLogger<TrustStore>.Instance);

    private HttpClient Http(string? proxy)
    {
        var handler = new OwningHandler(Trust(), proxy);
        return new HttpClient(handler);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, Uri turl, string? bearer = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, turl);
        request.Headers.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<(HttpStatusCode Status, string Token)> TokenAsync(HttpClient http, Uri turl)
    {
        using var body = new StringContent("""{"caveats": ["activity:DOWNLOAD"], "validity": "PT10M"}""");
        body.Headers.ContentType = new MediaTypeHeaderValue("application/macaroon-request");
        using var answer = await http.PostAsync(turl, body);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement.GetProperty("macaroon").GetString()! : string.Empty);
    }

    /// <summary>A caller's connections with all that they need.</summary>
    private sealed class OwningHandler : DelegatingHandler
    {
        private readonly TrustStore _trust;
        private readonly GridTlsClient _tls;
        private readonly GridCredential? _credential;

        public OwningHandler(TrustStore trust, string? proxy)
        {
            _trust = trust;
            _tls = new GridTlsClient(trust);
            _credential = proxy is null ? null : GridCredential.LoadProxy(proxy);
            InnerHandler = GridHttp.CreateHandler(_tls, _credential);
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (!disposing)
                return;
            _credential?.Dispose();
            _tls.Dispose();
            _trust.Dispose();
        }
    }
}
