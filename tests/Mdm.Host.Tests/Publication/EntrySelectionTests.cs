using Mdm.Host.Publication;

namespace Mdm.Host.Tests.Publication;

public sealed class EntrySelectionTests
{
    [Theory]
    [InlineData("CS", "CT", "CT", true)]
    [InlineData("CS", "CT ", "CT", true)]
    [InlineData("CS", "CT", "C", false)]
    [InlineData("CS", "CT", "C*", true)]
    [InlineData("CS", "CT", "?T", true)]
    [InlineData("CS", "CT", "?", false)]
    [InlineData("LO", "abcabcabd", "a*bd", true)]
    [InlineData("LO", "abcabcabc", "a*bd", false)]
    [InlineData("LO", "", "*", true)]
    [InlineData("DA", "20240115", "20240101-20240131", true)]
    [InlineData("DA", "2024.01.15", "20240101-20240131", true)]
    [InlineData("DA", "20240201", "20240101-20240131", false)]
    [InlineData("DA", "20240201", "20240101-", true)]
    [InlineData("DA", "20231231", "20240101-", false)]
    [InlineData("DA", "20231231", "-20231231", true)]
    [InlineData("DA", "", "-20231231", false)]
    [InlineData("DA", "20231231", "-", false)]
    [InlineData("TM", "120059.123", "1100-1200", true)]
    [InlineData("TM", "120100", "1100-1200", false)]
    [InlineData("LO", "5", "1-9", false)]
    public void Matches_as_the_standard_says(string representation, string value, string pattern, bool expected) =>
        Matches([ListedArchive.Attribute("X", representation, value)], pattern).Should().Be(expected);

    [Fact]
    public void Any_value_of_an_attribute_may_match() => Matches([ListedArchive.Attribute("X", "CS", "CT", "MR")], "MR").Should().BeTrue();

    [Fact]
    public void What_the_listing_lacks_is_not_selected_unless_anything_goes()
    {
        Matches([], "MR").Should().BeFalse();
        Matches([], "*").Should().BeTrue();
    }

    [Fact]
    public void Wild_cards_in_a_hostile_value_end() =>
        Matches([ListedArchive.Attribute("X", "LO", new string('a', 20_000))], string.Concat(Enumerable.Repeat("*a", 50)) + "b").Should().BeFalse();

    private static bool Matches(ArchiveAttribute[] attributes, string pattern) => EntrySelection.Matches(
        new ArchiveEntry(new ArchiveObjectInfo(new ArchiveObjectId("o"), "application/dicom"), [], [.. attributes]),
        new ArchiveSelection([new AttributeCondition("X", [pattern])]));
}
