using System.Text;
using Mdm.Plugins.Amga.Sessions;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Sessions;

/// <summary>What goes over the wire, byte for byte.</summary>
public sealed class TranscriptTests(TestGrid grid) : IClassFixture<TestGrid>
{
    // What the original Java client sends, and what it was answered.
    private const string JavaSends =
        "plain\n\n0 root\n1 N\n2 rwx\n3 r-x\n4 /\n5 pw\n\n" +
        "listattr '/a'\n" +
        "selectattr '/a:p' '/a:q' '/a:p = \"v\" and /a:q > 3'\n" +
        "bad\n" +
        "index_create 'i' '/a' 'p q' btree\nview_create '/v' '/a' 'p' 'p>1'\nsequence_create 's' '/a' 2 5\nquit\n";

    private const string JavaHears =
        AmgaSite.Greeting + "OK\n" +
        "0\nPatientName\nvarchar(256)\nage\nint\n\u0004\u0004" +
        "0 2\nv1\nv2\nw1\n\n\u0004\u0004" +
        "4 Permission denied\n\u0004\u0004" +
        "0\n\u0004\u0004" + "0\n\u0004\u0004" + "0\n\u0004\u0004";

    private readonly TestGrid _grid = grid;

    /// <summary>Commands and what they are answered.</summary>
    public static TheoryData<string, string> Table => new()
    {
        { "pwd\n", "0\n/\n\u0004\u0004" },
        { "cd /d\npwd\n", "0\n\u0004\u0004" + "0\n/d\n\u0004\u0004" },
        { "  addentry '/a/e'  'p' 'v' \r\n", "0\n\u0004\u0004" },
        { "echo 'O'Neil x' 'O\\'Neil y' '' a\\040b\n", "0\nO'Neil x\nO'Neil y\n\na b\n\u0004\u0004" },
        { "echo 'a\\012b\\015c\\004d\\030e' '\\134012' 'A\\B'\n", "0\na\\012b\\015c\\004d\\030e\n\\134012\nA\\B\n\u0004\u0004" },
        { "echo 'Müller €'\n", "0\nMüller €\n\u0004\u0004" },
        { "echo\n", "0\n\u0004\u0004" },
        { "\n \n\r\npwd\n", "0\n/\n\u0004\u0004" },
        { "nonsense\npwd\n", "3 There is no such command; 'help' lists them.\n\u0004\u0004" + "0\n/\n\u0004\u0004" },
        { "echo 'a\npwd\n", "3 A quote is not closed: a word that begins with ' ends with one, before a space or the end of the line.\n\u0004\u0004" + "0\n/\n\u0004\u0004" },
        { "echo a\0b\npwd\n", "3 The byte 0 cannot be in a command.\n\u0004\u0004" + "0\n/\n\u0004\u0004" },
        { "echo \u0018\npwd\n\u0018pwd\n", "0\n\\030\n\u0004\u0004" + "0\n/\n\u0004\u0004" + "0\n/\n\u0004\u0004" },
        { "fail 1 gone\nfail 7 k\nfail 8 q\nfail 9 i\nfail 10 k\nfail 11 d\nfail 12 a\nfail 13 t\nfail 15 e\nfail 16 d\nfail 17 s\nfail 100 u\n", string.Concat(new[] { "1 gone", "7 k", "8 q", "9 i", "10 k", "11 d", "12 a", "13 t", "15 e", "16 d", "17 s", "100 u" }.Select(e => e + "\n\u0004\u0004")) },
        { "fail 4 'two\\012lines\\004'\npwd\n", "4 two\\012lines\\004\n\u0004\u0004" + "0\n/\n\u0004\u0004" },
        { "refuse\npwd\n", "9 Later.\n\u0004\u0004" + "0\n/\n\u0004\u0004" },
        { "throw\npwd\n", "9 The server failed; its log says where.\n\u0004\u0004" + "0\n/\n\u0004\u0004" },
        { "breakoff\npwd\n", "0\nr1\nr2\n\u0018\n8\n\u0004\u0004" + "0\n/\n\u0004\u0004" },
        { "upload /a p\nput f v\nput g w\ncommit\npwd\n", "0\n\u0004\u0004" + "0\n/\n\u0004\u0004" },
        { "upload /a p\nput f v w\nput f 'v\nput g w\ncommit\npwd\n", "3 Not like this.\n\u0004\u0004" + "0\n/\n\u0004\u0004" },
        { "upload /a p\n  put\tf 'v\nput a\0b\ncommit\npwd\n", "3 A quote is not closed: a word that begins with ' ends with one, before a space or the end of the line.\n\u0004\u0004" + "0\n/\n\u0004\u0004" },
        { "pwd\nquit\npwd\n", "0\n/\n\u0004\u0004" },
        { "pwd\nexit\n", "0\n/\n\u0004\u0004" },
    };

    [Fact]
    public async Task Is_that_of_the_original_client()
    {
        await using var site = await AmgaSite.StartAsync(_grid);

        (await site.ExchangeAsync(JavaSends)).Should().Be(JavaHears);
        site.Commands.Begun.Should().Equal("root|rwx|r-x|/");
        site.Commands.Executed.Last().Should().Equal("sequence_create", "s", "/a", "2", "5");
    }

    [Fact]
    public async Task Does_not_depend_on_how_it_is_cut()
    {
        await using var site = await AmgaSite.StartAsync(_grid);
        var bytes = Encoding.UTF8.GetBytes(JavaSends);
        for (var cut = 1; cut < bytes.Length; cut++)
            (await site.ExchangeAsync(bytes[..cut], bytes[cut..])).Should().Be(JavaHears, $"cut at {cut}");
        (await site.ExchangeAsync([.. bytes.Select(b => new[] { b })])).Should().Be(JavaHears);
    }

