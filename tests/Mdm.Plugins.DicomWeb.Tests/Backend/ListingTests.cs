using System.Text;
using Mdm.Abstractions;

namespace Mdm.Plugins.DicomWeb.Tests.Backend;

/// <summary>How archives page, and how they fail to.</summary>
public sealed class ListingTests
{
    private const string Json = "application/dicom+json";

    [Theory]
    [InlineData(7, 10, int.MaxValue)]
    [InlineData(10, 10, int.MaxValue)]
    [InlineData(25, 10, int.MaxValue)]
    [InlineData(420, 500, 100)]
    [InlineData(130, 500, 50)]
    public async Task Every_instance_is_listed_once_although_pages_are_cut_off(int instances, int pageSize, int cap)
    {
        // Fifty is no cap that anybody would suspect; there the archive says itself that there is more.
        await using var server = Series(instances, cap, saysMore: cap < 100);
        await using var backend = TestObjects.Backend(server.Url, options => options.PageSize = pageSize);

        var entries = await TestObjects.ListAsync(backend);

        entries.Select(entry => entry.Labels[2]).Should().Equal(Enumerable.Range(1, instances).Select(number => $"1.2.3.4.{number}"));
        entries.Should().OnlyContain(entry => entry.Value("InstanceNumber") == "1" && entry.Info.Id.Value.StartsWith("1.2.3/1.2.3.4/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(600, 500, true)]
    [InlineData(500, 500, false)]
    public async Task An_archive_that_does_not_page_is_believed_only_when_it_sent_more_than_was_asked_for(int instances, int pageSize, bool isBelieved)
    {
        await using var server = Series(instances, int.MaxValue, saysMore: false, pages: false);
        await using var backend = TestObjects.Backend(server.Url, options => options.PageSize = pageSize);

        if (isBelieved)
            (await TestObjects.ListAsync(backend)).Should().HaveCount(instances);
        else
            (await TestObjects.FailureAsync(() => TestObjects.ListAsync(backend))).Kind.Should().Be(MdmErrorKind.Unavailable);
    }

    [Fact]
    public async Task A_listing_that_breaks_off_does_not_end_as_if_it_were_complete()
    {
        await using var server = new ArchiveServer(async (request, stream, cancellationToken) =>
            await stream.WriteAsync(request.Target.Contains("/instances", StringComparison.Ordinal) ? ArchiveServer.Answer("500 Oh", null, []) : Above(request), cancellationToken));
        await using var backend = TestObjects.Backend(server.Url);

        (await TestObjects.FailureAsync(() => TestObjects.ListAsync(backend))).Kind.Should().Be(MdmErrorKind.Unavailable);
    }

    [Fact]
    public async Task Conditions_that_the_archive_can_judge_go_to_it_and_every_answer_is_judged_again()
    {
        var asked = new List<string>();
        await using var server = new ArchiveServer(async (request, stream, cancellationToken) =>
        {
            if (request.Target.StartsWith("/dicom-web/studies?", StringComparison.Ordinal))
                asked.Add($"{request.Argument("00080020")} {request.Argument("00100020")}");
            await stream.WriteAsync(Above(request), cancellationToken);
        });
        await using var backend = TestObjects.Backend(server.Url);

        var entries = await TestObjects.ListAsync(backend, new ArchiveSelection([new AttributeCondition("StudyDate", ["20240101-20240131"]), new AttributeCondition("PatientID", ["A&B*"]), new AttributeCondition("PatientName", ["Müller*"])]));

        asked.Should().Equal("20240101-20240131 A%26B%2A");
        entries.Should().BeEmpty("the study is of another date");
    }

    private static ArchiveServer Series(int instances, int cap, bool saysMore, bool pages = true) => new(async (request, stream, cancellationToken) =>
    {
        if (!request.Target.Contains("/instances", StringComparison.Ordinal))
        {
            await stream.WriteAsync(Above(request), cancellationToken);
            return;
        }

        var offset = pages ? int.Parse(request.Argument("offset")!, System.Globalization.CultureInfo.InvariantCulture) : 0;
        var limit = pages ? Math.Min(int.Parse(request.Argument("limit")!, System.Globalization.CultureInfo.InvariantCulture), cap) : int.MaxValue;
        var answers = Enumerable.Range(1, instances).Skip(offset).Take(limit).Select(number => $$$"""{"00080018":{"vr":"UI","Value":["1.2.3.4.{{{number}}}"]},"00200013":{"vr":"IS","Value":["01"]}}""").ToList();
        var body = Encoding.UTF8.GetBytes($"[{string.Join(',', answers)}]");
        var more = saysMore && offset + answers.Count < instances ? "Warning: 299 PACS \"There are additional results\"\r\n" : "";
        await stream.WriteAsync(answers.Count == 0 ? ArchiveServer.Answer("204 No Content", null, []) : ArchiveServer.Answer("200 OK", Json, body, more), cancellationToken);
    });

    private static byte[] Above(ServedRequest request) => ArchiveServer.Answer("200 OK", Json, request.Target.Contains("/series", StringComparison.Ordinal)
        ? """[{"0020000E":{"vr":"UI","Value":["1.2.3.4"]},"00080060":{"vr":"CS","Value":["CT"]}}]"""u8
        : """[{"0020000D":{"vr":"UI","Value":["1.2.3"]},"00080020":{"vr":"DA","Value":["20200101"]}}]"""u8);
}
