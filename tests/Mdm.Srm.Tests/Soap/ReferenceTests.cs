using System.Text;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;

namespace Mdm.Srm.Tests.Soap;

/// <summary>References between elements, as Java clients on Axis send them (SOAP 1.1 §5.4.1).</summary>
public class ReferenceTests
{
    [Fact]
    public void Structures_that_stand_behind_the_call_are_found()
    {
        var read = Read(
            """
            <n:srmPrepareToGet xmlns:n="http://srm.lbl.gov/StorageResourceManager"><srmPrepareToGetRequest href="#id0"/></n:srmPrepareToGet>
            <multiRef id="id0"><desiredPinLifeTime>60</desiredPinLifeTime><arrayOfFileRequests href="#id1"/><transferParameters href="#id3"/></multiRef>
            <multiRef id="id1"><requestArray href="#id2"/><requestArray href="#id4"/></multiRef>
            <multiRef id="id3"><arrayOfTransferProtocols><stringArray>https</stringArray></arrayOfTransferProtocols></multiRef>
            <multiRef id="id4"><sourceSURL>srm://h/b</sourceSURL></multiRef>
            <multiRef id="id2"><sourceSURL>srm://h/a</sourceSURL></multiRef>
            """);

        read.Message.Should().BeEquivalentTo(new PrepareToGetRequest
        {
            FileRequests = [new GetFileRequest("srm://h/a"), new GetFileRequest("srm://h/b")],
            DesiredPinLifeTime = 60,
            TransferParameters = new TransferParameters { TransferProtocols = ["https"] },
        });
    }

    [Theory]
    [InlineData("a target that is not there", "<srmMkdir><srmMkdirRequest href='#id9'/></srmMkdir>")]
    [InlineData("a target inside the call", "<srmMkdir><srmMkdirRequest href='#id1'><x id='id1'/></srmMkdirRequest></srmMkdir>")]
    [InlineData("two references to one target", "<srmPrepareToGet><srmPrepareToGetRequest><arrayOfFileRequests><requestArray href='#a'/><requestArray href='#a'/></arrayOfFileRequests></srmPrepareToGetRequest></srmPrepareToGet><m id='a'><sourceSURL>srm://h/a</sourceSURL></m>")]
    public void A_reference_that_cannot_be_followed_is_refused(string what, string body) =>
        Read(body).Refusal.Should().Contain("refers to an element", what);

    [Fact]
    public void A_circle_is_refused()
    {
        var answer = "<srmLsResponse><srmLsResponse><returnStatus><statusCode>SRM_SUCCESS</statusCode></returnStatus><details href='#a'/></srmLsResponse></srmLsResponse>" +
            "<m id='a'><pathDetailArray><path>/x</path><arrayOfSubPaths href='#a'/></pathDetailArray></m>";

        var read = () => SoapReader.ReadResponse(Enveloped(answer), SoapLimits.Response);

        read.Should().Throw<SoapException>().Which.Error.Should().Be(SoapError.Malformed);
    }

    [Fact]
    public void A_call_that_is_a_reference_is_malformed()
    {
        var read = () => Read("<srmPing href='#x'/>");

        read.Should().Throw<SoapException>().Which.Error.Should().Be(SoapError.Malformed);
    }

    private static SoapRequest Read(string body) => SoapReader.ReadRequest(Enveloped(body), SoapLimits.Request);

    private static byte[] Enveloped(string body) => Encoding.UTF8.GetBytes($"<Envelope><Body>{body}</Body></Envelope>");
}
