namespace Mdm.Cli.Tests.Metadata;

/// <summary>Scripts that load: <c>upload</c>, <c>put</c>, and an end, over a server that says nothing as long as all goes well.</summary>
public sealed class AmgaUploadTests
{
    [Fact]
    public async Task A_script_loads_and_goes_on()
    {
        await using var server = Server();

        var (code, output, error) = await server.RunAsync("cd /a\nupload /a p q\nput e1 1 'two words'\n\nput e2 2 ''\ncommit\npwd\nquit\nnever\n", isTerminal: false, "mdcli");

        (code, output, error).Should().Be((ExitCode.Success, "/here\n", string.Empty));
        server.Heard.Should().Equal("cd '/a'", "upload '/a' 'p' 'q'", "put 'e1' '1' 'two words'", "put 'e2' '2' ''", "commit", "pwd", "pwd");
    }

    [Fact]
    public async Task An_upload_that_is_refused_says_so_once_and_the_session_goes_on()
    {
        await using var server = Server(early: "10 No such attribute\n\u0004\u0004");

        var (code, output, error) = await server.RunAsync("upload /a p\nput e1 1\ncommit\npwd\n", isTerminal: false, "mdcli");

        (code, output, error).Should().Be((ExitCode.NotFound, "/here\n", "Error 10: No such attribute" + Environment.NewLine));
    }

    [Theory]
    [InlineData("upload /a p\nput e1 1\nabort\npwd\n", 0, "", "/here\n")]
    [InlineData("upload /a p\nput e1 1\n", 1, "The input ends before commit.", "")]
    [InlineData("upload /a p\nput e1 1\nquit\npwd\n", 1, "The session ends before commit.", "")]
    [InlineData("upload /a p\nput e1 1\nptu e2 2\nput e3 3\ncommit\npwd\n", 1, "'ptu' is no part of an upload", "/here\n")]
    [InlineData("upload /a p\nput e1 1\nput e2 'open\nput e3 3\ncommit\npwd\n", 1, "A quote is not closed", "/here\n")]
    public async Task What_is_not_committed_as_it_was_meant_is_aborted(string script, int code, string told, string output)
    {
        await using var server = Server();

        var ended = await server.RunAsync(script, isTerminal: false, "mdcli");

        (ended.Code, ended.Output).Should().Be((code, output));
        ended.Error.Should().StartWith(told).And.Match(error => (told.Length == 0) == (error.Length == 0));
        server.Heard.Should().StartWith(["upload '/a' 'p'", "put 'e1' '1'", "abort", "pwd"]).And.NotContain("commit");
    }

    [Fact]
    public async Task A_row_without_an_upload_is_not_sent()
    {
        await using var server = Server();

        var (code, _, error) = await server.RunAsync("put e1 1\n", isTerminal: false, "mdcli");

        code.Should().Be(ExitCode.Usage);
        error.Should().Contain("begin with upload");
        server.Heard.Should().BeEmpty();
    }

    [Fact]
    public async Task A_single_command_is_no_upload()
    {
        await using var server = Server();

        var (code, _, error) = await server.RunAsync("mdcli", "upload", "/a", "p");

        code.Should().Be(ExitCode.Failed);
        error.Should().StartWith("The input ends before commit.");
        server.Heard.Should().Equal("upload '/a' 'p'", "abort", "pwd");
    }

    // Silent to rows, as the original was; an error may come at any time.
    private static MetadataDouble Server(string? early = null) => new(line => line.Split(' ')[0] switch
    {
        "upload" => early,
        "put" => null,
        "pwd" => MetadataDouble.Rows("/here"),
        _ => MetadataDouble.Done,
    });
}
