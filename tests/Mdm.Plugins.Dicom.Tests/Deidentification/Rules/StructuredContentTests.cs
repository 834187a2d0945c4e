using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Rules;

public class StructuredContentTests
{
    [Theory]
    [InlineData("content", "T-D0050", "SRT", "PNAME", "D")] // a name whatever it is called
    [InlineData("content", "126001", "DCM", "PNAME", "D")]
    [InlineData("content", "99", "99ACME", "UIDREF", "U")]
    [InlineData("content+uids", "99", "99ACME", "UIDREF", "K")]
    [InlineData("content", "99", "99ACME", "DATE", "D")]
    [InlineData("content+full", "99", "99ACME", "DATETIME", "K")]
    [InlineData("content+modified", "99", "99ACME", "TIME", "C dates")]
    [InlineData("content", "99", "99ACME", "TEXT", "C descriptor")]
    [InlineData("content", "99", "99ACME", "NUM", "K")]
    [InlineData("content", "99", "99ACME", "CODE", "K")]
    [InlineData("content", "126000", "DCM", "CONTAINER", "K")] // Imaging Measurement Report
    [InlineData("content", null, null, "CONTAINER", "K")]
    [InlineData("content", null, null, null, "K")]
    public void What_the_table_does_not_list_goes_by_its_value_type(string options, string? code, string? scheme, string? type, string expected) =>
        Action(options, code, scheme, type).Should().Be(expected);

    [Theory]
    [InlineData("G-C0E3", "SRT", "TEXT", "D")] // Finding Site
    [InlineData("G-C0E3", "99SDM", "TEXT", "D")]
    [InlineData("G-C0E3", "SNM3", "TEXT", "D")]
    [InlineData("R-42B89", "SRT", "COMPOSITE", "X")] // Clinical Report
    [InlineData("G-D321", "SRT", "DATETIME", "D")] // Start DateTime
    public void Codes_of_SNOMED_RT_are_still_known(string code, string scheme, string type, string expected) =>
        Action("content", code, scheme, type).Should().Be(expected);

    [Fact]
    public void A_listed_concept_is_no_less_identifying_as_text_but_a_code_of_it_is_none()
    {
        Action("content", "121008", "DCM", "TEXT").Should().Be("D", "a person observer's name is one in free text too");
        Action("content", "363698007", "SCT", "CODE").Should().Be("K", "a coded finding site names no one");
    }

    [Fact]
    public void Padding_does_not_hide_a_concept() => Action("content", "121022 ", " DCM", "TEXT ").Should().Be("X");

    [Fact]
    public void An_item_s_value_is_told_from_its_structure()
    {
        StructuredContent.IsValue(new Tag(0x0040_A160)).Should().BeTrue("Text Value");
        StructuredContent.IsValue(new Tag(0x0040_A168)).Should().BeTrue("Concept Code Sequence");
        StructuredContent.IsValue(new Tag(0x0040_A043)).Should().BeFalse("Concept Name Code Sequence");
        StructuredContent.IsValue(new Tag(0x0040_A730)).Should().BeFalse("Content Sequence");
    }

    private static string Action(string options, string? code, string? scheme, string? type) =>
        Named.Action(new StructuredContent(Named.Options(options)).Resolve(new ContentItem(code, scheme, type)));
}
