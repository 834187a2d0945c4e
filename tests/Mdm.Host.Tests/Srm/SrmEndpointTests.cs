using System.Text;
using System.Text.RegularExpressions;
using Mdm.Host.Access;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;

namespace Mdm.Host.Tests.Srm;

public sealed partial class SrmEndpointTests
{
    private static readonly ConnectionCaller Stranger = new(null, "certificate has expired");

    [Fact]
    public async Task Tells_strangers_why_at_every_call_but_ping()
    {
        await using var bench = new SrmBench();
        foreach (var operation in SrmOperation.All)
        {
            var body = Encoding.UTF8.GetBytes($"""<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/" xmlns:s="http://srm.lbl.gov/StorageResourceManager"><E:Body><s:{operation.Name}><{operation.Name}Request/></s:{operation.Name}></E:Body></E:Envelope>""");
            var (status, answer) = await bench.PostAsync(body, Stranger);
            status.Should().Be(200);
            if (SoapReader.ReadResponse(answer, SoapLimits.Response) is SrmStatusResponse response)
                response.ReturnStatus.Should().Be(new ReturnStatus(StatusCode.AuthenticationFailure, "certificate has expired"), operation.Name);
            else
                operation.Should().Be(SrmOperation.Ping);
        }
    }

    [Fact]
    public async Task Says_what_it_is_and_does_not_offer()
    {
        await using var bench = new SrmBench();

        var ping = await bench.CallAsync<PingResponse>(new PingRequest());
        ping.VersionInfo.Should().Be("v2.2");
        ping.OtherInfo!.Select(info => info.Key).Should().Equal("backend_type", "backend_version");
        (await bench.CallAsync<GetTransferProtocolsResponse>(new GetTransferProtocolsRequest())).ProtocolInfo!.Select(one => one.TransferProtocol).Should().Equal("https");
        var copy = await bench.CallAsync<CopyResponse>(new CopyRequest { FileRequests = [new CopyFileRequest("srm://a/b", "srm://c/d")] });
        copy.ReturnStatus.StatusCode.Should().Be(StatusCode.NotSupported);
        copy.ReturnStatus.Explanation.Should().Contain("HTTP COPY");
        (await bench.CallAsync<GetSpaceTokensResponse>(new GetSpaceTokensRequest { UserSpaceTokenDescription = "" })).SpaceTokens.Should().Equal("POOL", "SCRATCH");
        var space = (await bench.CallAsync<GetSpaceMetaDataResponse>(new GetSpaceMetaDataRequest { SpaceTokens = ["POOL", "other"] })).SpaceDetails!;
        (space[0].TotalSize, space[0].UnusedSize, space[1].Status!.StatusCode).Should().Be((64L << 20, 64L << 20, StatusCode.InvalidRequest));
    }

    [Fact]
    public async Task Ping_names_the_other_services_of_the_site()
    {
        await using var bench = new SrmBench { OtherServices = [new("mdm.keys.type", "hydra")] };

        (await bench.CallAsync<PingResponse>(new PingRequest())).OtherInfo.Should().Contain(new ExtraInfo("mdm.keys.type", "hydra"));
    }

    [Fact]
    public async Task Faults_only_on_what_is_not_soap()
    {
        await using var bench = new SrmBench();
        var alice = new ConnectionCaller(SrmBench.Alice, null);

        var (garbage, fault) = await bench.PostAsync("GET me a file"u8.ToArray(), alice);
        garbage.Should().Be(500);
        Encoding.UTF8.GetString(fault).Should().Contain("Fault");
        (await bench.PostAsync(Encoding.UTF8.GetBytes(new string(' ', 9 << 20)), alice)).Status.Should().Be(500);
        (await bench.PostAsync(Encoding.UTF8.GetBytes(new string(' ', 100_000)), Stranger)).Status.Should().Be(500);

        var wrongValue = Encoding.UTF8.GetBytes("""<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/" xmlns:s="http://srm.lbl.gov/StorageResourceManager"><E:Body><s:srmLs><srmLsRequest><arrayOfSURLs><urlArray>srm://h/a</urlArray></arrayOfSURLs><numOfLevels>many</numOfLevels></srmLsRequest></s:srmLs></E:Body></E:Envelope>""");
        var (status, answer) = await bench.PostAsync(wrongValue, alice);
        status.Should().Be(200);
        ((LsResponse)SoapReader.ReadResponse(answer, SoapLimits.Response)).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
    }

    [SkippableFact]
    public async Task Answers_everything_that_real_clients_were_seen_to_send()
    {
        var captures = Captures();
        Skip.If(captures is null, "The recorded exchanges do not stand beside the checkout.");
        await using var bench = new SrmBench();
        bench.Publish("/x");
        var answered = 0;
        foreach (var file in Directory.EnumerateFiles(captures!, "*.xml").Order())
        {
            foreach (Match recorded in RecordedRequest().Matches(await File.ReadAllTextAsync(file)))
            {
                var body = recorded.Groups[1].Value;
                var (status, answer) = await bench.PostAsync(Encoding.UTF8.GetBytes(body), new ConnectionCaller(SrmBench.Alice, null));
                status.Should().Be(200, "{0}: {1}", file, Encoding.UTF8.GetString(answer));
                var response = SoapReader.ReadResponse(answer, SoapLimits.Response);
                if (response is SrmStatusResponse { ReturnStatus: var how })
                    how.StatusCode.Should().NotBe(StatusCode.InternalError, file).And.NotBe(StatusCode.FatalInternalError, file);
                answered++;
            }
        }
        answered.Should().BeGreaterThan(100);
    }

    private static string? Captures()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (!File.Exists(Path.Combine(directory.FullName, "MedicalDataManager.sln")))
                continue;
            var captures = Path.GetFullPath(Path.Combine(directory.FullName, "..", "shared", "srm", "captures"));
            return Directory.Exists(captures) ? captures : null;
        }
        return null;
    }

    [GeneratedRegex(@"<!-- ==== srm\w+ request\b.*?-->\s*(<.*?Envelope>)(?=\s*(<!--|\z))", RegexOptions.Singleline)]
    private static partial Regex RecordedRequest();
}
