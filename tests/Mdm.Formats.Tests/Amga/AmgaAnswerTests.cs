using System.Text;
using Mdm.Formats.Amga;

namespace Mdm.Formats.Tests.Amga;

public sealed class AmgaAnswerTests
{
    public static TheoryData<string, string> Answers => new()
    {
        { "0\n\u0004\u0004", "0" },
        { "0\nPatientName\nvarchar(256)\nage\nint\n\u0004\u0004", "0|PatientName|varchar(256)|age|int" },
        { "0 2\nv1\nv2\nw1\n\n\u0004\u0004", "0 2|v1|v2|w1|" },
        { "4 Permission denied\n\u0004\u0004", "error 4 Permission denied" },
        { "9\n\u0004\u0004", "error 9 The server gives no reason." },
        { "0\nr\n\u0004session4711\u0004", "0|r|session 4711" },
        { "1 none\n\u0004session18446744073709551615\u0004", "error 1 none|session 18446744073709551615" },
        { "0\nr1\nr2\n\u0018\n12\n\u0004\u0004", "0|r1|r2|error 12 The server broke its answer off." },
        { "0\nr1\n\u0018\n12 too long\n\u0004session7\u0004", "0|r1|error 12 too long|session 7" },
        { "0\na\\012b\n\u0004\u0004", "0|a\nb" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Is_read_however_it_is_cut(string bytes, string means)
    {
        var wire = Encoding.UTF8.GetBytes(bytes);
        for (var cut = 1; cut < wire.Length; cut++)
            (await ReadAsync(new AmgaInput(new Pieces(wire[..cut], wire[cut..])))).Should().Be(means);
        (await ReadAsync(new AmgaInput(new Pieces([.. wire.Select(b => new[] { b })])))).Should().Be(means);
    }

    [Fact]
    public async Task Is_ended_by_one_byte_from_a_server_of_protocol_1()
    {
        var input = new AmgaInput(new MemoryStream("0\na\n\u00040\nb\n\u0004"u8.ToArray()));

        (await ReadAsync(input, protocol: 1)).Should().Be("0|a");
        (await ReadAsync(input, protocol: 1)).Should().Be("0|b");
    }

    [Theory]
    [InlineData("hello\n\u0004\u0004")]
    [InlineData("0")]
    [InlineData("0\nrow")]
    [InlineData("0\nrow\n")]
    [InlineData("0\nrow\n\u0004")]
    [InlineData("0\nrow\n\u0004sess")]
    [InlineData("0\nrow\n\u0004other\u0004")]
    [InlineData("0\nrow\n\u0018\nwhat\n\u0004\u0004")]
    [InlineData("-1 x\n\u0004\u0004")]
    [InlineData("99999999999 x\n\u0004\u0004")]
    public async Task Is_not_believed_when_it_is_cut_or_none(string bytes) =>
        await new Func<Task>(() => ReadAsync(new AmgaInput(new MemoryStream(Encoding.UTF8.GetBytes(bytes))))).Should().ThrowAsync<AmgaProtocolException>();

    [Fact]
    public async Task A_line_beyond_the_limit_is_refused_with_its_name() =>
        (await new Func<Task>(() => ReadAsync(new AmgaInput(new MemoryStream(Encoding.ASCII.GetBytes("0\n" + new string('x', 5000) + "\n\u0004\u0004")), 4096))).Should().ThrowAsync<AmgaProtocolException>())
        .WithMessage("*MaxLineLength (4096 bytes)*");

    [Fact]
    public async Task Is_written_as_it_is_read()
    {
        var wire = new MemoryStream();
        var writer = new AmgaAnswerWriter(wire.WriteAsync);
        writer.Begin("2");
        await writer.WriteAsync("a\nb\u0004", default);
        await writer.WriteAsync(string.Empty, default);
        await writer.EndAsync(null, default);
        await writer.FailAsync(4, "no\nway", "77", default);
        writer.Begin(null);
        await writer.WriteAsync("x", default);
        await writer.AbortAsync(12, null, default);

        Encoding.UTF8.GetString(wire.ToArray()).Should().Be("0 2\na\\012b\\004\n\n\u0004\u0004" + "4 no\\012way\n\u0004session77\u0004" + "0\nx\n\u0018\n12\n\u0004\u0004");
        var input = new AmgaInput(new MemoryStream(wire.ToArray()));
        (await ReadAsync(input)).Should().Be("0 2|a\nb\u0004|");
        (await ReadAsync(input)).Should().Be("error 4 no\nway|session 77");
        (await ReadAsync(input)).Should().Be("0|x|error 12 The server broke its answer off.");
    }

    [Fact]
    public async Task Leaves_in_pieces_while_it_is_written()
    {
        var sent = new List<int>();
        var writer = new AmgaAnswerWriter((bytes, _) =>
        {
            sent.Add(bytes.Length);
            return ValueTask.CompletedTask;
        });
        writer.Begin(null);
        for (var i = 0; i < 10_000; i++)
            await writer.WriteAsync(new string('y', 99), default);
        await writer.EndAsync(null, default);

        sent.Sum().Should().Be((10_000 * 100) + 4);
        sent.Should().HaveCountGreaterThan(20).And.OnlyContain(length => length < 40_000);
    }

    private static async Task<string> ReadAsync(AmgaInput input, int protocol = 2)
    {
        var told = new List<string>();
        var (answer, error) = await AmgaAnswerReader.BeginAsync(input, protocol, default);
        if (error is not null)
            told.Add($"error {error.Code} {error.Message}");
        else
            told.Add(answer.Header is null ? "0" : "0 " + answer.Header);
        try
        {
            await foreach (var row in answer.RowsAsync(default))
                told.Add(row);
        }
        catch (AmgaAnswerException broken)
        {
            broken.AfterRows.Should().BeTrue();
            told.Add($"error {broken.Code} {broken.Message}");
        }
        answer.IsComplete.Should().BeTrue();
        if (answer.Session is { } session)
            told.Add("session " + session);
        return string.Join('|', told);
    }
}
