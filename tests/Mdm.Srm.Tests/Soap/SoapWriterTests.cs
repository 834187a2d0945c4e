using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Xml.Linq;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;

namespace Mdm.Srm.Tests.Soap;

public class SoapWriterTests
{
    [Fact]
    public void Writes_a_response_in_the_shape_that_clients_accept()
    {
        var response = new PrepareToGetResponse
        {
            ReturnStatus = new ReturnStatus(StatusCode.Success),
            RequestToken = "tok-1",
            FileStatuses =
            [
                new GetRequestFileStatus
                {
                    SourceSurl = "srm://localhost/x",
                    FileSize = 11,
                    Status = new ReturnStatus(StatusCode.FilePinned),
                    RemainingPinTime = 3600,
                    TransferUrl = "https://localhost:8444/data/x",
                },
            ],
        };

        Encoding.UTF8.GetString(RoundTripTests.Written(response)).Should().Be(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Body>" +
            "<srm:srmPrepareToGetResponse xmlns:srm=\"http://srm.lbl.gov/StorageResourceManager\"><srmPrepareToGetResponse><returnStatus><statusCode>SRM_SUCCESS</statusCode>" +
            "</returnStatus><requestToken>tok-1</requestToken><arrayOfFileStatuses><statusArray><sourceSURL>srm://localhost/x</sourceSURL><fileSize>11</fileSize><status>" +
            "<statusCode>SRM_FILE_PINNED</statusCode></status><remainingPinTime>3600</remainingPinTime><transferURL>https://localhost:8444/data/x</transferURL></statusArray>" +
            "</arrayOfFileStatuses></srmPrepareToGetResponse></srm:srmPrepareToGetResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>");
    }

    [Fact]
    public void Writes_times_in_UTC()
    {
        var detail = new MetaDataPathDetail { Path = "/x", CreatedAtTime = new DateTimeOffset(2026, 7, 1, 1, 2, 3, 4, TimeSpan.FromHours(2)) };

        var written = RoundTripTests.Written(new LsResponse { ReturnStatus = new ReturnStatus(StatusCode.Success), Details = [detail] });

        Encoding.UTF8.GetString(written).Should().Contain("<createdAtTime>2026-06-30T23:02:03.004Z</createdAtTime>");
    }

    [Theory]
    [InlineData("a\u0000b\u001fc", "a\uFFFDb\uFFFDc")]
    [InlineData("\uFFFE\uFFFF", "\uFFFD\uFFFD")]
    public void Replaces_what_XML_cannot_carry(string text, string read)
    {
        var written = RoundTripTests.Written(new MkdirResponse { ReturnStatus = new ReturnStatus(StatusCode.Failure, text) });

        SoapReader.ReadResponse(written, SoapLimits.Response).Should().Be(new MkdirResponse { ReturnStatus = new ReturnStatus(StatusCode.Failure, read) });
    }

    [Fact]
    public void Replaces_half_of_a_character()
    {
        // Not inline data: the test runner itself would replace it.
        var written = RoundTripTests.Written(new MkdirRequest { Surl = "srm://h/half \uD83E" });

        SoapReader.ReadRequest(written, SoapLimits.Request).Message.Should().Be(new MkdirRequest { Surl = "srm://h/half \uFFFD" });
    }

    [Fact]
    public void Keeps_characters_of_two_units_whole_in_long_texts()
    {
        var text = "x" + string.Concat(Enumerable.Repeat("\U0001F9E0", 6_000));

        var written = RoundTripTests.Written(new MkdirRequest { Surl = text });

        SoapReader.ReadRequest(written, SoapLimits.Request).Message.Should().Be(new MkdirRequest { Surl = text });
    }

    [Theory]
    [InlineData(true, "SOAP-ENV:Client")]
    [InlineData(false, "SOAP-ENV:Server")]
    public void Writes_a_fault(bool isCallersFault, string code)
    {
        var buffer = new ArrayBufferWriter<byte>();
        SoapWriter.WriteFault(buffer, isCallersFault, "not <SOAP>");

        XNamespace soap = "http://schemas.xmlsoap.org/soap/envelope/";
        var fault = XDocument.Parse(Encoding.UTF8.GetString(buffer.WrittenSpan)).Root!.Element(soap + "Body")!.Element(soap + "Fault")!;
        fault.Element("faultcode")!.Value.Should().Be(code);
        fault.Element("faultstring")!.Value.Should().Be("not <SOAP>");
    }

    [Fact]
    public async Task A_long_listing_leaves_while_it_is_written()
    {
        var listing = Listing(entries: 5_000);
        var whole = RoundTripTests.Written(listing);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 128 * 1024, resumeWriterThreshold: 64 * 1024));

        var write = WriteAndComplete(pipe.Writer, listing);
        write.IsCompleted.Should().BeFalse("the listing is larger than the pipe, and nobody has read yet");
        using var received = new MemoryStream();
        await pipe.Reader.CopyToAsync(received);
        await write;

        received.ToArray().Should().Equal(whole);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_short_answer_is_the_same_written_either_way(int entries)
    {
        SrmResponse[] answers = [Listing(entries), new StatusOfLsRequestResponse { ReturnStatus = new ReturnStatus(StatusCode.Success), Details = Listing(entries).Details }, new PingResponse { VersionInfo = "v2.2" }];
        foreach (var answer in answers)
        {
            var pipe = new Pipe();
            await WriteAndComplete(pipe.Writer, answer);
            using var received = new MemoryStream();
            await pipe.Reader.CopyToAsync(received);

            received.ToArray().Should().Equal(RoundTripTests.Written(answer));
        }
    }

    [Fact]
    public async Task Stops_when_the_peer_is_gone()
    {
        var pipe = new Pipe();
        await pipe.Reader.CompleteAsync();

        var write = async () => await SoapWriter.WriteResponseAsync(pipe.Writer, Listing(entries: 5_000), CancellationToken.None);

        await write.Should().ThrowAsync<IOException>();
    }

    private static async Task WriteAndComplete(PipeWriter pipe, SrmResponse response)
    {
        await SoapWriter.WriteResponseAsync(pipe, response, CancellationToken.None);
        await pipe.CompleteAsync();
    }

    private static LsResponse Listing(int entries) => new()
    {
        ReturnStatus = new ReturnStatus(StatusCode.Success),
        Details =
        [
            new MetaDataPathDetail
            {
                Path = "/dir",
                Type = FileType.Directory,
                SubPaths = [.. Enumerable.Range(0, entries).Select(i => new MetaDataPathDetail { Path = $"/dir/{i}.dcm", Size = i, Status = new ReturnStatus(StatusCode.Success), Type = FileType.File })],
            },
        ],
    };
}
