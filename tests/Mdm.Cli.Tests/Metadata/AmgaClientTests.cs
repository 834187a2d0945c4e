namespace Mdm.Cli.Tests.Metadata;

/// <summary><c>mdcli</c> as scripts of the original system call it.</summary>
public sealed class AmgaClientTests
{
    [Theory]
    // The original joined its arguments with spaces, so its scripts quote twice; those for this one need not.
    [InlineData("find '/mdm/DICOM/' 'SERinsUID = \"1\" and STUinsUID = \"2\"'", "find", "/mdm/DICOM/", "'SERinsUID = \"1\" and STUinsUID = \"2\"'")]
    [InlineData("find '/mdm/DICOM/' 'SERinsUID = \"1\" and STUinsUID = \"2\"'", "find", "/mdm/DICOM/", "SERinsUID = \"1\" and STUinsUID = \"2\"")]
    [InlineData("addentry '/a/e' 'p' 'two words'", "addentry", "/a/e", "p", "'two words'")]
    [InlineData("addentry '/a/e' 'p' 'two words'", "addentry", "/a/e", "p", "two words")]
    [InlineData("updateattr '/a/e' 's' 's + 1' ''", "updateattr", "/a/e", "s", "'s + 1'", "''")]
    [InlineData("updateattr '/a/e' 's' 's + 1' ''", "updateattr", "/a/e", "s", "s + 1", "")]
    [InlineData("addentry '/a/e' 'p' 'O\\'Neil' 'q' '\\'' 'r' 'it\\'s'", "addentry", "/a/e", "p", "O'Neil", "q", "'", "r", "'it\\'s'")]
    [InlineData("find '/a' 'p = \"x\"'", "find /a 'p = \"x\"'")]
    public async Task Takes_what_is_quoted_twice_and_what_is_quoted_once(string heard, params string[] arguments)
    {
        await using var server = new MetadataDouble(_ => MetadataDouble.Rows("guid:1"));

        var (code, output, error) = await server.RunAsync(["mdcli", .. arguments]);

        (code, error).Should().Be((ExitCode.Success, string.Empty));
        output.Should().Be("guid:1\n");
        server.Heard.Should().Equal(heard);
    }

    [Theory]
    [InlineData("mdcli")]
    [InlineData("mdclient")]
    public async Task Both_its_names_are_a_session(string name)
    {
        await using var server = new MetadataDouble(_ => MetadataDouble.Rows("/"));

        var (code, output, _) = await server.RunAsync("pwd\nquit\n", isTerminal: false, name);

        (code, output).Should().Be((ExitCode.Success, "/\n"));
    }
}
