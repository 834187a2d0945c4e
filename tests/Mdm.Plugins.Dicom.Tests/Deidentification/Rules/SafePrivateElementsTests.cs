using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Rules;

public class SafePrivateElementsTests
{
    [Fact]
    public void The_published_list_is_whole() => SafePrivateElements.Published.Count.Should().Be(479);

    [Fact]
    public void The_number_within_the_block_counts_and_not_the_block()
    {
        var list = SafePrivateElements.Parse(["00E1 ELSCINT1", " 21 DS"], "list");

        list.Find(new Tag(0x00E1_1021), "ELSCINT1").Should().Be(Vr.DS);
        list.Find(new Tag(0x00E1_F021), " ELSCINT1\0").Should().Be(Vr.DS);
        list.Find(new Tag(0x00E1_0021), "ELSCINT1").Should().BeNull("that is a creator element");
        list.Find(new Tag(0x00E1_1022), "ELSCINT1").Should().BeNull();
        list.Find(new Tag(0x00E3_1021), "ELSCINT1").Should().BeNull();
        list.Find(new Tag(0x00E1_1021), "elscint1").Should().BeNull("creators are compared as they are written");
    }

    [Theory]
    [InlineData("00E0 EVEN", " 21 DS")]
    [InlineData("00E1", " 21 DS")]
    [InlineData("00E1 ACME", " 121 DS")]
    [InlineData("00E1 ACME", " 21 ??")]
    [InlineData("00E1 ACME", " 21")]
    [InlineData(" 21 DS", "00E1 ACME")]
    public void A_line_of_another_form_is_refused_by_number(string first, string second)
    {
        var parse = () => SafePrivateElements.Parse([first, second], "acme.txt");

        parse.Should().Throw<FormatException>().Which.Message.Should().Contain("acme.txt, line");
    }
}
