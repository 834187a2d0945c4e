using System.Text;
using Mdm.Abstractions;
using Mdm.Plugins.DicomWeb.Backend;

namespace Mdm.Plugins.DicomWeb.Tests.Backend;

public sealed class StoringTests
{
    [Fact]
    public async Task Nothing_is_stored_where_the_administrator_has_not_allowed_it()
    {
        await using var server = ArchiveServer.Saying(ArchiveServer.Answer("200 OK", "application/dicom+json", "{}"u8));
        await using var closed = TestObjects.Backend(server.Url);
        await using var open = TestObjects.Writable(server.Url);

        (closed as IWritableBackend).Should().BeNull("an archive that nobody opened has not the ability");
        (await Stored(open, TestObjects.File("1.2.3.4.5", 10), "text/plain")).Kind.Should().Be(MdmErrorKind.Unsupported);
        (await Stored(open, "This is a letter."u8.ToArray())).Kind.Should().Be(MdmErrorKind.Corrupt);
        server.Requests.Should().Be(0);
    }

    [Theory]
    [InlineData("409 Conflict", """{"00081198":{"vr":"SQ","Value":[{"00081197":{"vr":"US","Value":[42753]}}]}}""", MdmErrorKind.NoSpace)]
    [InlineData("409 Conflict", """{"00081198":{"vr":"SQ","Value":[{"00081197":{"vr":"US","Value":[272]}}]}}""", MdmErrorKind.Refused)]
    [InlineData("202 Accepted", """{"00081198":{"vr":"SQ","Value":[{}]}}""", MdmErrorKind.Refused)]
    [InlineData("200 OK", """{"00081199":{"vr":"SQ","Value":[{}]}}""", MdmErrorKind.Unavailable)]
    [InlineData("200 OK", "<xml/>", MdmErrorKind.Unavailable)]
    [InlineData("507 Insufficient Storage", "", MdmErrorKind.NoSpace)]
    [InlineData("403 Forbidden", "", MdmErrorKind.AccessDenied)]
    public async Task What_the_archive_did_not_take_or_does_not_show_is_not_stored(string status, string report, MdmErrorKind kind)
    {
        await using var server = new ArchiveServer(async (request, stream, cancellationToken) =>
        {
            if (request.Line.StartsWith("POST", StringComparison.Ordinal))
            {
                var left = int.Parse(request.Header("Content-Length")!, System.Globalization.CultureInfo.InvariantCulture);
                await stream.ReadExactlyAsync(new byte[left], cancellationToken);
                await stream.WriteAsync(ArchiveServer.Answer(status, "application/dicom+json", Encoding.ASCII.GetBytes(report)), cancellationToken);
            }
            else
            {
                await stream.WriteAsync(ArchiveServer.Answer("200 OK", "application/dicom+json", "[]"u8), cancellationToken);
            }
        });
        await using var backend = TestObjects.Writable(server.Url);

        (await Stored(backend, TestObjects.File("1.2.3.4.5", 2_000_000))).Kind.Should().Be(kind);
    }

    private static Task<MdmException> Stored(WritableDicomWebBackend backend, byte[] content, string type = "application/dicom") =>
        TestObjects.FailureAsync(async () => await backend.StoreAsync(new MemoryStream(content), TestObjects.Draft(type), default));
}
