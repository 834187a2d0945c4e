using Mdm.Cli.Lfc;

namespace Mdm.Cli.Tests.Lfc;

public sealed class ModeTextTests
{
    [Theory]
    [InlineData("750", 0b000_000_000, 0b111_101_000)]
    [InlineData("0750", 0b111_111_111, 0b111_101_000)]
    [InlineData("0", 0b111_111_111, 0)]
    [InlineData("g+r", 0b111_000_000, 0b111_100_000)]
    [InlineData("+x", 0b100_100_100, 0b101_101_101)]
    [InlineData("a-w", 0b111_111_111, 0b101_101_101)]
    [InlineData("u=rwx,g=rx,o=", 0b001_111_111, 0b111_101_000)]
    [InlineData("ug+w,o-rwx", 0b101_101_101, 0b111_111_000)]
    [InlineData("go=r", 0b111_111_111, 0b111_100_100)]
    [InlineData("00750", 0b111_111_111, 0b111_101_000)]
    [InlineData("u+r-w", 0b010_000_000, 0b100_000_000)]
    [InlineData("g=u", 0b111_000_000, 0b111_111_000)]
    [InlineData("o=g-w", 0b000_110_000, 0b000_110_100)]
    [InlineData("a+X", 0b110_100_000, 0b110_100_000)]
    [InlineData("a+X", 0b111_100_000, 0b111_101_001)]
    public void Makes_of_a_mode_what_chmod_would(string text, int before, int after)
    {
        var mode = ModeText.Parse(text)!;
        mode.Of(before, isDirectory: false).Should().Be(after);
        mode.HasLost.Should().BeFalse();
    }

    [Theory]
    [InlineData("2775", 0, 0b111_111_101)]
    [InlineData("01777", 0, 0b111_111_111)]
    [InlineData("u+s,g+w", 0b111_000_000, 0b111_010_000)]
    [InlineData("+t", 0b111_000_000, 0b111_000_000)]
    public void Leaves_out_what_means_nothing_here_and_says_so(string text, int before, int after)
    {
        var mode = ModeText.Parse(text)!;
        mode.Of(before, isDirectory: false).Should().Be(after);
        mode.HasLost.Should().BeTrue();
    }

    [Fact]
    public void Lets_directories_be_entered_by_a_large_x() => ModeText.Parse("g+X")!.Of(0b110_000_000, isDirectory: true).Should().Be(0b110_001_000);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("8")]
    [InlineData("75x")]
    [InlineData("17777")]
    [InlineData("77777777777777777777")]
    [InlineData("u+rg")]
    [InlineData("u+r_w")]
    [InlineData("rwx")]
    [InlineData("q+r")]
    [InlineData("g+r,")]
    public void Knows_no_other(string? text) => ModeText.Parse(text).Should().BeNull();
}
