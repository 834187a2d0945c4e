using System.Text;
using Mdm.Abstractions;

namespace Mdm.Plugins.DicomWeb.Tests.Backend;

/// <summary>An archive that is broken, or somebody who stands in its place.</summary>
public sealed class HostileServerTests
{
    private static readonly ArchiveObjectId One = TestObjects.Id("1.2.3.4.5");

    [Theory]
    [InlineData("401 Unauthorized", MdmErrorKind.AccessDenied)]
    [InlineData("403 Forbidden", MdmErrorKind.AccessDenied)]
    [InlineData("404 Not Found", MdmErrorKind.NotFound)]
    [InlineData("410 Gone", MdmErrorKind.NotFound)]
    [InlineData("400 Bad Request", MdmErrorKind.Refused)]
    [InlineData("302 Found", MdmErrorKind.Refused)]
    [InlineData("406 Not Acceptable", MdmErrorKind.Unsupported)]
    [InlineData("429 Too Many Requests", MdmErrorKind.Busy)]
    [InlineData("500 Internal Server Error", MdmErrorKind.Unavailable)]
    [InlineData("503 Service Unavailable", MdmErrorKind.Unavailable)]
    public async Task Each_status_has_its_kind_and_the_archives_words_are_kept_back(string status, MdmErrorKind kind)
    {
        await using var server = ArchiveServer.Saying(ArchiveServer.Answer(status, "text/plain", "Doe^Jane"u8, "Location: http://localhost:1/\r\nRetry-After: 7\r\n"));
        await using var backend = TestObjects.Backend(server.Url);

        var failure = await TestObjects.FailureAsync(async () => await backend.OpenReadAsync(One, default));

        failure.Kind.Should().Be(kind);
        failure.Message.Should().NotContain("Doe");
        if (kind is MdmErrorKind.Busy or MdmErrorKind.Unavailable)
            failure.RetryAfter.Should().Be(TimeSpan.FromSeconds(7));
        server.Requests.Should().Be(1, "a backend tries nothing twice");
    }

