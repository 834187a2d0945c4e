using System.Text.RegularExpressions;

namespace Mdm.Cli.Tests;

/// <summary><c>glite-ssss-*</c> as scripts of the original system use them: the fourth word of each line is a share.</summary>
public sealed class SecretCommandsTests
{
    [Theory]
    [InlineData("key", "abcdef1234567890fedc", 6, 4)]
    [InlineData("key", "12345678", 7, 3)]
    [InlineData("passwd", "thebestpw3vah", 5, 3)]
    [InlineData("passwd", "pässwörd '$*", 3, 2)]
    public async Task What_is_split_is_joined_from_enough_shares(string kind, string secret, int count, int needed)
    {
        var (code, output, _) = await Command.RunAsync($"glite-ssss-split-{kind}", $"{count}", $"{needed}", secret);
        code.Should().Be(ExitCode.Success);
        var lines = output.TrimEnd().Split('\n');
        lines.Should().HaveCount(count);
        for (var i = 0; i < count; i++)
            lines[i].Should().StartWith($"{i + 1}");
        var shares = lines.Select(line => Regex.Split(line.Trim(), @"\s+")[3]).ToArray();

        // The last ones, NULL in the place of those before them.
        string[] some = [.. Enumerable.Repeat("NULL", count - needed), .. shares[^needed..]];
        var joined = await Command.RunAsync([$"glite-ssss-join-{kind}", .. some]);
        joined.Code.Should().Be(ExitCode.Success);
        joined.Output.Should().Contain(secret);
        (await Command.RunAsync([$"glite-ssss-join-{kind}", "-q", .. some])).Output.TrimEnd().Should().Be(secret);

        string[] tooFew = [.. Enumerable.Repeat("NULL", count - needed + 1), .. shares[^(needed - 1)..]];
        var refused = await Command.RunAsync([$"glite-ssss-join-{kind}", .. tooFew]);
        refused.Code.Should().Be(ExitCode.Failed);
        refused.Output.Should().BeEmpty();
        refused.Error.Should().StartWith($"glite-ssss-join-{kind}: These shares give nothing");
    }

    [Fact]
    public async Task Quiet_prints_the_shares_alone_in_one_line()
    {
        var (_, output, _) = await Command.RunAsync("glite-ssss-split-key", "-q", "3", "2", "0011");
        var shares = output.Trim().Split(' ');
        shares.Should().HaveCount(3).And.OnlyContain(share => Regex.IsMatch(share, "^[0-9a-f]{32}$"));
        (await Command.RunAsync(["glite-ssss-join-key", "-q", .. shares])).Output.Trim().Should().Be("0011");
    }

    [Theory]
    [InlineData("glite-ssss-split-key", "2", "3", "0011")]
    [InlineData("glite-ssss-split-key", "256", "3", "0011")]
    [InlineData("glite-ssss-split-key", "3", "0", "0011")]
    [InlineData("glite-ssss-split-key", "3", "2", "001")]
    [InlineData("glite-ssss-split-key", "3", "2", "xyz!")]
    [InlineData("glite-ssss-split-passwd", "3", "2", "")]
    [InlineData("glite-ssss-split-passwd", "3", "2")]
    [InlineData("glite-ssss-join-key")]
    [InlineData("glite-ssss-join-key", "NULL", "xyz")]
    public async Task Wrong_usage_is_refused_without_showing_the_secret(params string[] arguments)
    {
        var (code, output, error) = await Command.RunAsync(arguments);
        code.Should().Be(ExitCode.Failed);
        output.Should().BeEmpty();
        error.Should().StartWith($"{arguments[0]}: ").And.NotContain("xyz!");
    }

    [Fact]
    public async Task A_secret_is_read_from_the_standard_input()
    {
        using var output = new StringWriter();
        var terminal = Command.Terminal() with { Output = output, Lines = new StringReader("hidden\n") };
        (await MdmCommand.RunAsync(["glite-ssss-split-passwd", "-q", "2", "2", "-"], terminal)).Should().Be(ExitCode.Success);
        (await Command.RunAsync(["glite-ssss-join-passwd", "-q", .. output.ToString().Trim().Split(' ')])).Output.Trim().Should().Be("hidden");
    }
}