    [Fact]
    public async Task Is_the_same_for_every_command_in_plain()
    {
        await using var site = await AmgaSite.StartAsync(_grid);
        foreach (var (sent, answered) in Rows())
            (await site.ExchangeAsync($"plain\n\n0 root\n5 pw\n\n{sent}quit\n")).Should().Be($"{AmgaSite.Greeting}OK\n{answered}", sent);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Is_the_same_for_every_command_over_TLS(bool hasTls13)
    {
        await using var site = await AmgaSite.StartAsync(_grid, hasTls13: hasTls13);
        foreach (var (sent, answered) in Rows())
        {
            using var socket = await site.SocketAsync();
            await using var stream = await site.SecureAsync(socket, _grid.PhysicianProxy);
            await stream.WriteAsync(Encoding.UTF8.GetBytes($"0 NULL\n\n{sent}quit\n"));

            (await AmgaSite.RestAsync(stream)).Should().Be(answered, sent);
        }
        site.Commands.Begun.Should().HaveCount(Rows().Count()).And.OnlyContain(b => b == "/DC=org/DC=testgrid/CN=Paula Physician|||");
    }

    [Fact]
    public async Task A_command_whose_line_is_cut_off_is_not_carried_out()
    {
        await using var site = await AmgaSite.StartAsync(_grid);
        using var socket = await site.SocketAsync();
        await using var stream = new System.Net.Sockets.NetworkStream(socket);
        await socket.SendAsync("plain\n\n0 root\n5 pw\n\npwd\ncd /x"u8.ToArray());
        socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);

        (await AmgaSite.RestAsync(stream)).Should().Be(AmgaSite.Greeting + "OK\n0\n/\n\u0004\u0004");
        site.Commands.Executed.Should().ContainSingle();
    }

    [Fact]
    public async Task Is_answered_in_order_however_many_commands_come_at_once()
    {
        await using var site = await AmgaSite.StartAsync(_grid);
        const int Count = 20_000;

        var answers = await site.ExchangeAsync("plain\n\n0 root\n5 pw\n\n" + string.Concat(Enumerable.Range(0, Count).Select(i => $"echo {i}\n")) + "quit\n");

        answers.Should().Be(AmgaSite.Greeting + "OK\n" + string.Concat(Enumerable.Range(0, Count).Select(i => $"0\n{i}\n\u0004\u0004")));
    }

    [Theory]
    [InlineData("0 stranger\n", "100 There is no user of that name.")]
    [InlineData("0 root\n5 wrong\n", "4 Permission denied")]
    [InlineData("0 NULL\n", "4 Permission denied")]
    [InlineData("", "4 Permission denied")]
    [InlineData("x root\n", "3 A line of the login does not begin with its number.")]
    [InlineData("0 fault\n", "9 The server failed; its log says where.")]
    public async Task A_refused_login_is_told_in_the_answer_to_the_first_command(string login, string answer)
    {
        await using var site = await AmgaSite.StartAsync(_grid);

        (await site.ExchangeAsync($"plain\n\n{login}\npwd\npwd\n")).Should().Be($"{AmgaSite.Greeting}OK\n{answer}\n\u0004\u0004");
        site.Commands.Executed.Should().BeEmpty();
        site.Log.All.Should().NotContain(line => line.Contains("wrong", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_certificate_that_is_refused_is_told_why_in_the_answer_to_the_first_command()
    {
        using var revoking = new TestGrid();
        revoking.Authority.Revoke(revoking.Researcher.Certificate);
        revoking.PublishRevocations();
        await using var site = await AmgaSite.StartAsync(revoking);
        using var socket = await site.SocketAsync();
        await using var stream = await site.SecureAsync(socket, revoking.ResearcherProxy);
        await stream.WriteAsync("0 NULL\n\npwd\n"u8.ToArray());

        (await AmgaSite.RestAsync(stream)).Should().StartWith("4 ").And.Contain("revoked").And.EndWith("\n\u0004\u0004");
    }

    [Fact]
    public async Task A_name_and_password_do_over_TLS_without_a_certificate()
    {
        await using var site = await AmgaSite.StartAsync(_grid);
        using var socket = await site.SocketAsync();
        await using var stream = await site.SecureAsync(socket, null);
        await stream.WriteAsync("0 root\n5 pw\n\nwhoami\nquit\n"u8.ToArray());

        (await AmgaSite.RestAsync(stream)).Should().Be("0\nroot\n\u0004\u0004");
    }

    [Fact]
    public async Task Plain_is_offered_only_where_it_is_allowed()
    {
        await using var site = await AmgaSite.StartAsync(_grid, o => o.Plain = PlainUse.No);

        var answer = await site.ExchangeAsync("plain\n\n0 root\n5 pw\n\npwd\n");

        answer.Should().StartWith("ARDA Metadata Server 1.3.0\nProtocol 2\nssl resumeSSL\n4 This server does not offer plain here");
        site.Commands.Begun.Should().BeEmpty();
    }

    [Fact]
    public async Task Statistics_are_told_without_a_login_and_not_too_often()
    {
        await using var site = await AmgaSite.StartAsync(_grid, o => o.StatisticsPerMinute = 1);
        var answers = new List<string>();
        for (var i = 0; i < 3; i++)
            answers.Add((await site.ExchangeAsync("statistics\n\n"))[AmgaSite.Greeting.Length..]);

        answers[0].Should().StartWith("Running since: ").And.Contain("\nConnections: 1\n");
        // A minute may have begun in between, once.
        answers[1..].Should().Contain(a => a.Contains("StatisticsPerMinute (1)", StringComparison.Ordinal));
    }

    private static IEnumerable<(string Sent, string Answered)> Rows() => Table.Select(row => ((string)row[0], (string)row[1]));
}
