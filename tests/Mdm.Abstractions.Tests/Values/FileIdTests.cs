namespace Mdm.Abstractions.Tests.Values;

public sealed class FileIdTests
{
    private const string Text = "00112233445566778899aabbccddeeff";

    [Fact]
    public void Bytes_and_text_say_the_same()
    {
        var id = FileId.Parse(Text);
        id.ToString().Should().Be(Text);
        Convert.ToHexStringLower(id.ToBytes()).Should().Be(Text);
        new FileId(id.ToBytes()).Should().Be(id);
        FileId.Parse(Text.ToUpperInvariant()).Should().Be(id);
        default(FileId).ToString().Should().Be(new string('0', 32));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("00112233445566778899aabbccddeef")]
    [InlineData("00112233445566778899aabbccddeeff0")]
    [InlineData(" 0112233445566778899aabbccddeeff")]
    [InlineData("0x112233445566778899aabbccddeeff")]
    [InlineData("-0112233445566778899aabbccddeeff")]
    [InlineData("00112233445566778899aabbccddeefg")]
    public void Refuses_what_is_not_32_digits(string? text) => FileId.TryParse(text, out _).Should().BeFalse();

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    public void Refuses_what_is_not_16_bytes(int length) => FluentActions.Invoking(() => new FileId(new byte[length])).Should().Throw<ArgumentException>();

    [Fact]
    public void Is_ordered_as_its_text()
    {
        FileId.Parse("7fffffffffffffffffffffffffffffff").CompareTo(FileId.Parse("80000000000000000000000000000000")).Should().BeNegative();
    }
}
