using System.Security.Cryptography.X509Certificates;

namespace Mdm.Cli.Tests.Metadata;

/// <summary>What metadata servers say does not steer the terminal it is read on.</summary>
public sealed class TerminalSafetyTests(DemoGridFixture grid) : IClassFixture<DemoGridFixture>
{
    private const string Hostile = "a\u001b]0;x\u0007\u009bb";
    private const string Harmless = "a\\033]0;x\\007\\233b";

    [Theory]
    [InlineData(true, Harmless)]
    [InlineData(false, Hostile)]
    public async Task Of_values_a_person_sees_no_control_characters_and_a_script_gets_them_as_they_are(bool isTerminal, string shown)
    {
        await using var server = new MetadataDouble(_ => MetadataDouble.Rows(Hostile));

        (await server.RunAsync(string.Empty, isTerminal, "mdcli", "pwd")).Output.Should().Be(shown + "\n");
        (await server.RunAsync("pwd\n", isTerminal, "mdcli")).Output.Should().Be(shown + "\n");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Errors_have_none_whoever_reads_them(bool isTerminal)
    {
        await using var server = new MetadataDouble(_ => $"4 {Hostile}\n\u0004\u0004");

        (await server.RunAsync(string.Empty, isTerminal, "mdcli", "pwd")).Error.Should().Be($"Error 4: {Harmless}{Environment.NewLine}");
    }

    [Theory]
    [InlineData("ls", true, Harmless + "/\n")]
    [InlineData("ls", false, Hostile + "/\n")]
    [InlineData("attrs", true, Harmless + "\tcollection\n")]
    [InlineData("get", true, Harmless + "\n  " + Harmless + "\tcollection\n")]
    [InlineData("acl", true, Harmless + "\ncollection\n")]
    public async Task The_commands_of_meta_show_none_either(string command, bool isTerminal, string shown)
    {
        using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(grid.Root, "host", "hostcert.pem"), Path.Combine(grid.Root, "host", "hostkey.pem"));
        await using var server = new MetadataDouble(_ => MetadataDouble.Rows(Hostile, "collection"), certificate);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(output, error, null, () => grid.As("researcher")) { IsOutputTerminal = isTerminal };

        var code = await MdmCommand.RunAsync(["meta", command, "/a", "--servers", $"localhost:{server.Port}"], terminal);

        code.Should().Be(ExitCode.Success, error.ToString());
        output.ToString().Should().Be(shown);
    }

    [Fact]
    public async Task Nor_do_the_errors_of_meta()
    {
        using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(grid.Root, "host", "hostcert.pem"), Path.Combine(grid.Root, "host", "hostkey.pem"));
        await using var server = new MetadataDouble(_ => $"4 {Hostile}\n\u0004\u0004", certificate);

        var (code, _, error) = await Command.RunAsync(grid.As("researcher"), "meta", "ls", "--servers", $"localhost:{server.Port}");

        code.Should().Be(ExitCode.Denied);
        error.Should().Be($"mdm: {Harmless}{Environment.NewLine}");
    }
}