    [Fact]
    public async Task An_answer_without_end_of_headers_is_refused()
    {
        await using var server = new ArchiveServer(async (_, stream, cancellationToken) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), cancellationToken);
            while (true)
                await stream.WriteAsync("X-More: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"u8.ToArray(), cancellationToken);
        });
        await using var backend = TestObjects.Backend(server.Url);

        (await TestObjects.FailureAsync(async () => await backend.OpenReadAsync(One, default))).Kind.Should().Be(MdmErrorKind.Refused);
    }

    [Fact]
    public async Task A_part_without_end_of_headers_is_refused()
    {
        await using var server = Endless($"--{TestObjects.Boundary}\r\nX: ");
        await using var backend = TestObjects.Backend(server.Url);

        (await TestObjects.FailureAsync(async () => await backend.OpenReadAsync(One, default))).Message.Should().Contain("MaxPartHeaderLength");
    }

    [Fact]
    public async Task Ten_gigabytes_that_are_claimed_are_refused()
    {
        await using var server = Endless($"--{TestObjects.Boundary}\r\nContent-Length: 10737418240\r\n\r\n");
        await using var backend = TestObjects.Backend(server.Url, options => options.MaxObjectLength = 1 << 30);

        (await TestObjects.FailureAsync(async () => await backend.OpenReadAsync(One, default))).Message.Should().Contain("MaxObjectLength");
    }

    [Fact]
    public async Task An_object_that_goes_on_and_on_is_refused_at_the_limit()
    {
        var file = TestObjects.File("1.2.3.4.5", 100);
        // The pixels claim four gigabytes, and keep coming.
        file[^101] = 0xF0;
        await using var server = Endless($"--{TestObjects.Boundary}\r\n\r\n{Encoding.Latin1.GetString(file)}");
        await using var backend = TestObjects.Backend(server.Url, options => options.MaxObjectLength = 1 << 20);

        (await TestObjects.FailureAsync(async () => await TestObjects.ReadAsync(await backend.OpenReadAsync(One, default)))).Kind.Should().Be(MdmErrorKind.Refused);
    }

    [Theory]
    [InlineData("shorter")]
    [InlineData("longer")]
    [InlineData("cut")]
    [InlineData("no-close")]
    [InlineData("other-boundary")]
    [InlineData("other-object")]
    [InlineData("other-uid")]
    [InlineData("not-dicom")]
    public async Task A_broken_answer_is_corrupt_and_never_a_whole_object(string fault)
    {
        var file = TestObjects.File("1.2.3.4.5", 200_000);
        var body = TestObjects.Body([file], withLengths: true);
        var text = Encoding.Latin1.GetString(body);
        body = Encoding.Latin1.GetBytes(fault switch
        {
            "shorter" => text.Replace($"Content-Length: {file.Length}", $"Content-Length: {file.Length - 10}", StringComparison.Ordinal),
            "longer" => text.Replace($"Content-Length: {file.Length}", $"Content-Length: {file.Length + 10}", StringComparison.Ordinal),
            "cut" => text[..100_000],
            "no-close" => text[..^15].Replace($"Content-Length: {file.Length}\r\n", "", StringComparison.Ordinal),
            "other-boundary" => text.Replace("--" + TestObjects.Boundary, "--other", StringComparison.Ordinal),
            "other-object" => Encoding.Latin1.GetString(TestObjects.Body([TestObjects.File("1.2.3.4.6", 200_000)], withLengths: false)),
            "other-uid" => Encoding.Latin1.GetString(TestObjects.Body([TestObjects.File("1.2.3.4.5", 200_000, named: "1.2.3.4.6")], withLengths: false)),
            _ => Encoding.Latin1.GetString(TestObjects.Body(["This is a letter."u8.ToArray()], withLengths: false)),
        });
        await using var server = ArchiveServer.Saying(ArchiveServer.Answer("200 OK", TestObjects.Multipart, body));
        await using var backend = TestObjects.Backend(server.Url);

        var failure = await TestObjects.FailureAsync(async () => await TestObjects.ReadAsync(await backend.OpenReadAsync(One, default)));

        failure.Kind.Should().BeOneOf(MdmErrorKind.Corrupt, fault == "other-boundary" ? MdmErrorKind.Refused : MdmErrorKind.Corrupt);
    }

    [Fact]
    public async Task A_connection_that_ends_before_the_length_it_named_is_unavailable()
    {
        var answer = ArchiveServer.Answer("200 OK", TestObjects.Multipart, TestObjects.Body([TestObjects.File("1.2.3.4.5", 200_000)], withLengths: true));
        await using var server = ArchiveServer.Saying(answer[..100_000]);
        await using var backend = TestObjects.Backend(server.Url);

        for (var times = 0; times < 2; times++)
            (await TestObjects.FailureAsync(async () => await TestObjects.ReadAsync(await backend.OpenReadAsync(One, default)))).Kind.Should().Be(MdmErrorKind.Unavailable);
        (await TestObjects.FailureAsync(async () => await backend.OpenReadAsync(One, default))).Kind.Should().Be(MdmErrorKind.Refused, "what breaks its archive twice is left alone for a day");
        server.Requests.Should().Be(2);
    }

    [Fact]
    public async Task An_archive_that_falls_silent_is_given_up_in_time()
    {
        await using var silent = new ArchiveServer((_, _, cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken));
        await using var unanswered = TestObjects.Backend(silent.Url, options => (options.MessageTimeout, options.ConnectTimeout) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(300)));
        (await TestObjects.FailureAsync(async () => await unanswered.OpenReadAsync(One, default))).Kind.Should().Be(MdmErrorKind.Unavailable);

        var answer = ArchiveServer.Answer("200 OK", TestObjects.Multipart, TestObjects.Body([TestObjects.File("1.2.3.4.5", 200_000)], withLengths: true));
        await using var stalling = new ArchiveServer(async (_, stream, cancellationToken) =>
        {
            await stream.WriteAsync(answer.AsMemory(0, 100_000), cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        });
        await using var stalled = TestObjects.Backend(stalling.Url, options => options.StallTimeout = TimeSpan.FromMilliseconds(300));
        (await TestObjects.FailureAsync(async () => await TestObjects.ReadAsync(await stalled.OpenReadAsync(One, default)))).Message.Should().Contain("silent");
    }

    [Fact]
    public async Task JSON_that_is_deep_long_or_none_is_refused()
    {
        async Task<MdmException> ListedAsync(byte[] json)
        {
            await using var server = ArchiveServer.Saying(ArchiveServer.Answer("200 OK", "application/dicom+json", json));
            await using var backend = TestObjects.Backend(server.Url);
            return await TestObjects.FailureAsync(() => TestObjects.ListAsync(backend));
        }

        (await ListedAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("[", 1_000_000))))).Message.Should().Contain("MaxDepth");
        (await ListedAsync("<html>Welcome</html>"u8.ToArray())).Kind.Should().Be(MdmErrorKind.Corrupt);
        await using var endless = Endless("[");
        await using var flooded = TestObjects.Backend(endless.Url);
        (await TestObjects.FailureAsync(() => TestObjects.ListAsync(flooded))).Message.Should().Contain("MaxPageLength");
    }

    [Fact]
    public async Task Something_else_than_files_is_unsupported()
    {
        await using var server = ArchiveServer.Saying(ArchiveServer.Answer("200 OK", "text/html", "<html>"u8));
        await using var backend = TestObjects.Backend(server.Url);

        (await TestObjects.FailureAsync(async () => await backend.OpenReadAsync(One, default))).Kind.Should().Be(MdmErrorKind.Unsupported);
    }

    [Fact]
    public async Task A_file_that_comes_without_multipart_is_taken()
    {
        var file = TestObjects.File("1.2.3.4.5", 5000);
        await using var server = ArchiveServer.Saying(ArchiveServer.Answer("200 OK", "application/dicom", file));
        await using var backend = TestObjects.Backend(server.Url);

        (await TestObjects.ReadAsync(await backend.OpenReadAsync(One, default))).Should().Equal(file);
    }

    private static ArchiveServer Endless(string beginning) => new(async (_, stream, cancellationToken) =>
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {TestObjects.Multipart}\r\nConnection: close\r\n\r\n"), cancellationToken);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(beginning), cancellationToken);
        var more = new byte[64 * 1024];
        more.AsSpan().Fill((byte)' ');
        while (true)
            await stream.WriteAsync(more, cancellationToken);
    });
}
