using System.Text;
using System.Text.RegularExpressions;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;

namespace Mdm.Srm.Tests.Soap;

/// <summary>The exchanges that were recorded from gfal2 and ARC, all of them.</summary>
public partial class CaptureTests
{
    private const string Absent = "The recorded exchanges do not stand beside the checkout.";

    [SkippableFact]
    public void Every_recorded_request_is_understood()
    {
        var requests = Recorded("request").ToList();
        Skip.If(requests.Count == 0, Absent);

        foreach (var (file, operation, body) in requests)
        {
            var read = SoapReader.ReadRequest(body, SoapLimits.Request);
            read.Operation.Name.Should().Be(operation, file);
            read.Refusal.Should().BeNull(file);
            SurlsOf(read.Message!).Should().OnlyContain(s => s.StartsWith("srm://localhost", StringComparison.Ordinal), file);

            var again = SoapReader.ReadRequest(RoundTripTests.Written(read.Message!), SoapLimits.Request);
            again.Message.Should().BeEquivalentTo(read.Message, o => o.RespectingRuntimeTypes().ComparingRecordsByMembers(), file);
        }
    }

    [SkippableFact]
    public void Every_recorded_response_is_understood_and_written_alike()
    {
        var responses = Recorded("response").ToList();
        Skip.If(responses.Count == 0, Absent);

        foreach (var (file, operation, body) in responses)
        {
            var read = SoapReader.ReadResponse(body, SoapLimits.Response);
            read.Operation.Name.Should().Be(operation, file);
            // The clients accepted exactly this text.
            var accepted = EmptyElement().Replace(Encoding.UTF8.GetString(body), "<$1></$1>");
            Encoding.UTF8.GetString(RoundTripTests.Written(read)).Should().Be(accepted, file);
        }
    }

    [SkippableTheory]
    [InlineData("gfal-ls.xml", "srmLs")]
    [InlineData("arcls-l.xml", "srmLs")]
    public void A_listing_asks_for_one_path(string file, string operation)
    {
        var ls = (LsRequest)First(file, operation);

        ls.Surls.Should().ContainSingle();
        ls.FullDetailedList.Should().BeTrue();
        ls.NumOfLevels.Should().Be(0);
        ls.Count.Should().BeNull("clients page only when they are told to");
    }

    [SkippableFact]
    public void Gfal_chmod_sends_digits()
    {
        var set = (SetPermissionRequest)First("gfal-chmod.xml", "srmSetPermission");

        set.Should().BeEquivalentTo(new SetPermissionRequest
        {
            Surl = "srm://localhost/x",
            PermissionType = PermissionType.Change,
            OwnerPermission = PermissionMode.RWX,
            UserPermissions = [],
            GroupPermissions = [],
            OtherPermission = PermissionMode.RX,
        });
    }

    [SkippableFact]
    public void Gfal_copy_names_its_protocols_in_order()
    {
        var get = (PrepareToGetRequest)First("gfal-copy-get.xml", "srmPrepareToGet");

        get.FileRequests.Should().Equal(new GetFileRequest("srm://localhost/x"));
        get.DesiredTotalRequestTime.Should().Be(3600);
        get.TransferParameters!.TransferProtocols.Should().Equal("gsiftp", "https", "root");
    }

    private static SrmRequest First(string file, string operation)
    {
        var requests = Recorded("request").ToList();
        Skip.If(requests.Count == 0, Absent);
        return SoapReader.ReadRequest(requests.First(r => r.File == file && r.Operation == operation).Body, SoapLimits.Request).Message!;
    }

    private static IEnumerable<string> SurlsOf(SrmRequest request) => request switch
    {
        LsRequest ls => ls.Surls,
        RmRequest rm => rm.Surls,
        MkdirRequest mkdir => [mkdir.Surl],
        RmdirRequest rmdir => [rmdir.Surl],
        MvRequest mv => [mv.FromSurl, mv.ToSurl],
        PutDoneRequest done => done.Surls,
        PrepareToGetRequest get => get.FileRequests.Select(f => f.SourceSurl),
        PrepareToPutRequest put => put.FileRequests!.Select(f => f.TargetSurl!),
        BringOnlineRequest bring => bring.FileRequests.Select(f => f.SourceSurl),
        StatusOfBringOnlineRequestRequest status => status.SourceSurls!,
        SetPermissionRequest set => [set.Surl],
        CheckPermissionRequest check => check.Surls,
        AbortFilesRequest abort => abort.Surls,
        _ => ["srm://localhost"],
    };

    private static IEnumerable<(string File, string Operation, byte[] Body)> Recorded(string side)
    {
        var captures = Samples.Srm is null ? null : Path.Combine(Samples.Srm, "captures");
        if (captures is null || !Directory.Exists(captures))
            yield break;
        foreach (var file in Directory.EnumerateFiles(captures, "*.xml").Order(StringComparer.Ordinal))
        {
            foreach (Match match in Exchange().Matches(File.ReadAllText(file)))
            {
                if (match.Groups["side"].Value == side)
                    yield return (Path.GetFileName(file), match.Groups["operation"].Value, Encoding.UTF8.GetBytes(match.Groups["body"].Value));
            }
        }
    }

    [GeneratedRegex(@"<!-- ==== (?<operation>srm\w+) (?<side>request|response)\b.*?-->\s*(?<body><.*?Envelope>)(?=\s*(<!--|\z))", RegexOptions.Singleline)]
    private static partial Regex Exchange();

    [GeneratedRegex(@"<(\w+) />")]
    private static partial Regex EmptyElement();
}
