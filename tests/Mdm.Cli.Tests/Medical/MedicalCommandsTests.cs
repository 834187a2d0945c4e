using Mdm.Cli.Medical;

namespace Mdm.Cli.Tests.Medical;

/// <summary>Wrong forms and orders of arguments. What hosts answer is tried by the scripts of the interoperability tests.</summary>
public sealed class MedicalCommandsTests
{
    [Theory]
    [InlineData("glite-mdm-get", "glite-mdm-get")]
    [InlineData("glite-mdm-get out", "name one image")]
    [InlineData("glite-mdm-get -l lfn:/a 1.2/1.3/1.4 out", "name one image")]
    [InlineData("glite-mdm-get -l lfn:/a -g 0c3f2f9e4a534f679d1c5a0a5a4f8a11 out", "name one image")]
    [InlineData("glite-mdm-get nonsense out", "'nonsense' is not STUDY/SERIES/SOP")]
    [InlineData("glite-mdm-get 1.2/../1.4 out", "is not STUDY/SERIES/SOP")]
    [InlineData("glite-mdm-get -g nonsense out", "LFC_HOST")]
    [InlineData("glite-mdm-del", "name one image")]
    [InlineData("glite-mdm-del -f a -l b", "name one image")]
    [InlineData("glite-mdm-del -s 1.2, 1.3", "-s")]
    [InlineData("glite-mdm-del -s 1.2, 1.3, x", "digits and points")]
    [InlineData("glite-mdm-del -s", "-s takes three UIDs")]
    [InlineData("glite-mdm-del -s 1.2/1.3", "there are 2")]
    [InlineData("glite-mdm-set-right -s 1.2,1.3 group", "as 1.2, 1.3, 1.4 or 1.2/1.3/1.4; there are 2")]
    [InlineData("glite-mdm-set-right -s 1.2/1.3/1.4/1.5 group", "there are 4")]
    [InlineData("glite-mdm-register", "glite-mdm-register")]
    [InlineData("glite-mdm-set-right", "name one image")]
    [InlineData("glite-mdm-set-right group", "name one image")]
    [InlineData("glite-mdm-set-right -l a", "one right")]
    [InlineData("glite-mdm-set-right -l a -f b group", "name one image")]
    [InlineData("glite-mdm-set-right -l a group private", "private")]
    [InlineData("glite-mdm-set-right -l a rwxrw-r-", "'rwxrw-r-' is no right")]
    [InlineData("glite-mdm-set-right -l a -u /CN=x vo r-x", "-u")]
    [InlineData("glite-mdm-set-right -l a -u /CN=x anonymous r-x vo", "is no VO")]
    [InlineData("glite-mdm-set-right -l a group -u /CN=x vo r-x group", "one right")]
    public async Task End_with_one_and_begin_with_their_name(string line, string told)
    {
        var (code, output, error) = await Command.RunAsync(line.Split(' '));

        code.Should().Be(1, "these commands know no other code of failure");
        output.Should().BeEmpty();
        error.Should().StartWith($"{line.Split(' ')[0]}: ").And.Contain(told);
    }

    [Theory]
    [InlineData("-s", "1.2,", "1.3,", "1.4", "group")]
    [InlineData("-s", "1.2", "1.3", "1.4", "group")]
    [InlineData("-s", "1.2,1.3,1.4", "group")]
    [InlineData("-s", "1.2, 1.3, 1.4", "group")]
    [InlineData("-s", "1.2/1.3/1.4", "group")]
    [InlineData("-s", "/1.2/1.3/1.4", "group")]
    [InlineData("-s", "1.2 1.3", "1.4", "group")]
    [InlineData("-s", "1.2", ",", "1.3", ",", "1.4", "group")]
    [InlineData("-s=1.2,1.3,1.4", "group")]
    [InlineData("group", "-s", "1.2,1.3,1.4")]
    public async Task Three_uids_are_three_however_they_are_typed(params string[] arguments)
    {
        // All that is missing is a host.
        var (code, _, error) = await Command.RunAsync(["glite-mdm-set-right", .. arguments]);

        code.Should().Be(1);
        error.Should().StartWith("glite-mdm-set-right: ").And.Contain("LFC_HOST");
        (await Command.RunAsync(["glite-mdm-get", .. arguments])).Error.Should().Contain("LFC_HOST");
    }

    [Fact]
    public void What_follows_the_end_of_options_is_none() => ImageSelector.Spread(["a", "--", "-s", "1.2,1.3,1.4"]).Should().Equal("a", "--", "-s", "1.2,1.3,1.4");
}
