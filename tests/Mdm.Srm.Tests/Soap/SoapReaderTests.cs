using System.Text;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;

namespace Mdm.Srm.Tests.Soap;

public class SoapReaderTests
{
    [Fact]
    public void Reads_elements_in_any_order()
    {
        var ls = Read<LsRequest>("srmLs", "<numOfLevels>0</numOfLevels><fullDetailedList>true</fullDetailedList><arrayOfSURLs><urlArray>srm://localhost/x</urlArray></arrayOfSURLs>");

        ls.Should().BeEquivalentTo(new LsRequest { Surls = ["srm://localhost/x"], FullDetailedList = true, NumOfLevels = 0 });
    }

    [Fact]
    public void Takes_nil_empty_and_absent_for_nothing()
    {
        var get = Read<PrepareToGetRequest>(
            "srmPrepareToGet",
            """
            <authorizationID xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true">someone</authorizationID>
            <arrayOfFileRequests><requestArray><sourceSURL>srm://h/x</sourceSURL><dirOption/></requestArray></arrayOfFileRequests>
            <storageSystemInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="1"/>
            <desiredTotalRequestTime></desiredTotalRequestTime><targetSpaceToken/><desiredFileStorageType> </desiredFileStorageType>
            """);

        get.AuthorizationId.Should().BeNull();
        get.StorageSystemInfo.Should().BeNull();
        get.DesiredTotalRequestTime.Should().BeNull();
        get.TargetSpaceToken.Should().BeNull("an empty space token means none");
        get.DesiredFileStorageType.Should().BeNull();
        get.TransferParameters.Should().BeNull();
        get.FileRequests.Should().Equal(new GetFileRequest("srm://h/x", new DirOption(false)));
    }

    [Fact]
    public void An_empty_array_is_not_an_absent_one()
    {
        var set = Read<SetPermissionRequest>("srmSetPermission", "<SURL>srm://h/x</SURL><permissionType>CHANGE</permissionType><arrayOfUserPermissions></arrayOfUserPermissions>");

        set.UserPermissions.Should().NotBeNull().And.BeEmpty();
        set.GroupPermissions.Should().BeNull();
    }

    [Theory]
    [InlineData("0", PermissionMode.None)]
    [InlineData("1", PermissionMode.X)]
    [InlineData("2", PermissionMode.W)]
    [InlineData("3", PermissionMode.WX)]
    [InlineData("4", PermissionMode.R)]
    [InlineData("5", PermissionMode.RX)]
    [InlineData("6", PermissionMode.RW)]
    [InlineData("7", PermissionMode.RWX)]
    [InlineData("NONE", PermissionMode.None)]
    [InlineData(" RX\n", PermissionMode.RX)]
    public void Takes_permissions_by_name_and_by_digit(string sent, PermissionMode mode)
    {
        // gfal-chmod sends the digits.
        var set = Read<SetPermissionRequest>("srmSetPermission", $"<SURL>srm://h/x</SURL><permissionType>ADD</permissionType><otherPermission>{sent}</otherPermission>");

        set.OtherPermission.Should().Be(mode);
    }

    [Theory]
    [InlineData("8")]
    [InlineData("-1")]
    [InlineData("rwx")]
    [InlineData("07")]
    public void Refuses_other_permissions(string sent)
    {
        ReadAny("srmSetPermission", $"<SURL>srm://h/x</SURL><permissionType>ADD</permissionType><otherPermission>{sent}</otherPermission>")
            .Refusal.Should().StartWith("otherPermission is not one of NONE, X, W");
    }

    [Fact]
    public void A_digit_is_no_name_elsewhere()
    {
        ReadAny("srmSetPermission", "<SURL>srm://h/x</SURL><permissionType>0</permissionType>").Refusal.Should().StartWith("permissionType is not one of ADD");
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("1", true)]
    [InlineData("false", false)]
    [InlineData(" 0 ", false)]
    public void Takes_booleans_in_all_four_forms(string sent, bool value) =>
        Read<RmdirRequest>("srmRmdir", $"<SURL>srm://h/x</SURL><recursive>{sent}</recursive>").Recursive.Should().Be(value);

