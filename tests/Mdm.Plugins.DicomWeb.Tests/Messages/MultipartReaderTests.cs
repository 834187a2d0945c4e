using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.DicomWeb.Messages;

namespace Mdm.Plugins.DicomWeb.Tests.Messages;

public sealed class MultipartReaderTests
{
    private const long Any = 1 << 20;

    public static TheoryData<int, bool> Cuts
    {
        get
        {
            var cuts = new TheoryData<int, bool>();
            foreach (var atMost in (int[])[1, 2, 3, 7, 64, 4096, 200_000])
            {
                cuts.Add(atMost, true);
                cuts.Add(atMost, false);
            }

            return cuts;
        }
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task Gives_every_part_whole_however_the_bytes_arrive(int atMost, bool withLengths)
    {
        byte[][] parts = [[], "a"u8.ToArray(), [.. Enumerable.Range(0, 150_000).Select(i => (byte)(i * 31))], "\r\n--betwee\r\n--between!\r\n-"u8.ToArray(), "\r\n"u8.ToArray()];

        var read = await ReadAsync(new Trickle(TestObjects.Body(parts, withLengths), atMost), Any);

        read.Should().HaveCount(parts.Length);
        for (var i = 0; i < parts.Length; i++)
            read[i].Should().Equal(parts[i]);
    }

    [Theory]
    [InlineData("\r\n--b\r\n\r\nx\r\n--b--", "x")]
    [InlineData("preamble\r\n--b \t\r\nContent-Type: a/b\r\n\r\nx\r\n--b--\r\nepilogue", "x")]
    [InlineData("--b\r\n\r\nx\r\n--b\r\nContent-Length: 1\r\n\r\ny\r\n--b--", "x|y")]
    [InlineData("--b--", "")]
    public async Task Takes_what_the_standard_allows(string body, string parts)
    {
        var read = await ReadAsync(new MemoryStream(Encoding.ASCII.GetBytes(body)), Any, "b");

        string.Join('|', read.Select(part => Encoding.ASCII.GetString(part))).Should().Be(parts);
    }

    [Theory]
    [InlineData("", MdmErrorKind.Corrupt)]
    [InlineData("--b", MdmErrorKind.Corrupt)]
    [InlineData("--b\r\n", MdmErrorKind.Corrupt)]
    [InlineData("--b\r\n\r\nx", MdmErrorKind.Corrupt)]
    [InlineData("--b\r\n\r\nx\r\n--b", MdmErrorKind.Corrupt)]
    [InlineData("--b\r\n\r\nx\r\n--b-", MdmErrorKind.Corrupt)]
    [InlineData("--b\r\nContent-Length: 2\r\n\r\nx\r\n--b--", MdmErrorKind.Corrupt)]
    [InlineData("--b\r\nContent-Length: 0\r\n\r\nx\r\n--b--", MdmErrorKind.Corrupt)]
    [InlineData("--b\r\nContent-Length: -1\r\n\r\nx\r\n--b--", MdmErrorKind.Corrupt)]
    [InlineData("--b\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx\r\n--b--", MdmErrorKind.Corrupt)]
    [InlineData("--b\r\nContent-Length: 99999999999999999999\r\n\r\nx\r\n--b--", MdmErrorKind.Corrupt)]
    [InlineData("--b\r\nContent-Length: 10737418240\r\n\r\nx\r\n--b--", MdmErrorKind.Refused)]
    [InlineData("--b\r\n: nameless\r\n\r\nx\r\n--b--", MdmErrorKind.Corrupt)]
    public async Task Refuses_what_is_broken(string body, MdmErrorKind kind) =>
        (await TestObjects.FailureAsync(() => ReadAsync(new MemoryStream(Encoding.ASCII.GetBytes(body)), Any, "b"))).Kind.Should().Be(kind);

    [Fact]
    public async Task Bounds_header_preamble_padding_and_part()
    {
        async Task<string> Said(string body, long maxPart = Any) => (await TestObjects.FailureAsync(() => ReadAsync(new Endless(body), maxPart, "b"))).Message;

        (await Said("--b\r\nX: ")).Should().Contain("MaxPartHeaderLength");
        (await Said("no delimiter")).Should().Contain("MaxPreambleLength");
        (await Said("--b\r\n\r\n")).Should().Contain("MaxObjectLength");
        (await Said("--b" + new string(' ', 1000))).Should().Contain("MaxDelimiterPadding");
    }

    [Theory]
    [InlineData("b", "b")]
    [InlineData("\"a b\"", "a b")]
    public void Knows_boundaries(string text, string boundary) => MultipartReader.BoundaryOf(text).Should().Be(boundary);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("a\r\nb")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234567890")]
    public void Refuses_other_boundaries(string? text) => FluentActions.Invoking(() => MultipartReader.BoundaryOf(text)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);

    [Fact]
    public async Task A_part_that_was_left_is_not_read_any_more()
    {
        var reader = new MultipartReader(new MemoryStream(TestObjects.Body(["one"u8.ToArray(), "two"u8.ToArray()], withLengths: false)), TestObjects.Boundary, Any);
        var first = await reader.NextAsync(default);
        await reader.NextAsync(default);

        await FluentActions.Awaiting(() => first!.Content.ReadAsync(new byte[1]).AsTask()).Should().ThrowAsync<InvalidOperationException>();
    }

    private static async Task<List<byte[]>> ReadAsync(Stream body, long maxPart, string boundary = TestObjects.Boundary)
    {
        var reader = new MultipartReader(body, boundary, maxPart);
        var parts = new List<byte[]>();
        while (await reader.NextAsync(default) is { } part)
        {
            using var whole = new MemoryStream();
            await part.Content.CopyToAsync(whole, 5000);
            parts.Add(whole.ToArray());
        }

        return parts;
    }

    private sealed class Trickle(byte[] content, int atMost) : ReadOnlyByteStream
    {
        private int _given;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(Math.Min(buffer.Length, atMost), content.Length - _given);
            content.AsMemory(_given, count).CopyTo(buffer);
            _given += count;
            return ValueTask.FromResult(count);
        }
    }

    /// <summary>A beginning, and then the letter x without end.</summary>
    private sealed class Endless(string beginning) : ReadOnlyByteStream
    {
        private ReadOnlyMemory<byte> _beginning = Encoding.ASCII.GetBytes(beginning);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(buffer.Length, _beginning.Length);
            _beginning[..count].CopyTo(buffer);
            _beginning = _beginning[count..];
            buffer.Span[count..].Fill((byte)'x');
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
