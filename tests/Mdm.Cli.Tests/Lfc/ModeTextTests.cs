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
    public void Makes_of_a_mode_what_chmod_would(string text, int before, int after) => ModeText.Parse(text)!(before).Should().Be(after);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("8")]
    [InlineData("75x")]
    [InlineData("00750")]
    [InlineData("2750")]
    [InlineData("rwx")]
    [InlineData("u+s")]
    [InlineData("q+r")]
    [InlineData("g+r,")]
    public void Knows_no_other(string? text) => ModeText.Parse(text).Should().BeNull();
}