    [Fact]
    public void Takes_numbers_beyond_their_type_for_the_largest()
    {
        var put = Read<PrepareToPutRequest>(
            "srmPrepareToPut",
            "<arrayOfFileRequests><requestArray><expectedFileSize>18446744073709551615</expectedFileSize></requestArray></arrayOfFileRequests><desiredFileLifeTime>99999999999</desiredFileLifeTime>");

        put.FileRequests.Should().Equal(new PutFileRequest(null, long.MaxValue));
        put.DesiredFileLifeTime.Should().Be(int.MaxValue);
    }

    [Fact]
    public void Ignores_headers_comments_attributes_and_what_it_does_not_know()
    {
        var read = SoapReader.ReadRequest(
            """
            <?xml version="1.0"?><?php hello ?><!-- a --><E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Header><x><srmRm/></x></E:Header>
            <E:Body E:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"> <v:srmMkdir xmlns:v="http://srm.lbl.gov/StorageResourceManager">
            <srmMkdirRequest xmlns:t="urn:t" t:type="ns:thing"><extension><SURL>srm://h/wrong</SURL></extension>
            <SURL t:type="xsd:anyURI">srm://h/<!-- b --><![CDATA[d&r]]></SURL></srmMkdirRequest></v:srmMkdir></E:Body></E:Envelope>
            """u8.ToArray(),
            SoapLimits.Request);

        read.Message.Should().Be(new MkdirRequest { Surl = "srm://h/d&r" });
    }

    [Theory]
    [InlineData("<s:srmPing xmlns:s='http://srm.lbl.gov/StorageResourceManager'/>")]
    [InlineData("<s:srmPing xmlns:s='http://srm.lbl.gov/StorageResourceManager'><srmPingRequest/></s:srmPing>")]
    [InlineData("<srmPing><srmPingRequest></srmPingRequest></srmPing>")]
    public void An_empty_call_is_a_ping(string call) =>
        SoapReader.ReadRequest(Encoding.UTF8.GetBytes($"<Envelope><Body>{call}</Body></Envelope>"), SoapLimits.Request).Message.Should().Be(new PingRequest());

    [Theory]
    [InlineData("utf-16")]
    [InlineData("iso-8859-1")]
    public void Reads_the_encodings_that_every_XML_reader_knows(string encoding)
    {
        var text = $"<?xml version='1.0' encoding='{encoding}'?><Envelope><Body><srmMkdir><srmMkdirRequest><SURL>srm://h/é</SURL></srmMkdirRequest></srmMkdir></Body></Envelope>";
        var bytes = Encoding.GetEncoding(encoding) is var e ? e.GetPreamble().Concat(e.GetBytes(text)).ToArray() : [];

        SoapReader.ReadRequest(bytes, SoapLimits.Request).Message.Should().Be(new MkdirRequest { Surl = "srm://h/é" });
    }

    [Fact]
    public void A_fault_reaches_the_client_in_its_own_words()
    {
        var read = () => SoapReader.ReadResponse(
            "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><e:Fault><faultcode>e:Server</faultcode><faultstring>gone fishing</faultstring></e:Fault></e:Body></e:Envelope>"u8.ToArray(),
            SoapLimits.Response);

        read.Should().Throw<SoapException>().WithMessage("gone fishing").Which.Error.Should().Be(SoapError.Fault);
    }

    [Fact]
    public void A_status_code_that_a_host_made_up_is_a_custom_one()
    {
        var answer = SoapReader.ReadResponse(
            "<Envelope><Body><srmMkdirResponse><srmMkdirResponse><returnStatus><statusCode>SRM_TIRED</statusCode></returnStatus></srmMkdirResponse></srmMkdirResponse></Body></Envelope>"u8.ToArray(),
            SoapLimits.Response);

        answer.Should().Be(new MkdirResponse { ReturnStatus = new ReturnStatus(StatusCode.CustomStatus) });
    }

    private static SoapRequest ReadAny(string operation, string part) => SoapReader.ReadRequest(
        Encoding.UTF8.GetBytes($"<Envelope><Body><s:{operation} xmlns:s='http://srm.lbl.gov/StorageResourceManager'><{operation}Request>{part}</{operation}Request></s:{operation}></Body></Envelope>"),
        SoapLimits.Request);

    private static T Read<T>(string operation, string part)
        where T : SrmRequest
    {
        var read = ReadAny(operation, part);
        read.Refusal.Should().BeNull();
        return read.Message.Should().BeOfType<T>().Subject;
    }
}
