using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Tests.DataSet;

public class CharacterSetTests
{
    [SkippableTheory]
    [InlineData("chrArab", "قباني^لنزار")]
    [InlineData("chrFren", "Buc^Jérôme")]
    [InlineData("chrFrenMulti", "Buc^Jérôme")]
    [InlineData("chrGerm", "Äneas^Rüdiger")]
    [InlineData("chrGreek", "Διονυσιος")]
    [InlineData("chrH31", "Yamada^Tarou=山田^太郎=やまだ^たろう")]
    [InlineData("chrH32", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう")]
    [InlineData("chrHbrw", "שרון^דבורה")]
    [InlineData("chrI2", "Hong^Gildong=洪^吉洞=홍^길동")]
    [InlineData("chrJapMulti", "やまだ^たろう")]
    [InlineData("chrJapMultiExplicitIR6", "やまだ^たろう")]
    [InlineData("chrKoreanMulti", "김희중")]
    [InlineData("chrRuss", "Люкceмбypг")]
    [InlineData("chrX1", "Wang^XiaoDong=王^小東=")]
    [InlineData("chrX2", "Wang^XiaoDong=王^小东=")]
    public async Task Reads_the_names_of_the_samples(string name, string expected)
    {
        await using var opened = await Part10.OpenAsync(File.OpenRead(Samples.Path($"charset/{name}.dcm")), CancellationToken.None);
        var bytes = new MemoryStream();
        await opened.DataSet.CopyToAsync(bytes);
        AttributeSet.Parse(bytes.ToArray(), opened.TransferSyntax.Encoding).GetText(Tags.PatientName).Should().Be(expected);
    }

    [Theory]
    [InlineData("ISO_IR 101", "B9", "š")]
    [InlineData("ISO_IR 109", "E6", "ĉ")]
    [InlineData("ISO_IR 110", "E0", "ā")]
    [InlineData("ISO_IR 148", "FD", "ı")]
    [InlineData("ISO_IR 203", "A4", "€")]
    [InlineData("ISO_IR 166", "A1", "ก")]
    [InlineData("GBK", "CDF5", "王")]
    [InlineData("\\ISO 2022 IR 159", "1B2428442A22 1B2842", "À")]
    [InlineData("\\ISO 2022 IR 58", "1B242941D0A1", "小")]
    [InlineData("ISO 2022 IR 6\\ISO 2022 IR 100\\ISO 2022 IR 144", "41 1B2D41E9 1B2D4CB6", "AéЖ")]
    public void Knows_every_defined_term(string terms, string hex, string expected)
    {
        var set = CharacterSet.Parse(terms);
        set.IsKnown.Should().BeTrue();
        set.Decode(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), Vr.LO).Should().Be(expected);
    }

    [Fact]
    public void Returns_to_the_first_set_at_a_delimiter() =>
        CharacterSet.Parse("\\ISO 2022 IR 149").Decode(Convert.FromHexString("1B242943C8AB5EC8AB"), Vr.PN).Should().StartWith("홍^").And.NotBe("홍^홍");
}
