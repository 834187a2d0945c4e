namespace Mdm.Cli.Tests.Lfc;

/// <summary>What is refused before anybody is asked. What hosts answer is tried by the scripts of the interoperability tests.</summary>
public sealed class NameCommandsTests
{
    [Theory]
    [InlineData("lfc-mkdir", "lfc-mkdir")]
    [InlineData("lfc-mkdir -m 999 /a", "'999' is no mode")]
    [InlineData("lfc-chmod u+s /a", "'u+s' is no mode")]
    [InlineData("lfc-chmod 750", "lfc-chmod")]
    [InlineData("lfc-chown 101:102 /a", "'101:102' is no owner")]
    [InlineData("lfc-ln /a /b", "-s")]
    [InlineData("lfc-rename /a", "lfc-rename")]
    [InlineData("lfc-setacl u::7 /a", "one of -d, -m and -s")]
    [InlineData("lfc-setacl -d -m u::7 /a", "one of -d, -m and -s")]
    [InlineData("lfc-setacl -m nonsense /a", "'nonsense' is not an ACL entry")]
    [InlineData("lfc-ls", "LFC_HOME")]
    [InlineData("lfc-ls relative", "LFC_HOME")]
    [InlineData("lfc-ls /a", "LFC_HOST")]
    [InlineData("dpns-ls /a", "DPNS_HOST")]
    [InlineData("dpns-ping -h", "-h")]
    [InlineData("dpns-rm", "dpns-rm")]
    public async Task End_with_one_and_begin_with_their_name(string line, string told)
    {
        var (code, output, error) = await Command.RunAsync(line.Split(' '));

        code.Should().Be(1, "these commands know no other code of failure");
        output.Should().BeEmpty();
        error.Should().StartWith($"{line.Split(' ')[0]}: ").And.Contain(told);
    }
}
