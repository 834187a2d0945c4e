namespace Mdm.Abstractions.Tests.Values;

public sealed class FileGuidTests
{
    private const string Digits = "00112233445566778899aabbccddeeff";

    [Theory]
    [InlineData(Digits)]
    [InlineData("00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData("00112233-4455-6677-8899-AABBCCDDEEFF")]
    [InlineData("guid:00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData("GUID:" + Digits)]
    public void Reads(string text) => FileGuid.Parse(text).Should().Be(FileId.Parse(Digits));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("guid:")]
    [InlineData("001122334455-6677-8899-aabb-ccddeeff")]
    [InlineData("00112233-4455-6677-8899-aabbccddeef")]
    [InlineData("{00112233-4455-6677-8899-aabbccddeeff}")]
    [InlineData("0011223g-4455-6677-8899-aabbccddeeff")]
    [InlineData("----0112233445566778899aabbccddeeff-")]
    [InlineData("/grid/biomed/f")]
    public void Reads_nothing_else(string? text) => FileGuid.TryParse(text, out _).Should().BeFalse();

    [Fact]
    public void Writes_what_it_reads() => FileGuid.Of(FileId.Parse(Digits)).Should().Be("00112233-4455-6677-8899-aabbccddeeff");
}
