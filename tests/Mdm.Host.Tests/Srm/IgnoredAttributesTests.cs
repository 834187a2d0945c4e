using System.Buffers;
using Mdm.Host.Access;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;

namespace Mdm.Host.Tests.Srm;

public sealed class IgnoredAttributesTests
{
    private const string Reason = "attributes of 'biomed' ignored: the attribute certificate has expired";

    [Fact]
    public async Task A_refusal_for_want_of_a_right_says_which_attributes_did_not_count()
    {
        await using var bench = new SrmBench();
        bench.AddDirectory("/grid/closed", 0b111_000_000);
        var ls = await AskAsync<LsResponse>(bench, new LsRequest { Surls = [SrmBench.Surl("/grid/closed/x")] }, [Reason]);
        ls.Details![0].Status!.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        ls.Details[0].Status!.Explanation.Should().EndWith($" (VOMS: {Reason})");
        ls.ReturnStatus.Explanation.Should().EndWith($" (VOMS: {Reason})");
        var mkdir = await AskAsync<MkdirResponse>(bench, new MkdirRequest { Surl = SrmBench.Surl("/grid/closed/new") }, [Reason]);
        mkdir.ReturnStatus.Explanation.Should().EndWith($" (VOMS: {Reason})");
        var without = await AskAsync<MkdirResponse>(bench, new MkdirRequest { Surl = SrmBench.Surl("/grid/closed/new") }, []);
        without.ReturnStatus.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        without.ReturnStatus.Explanation.Should().NotContain("VOMS");
    }

    [Fact]
    public async Task What_fails_for_another_reason_does_not_blame_the_attributes()
    {
        await using var bench = new SrmBench();
        var ls = await AskAsync<LsResponse>(bench, new LsRequest { Surls = [SrmBench.Surl("/missing")] }, [Reason]);
        ls.Details![0].Status!.StatusCode.Should().Be(StatusCode.InvalidPath);
        ls.ReturnStatus.Explanation.Should().NotContain("VOMS");
    }

    private static async Task<T> AskAsync<T>(SrmBench bench, SrmRequest request, string[] ignored)
        where T : SrmResponse
    {
        var body = new ArrayBufferWriter<byte>();
        SoapWriter.WriteRequest(body, request);
        var (_, answer) = await bench.PostAsync(body.WrittenMemory.ToArray(), new ConnectionCaller(SrmBench.Bob, null) { IgnoredAttributes = [.. ignored] });
        return (T)SoapReader.ReadResponse(answer, SoapLimits.Response);
    }
}
