using Mdm.Host.Metadata;

namespace Mdm.Host.Tests.Metadata;

public sealed class AttributeTextTests
{
    [Theory]
    [InlineData("IS", false, "int")]
    [InlineData("US", false, "int")]
    [InlineData("DS", false, "float")]
    [InlineData("FD", false, "float")]
    [InlineData("DA", false, "timestamp")]
    [InlineData("DT", false, "timestamp")]
    [InlineData("TM", false, "varchar(255)")]
    [InlineData("PN", false, "varchar(255)")]
    [InlineData("LT", false, "text")]
    [InlineData("DS", true, "varchar(255)")]
    [InlineData("UC", true, "text")]
    public void A_value_representation_has_its_type(string representation, bool isMultiValued, string type) =>
        AttributeText.TypeOf(new AttributeDefinition("Any", representation, isMultiValued, "image")).Should().Be(type);

    [Fact]
    public void What_nobody_knows_is_text() => AttributeText.TypeOf(null).Should().Be("text");

    [Theory]
    [InlineData("int", "+0042 ", "42")]
    [InlineData("int", "4.5", null)]
    [InlineData("int", "99999999999999999999", null)]
    [InlineData("float", " 1.50", "1.5")]
    [InlineData("float", "1e400", null)]
    [InlineData("float", "NaN", null)]
    [InlineData("timestamp", "20240229", "2024-02-29 00:00:00")]
    [InlineData("timestamp", "20230229", null)]
    [InlineData("timestamp", "2024.02.29", "2024-02-29 00:00:00")]
    [InlineData("timestamp", "20240229123456.5", "2024-02-29 12:34:56.5")]
    [InlineData("timestamp", "20240229123456+0100", "2024-02-29 11:34:56")]
    [InlineData("timestamp", "202402", null)]
    [InlineData("text", "Große Leber\0", "Große Leber")]
    [InlineData("varchar(255)", "  ", null)]
    public void A_value_is_written_as_its_type_or_left_out(string type, string value, string? written) =>
        AttributeText.Of(type, [value]).Should().Equal(written is null ? [] : [written]);

    [Fact]
    public void Several_values_are_one_text_or_the_first_of_a_number()
    {
        AttributeText.Of("varchar(255)", ["ORIGINAL", "PRIMARY", ""]).Should().Equal("ORIGINAL", "PRIMARY", "");
        AttributeText.Of("varchar(5)", ["abc", "def"]).Should().Equal("abc", "d");
        AttributeText.Of("text", ["a\\b"]).Should().Equal("a\\b");
        AttributeText.Of("float", ["0.5", "0.7"]).Should().Equal("0.5");
    }

    [Fact]
    public void A_text_that_is_too_long_for_its_type_is_cut_between_characters()
    {
        AttributeText.Of("varchar(255)", [new string('x', 300)])[0].Should().HaveLength(255);
        AttributeText.Of("varchar(3)", ["ab😀cd"]).Should().Equal("ab😀");
    }
}
