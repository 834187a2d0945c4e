namespace Mdm.Cli.Tests.Lfc;

/// <summary>What is refused before anybody is asked. What hosts answer is tried by the scripts of the interoperability tests.</summary>
public sealed class NameCommandsTests
{
    [Theory]
    [InlineData("lfc-mkdir", "lfc-mkdir")]
    [InlineData("lfc-mkdir -m 999 /a", "'999' is no mode")]
    [InlineData("lfc-chmod u+q /a", "'u+q' is no mode")]
    [InlineData("lfc-mkdir -v /a", "'-v' is no option")]
    [InlineData("lfc-ls --class /a", "'--class' is no option")]
    [InlineData("lfc-setacl -m u::7 /a --recursive", "'--recursive' is no option")]
    [InlineData("lfc-setacl -m g:103:rwx /a", "'103' is a number")]
    [InlineData("lfc-chown -h :biomed /a", "symbolic names have no owner")]
    [InlineData("glite-ssss-split-key 3 two 00", "two")]
    [InlineData("glite-ssss-split-passwd x 2 pw", "x")]
    [InlineData("glite-eds-key-register -k abc x", "abc")]
    [InlineData("glite-eds-key-unregister -Z", "'-Z' is no option")]
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
