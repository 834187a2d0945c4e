using Mdm.Host.Publication;

namespace Mdm.Host.Tests.Publication;

public sealed class EntryLayoutTests
{
    private static readonly PublishedIds Ids = new(new byte[32]);

    [Fact]
    public void Labels_become_directories_and_the_last_one_the_file()
    {
        var place = Place(EntryLayout.Default, ["1.2", "3.4", "5.6"]);

        place.Directories.Should().Equal("1.2", "3.4");
        place.Name.Should().Be("5.6.dcm");
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("../../etc/passwd")]
    [InlineData("a\0b")]
    [InlineData("a\nb\u001b[2J")]
    [InlineData("\ud800")]
    public void Hostile_labels_become_names_that_are_told_apart(string label)
    {
        var place = Place(EntryLayout.Default, [label, label, label]);

        foreach (var name in place.Directories.Add(place.Name))
            StoragePath.IsName(name).Should().BeTrue();
        place.Name.Should().MatchRegex("~[0-9a-f]{8}\\.dcm$");
        Place(EntryLayout.Default, [label + "_"]).Name.Should().NotBe(place.Name);
    }

    [Theory]
    [InlineData("x", 300)]
    [InlineData("𝕏", 300)]
    public void Long_labels_are_cut_between_characters_and_keep_room_for_marks(string letter, int times)
    {
        var label = string.Concat(Enumerable.Repeat(letter, times));

        var name = Place(EntryLayout.Default, [label]).Name;

        StoragePath.IsName(SafeName.Marked(name, "00000000")).Should().BeTrue();
        name.Should().NotBe(Place(EntryLayout.Default, [label + letter]).Name);
        name.Should().NotContain("\ufffd");
    }

    [Fact]
    public void An_object_without_labels_is_named_by_its_id() =>
        Place(EntryLayout.Default, []).Name.Should().Be(new FileId(new byte[16]) + ".dcm");

    [Fact]
    public void Too_many_labels_do_not_make_too_deep_a_path()
    {
        var place = Place(EntryLayout.Default, [.. Enumerable.Range(0, 100).Select(i => $"l{i}")]);

        place.Directories.Should().HaveCount(EntryLayout.MaxDepth - 1);
        place.Name.Should().StartWith("l15_l16_");
    }

    [Fact]
    public void A_template_takes_keywords_and_labels()
    {
        var place = Place(EntryLayout.Parse("{Modality}/study {label1}/{SOPInstanceUID}-{Missing}.dcm"), ["1.2", "3.4", "5.6"]);

        place.Directories.Should().Equal("CT", "study 1.2");
        place.Name.Should().Be("9.9-unknown.dcm");
    }

    [Theory]
    [InlineData("")]
    [InlineData("/{label1}")]
    [InlineData("{label1}//{label2}")]
    [InlineData("{label1")]
    [InlineData("label1}")]
    [InlineData("{}")]
    [InlineData("{label1}/image.dcm")]
    [InlineData("{a b}")]
    [InlineData("{PatientName}/{label3}")]
    [InlineData("{OtherPatientIDs}")]
    public void A_template_that_cannot_be_followed_is_refused(string template) =>
        FluentActions.Invoking(() => EntryLayout.Parse(template)).Should().Throw<FormatException>();

    private static EntryPlace Place(EntryLayout layout, string[] labels) => layout.Of(
        new DisclosedEntry([.. labels], [ListedArchive.Attribute("Modality", "CS", "CT"), ListedArchive.Attribute("SOPInstanceUID", "UI", "9.9")]), "application/dicom", new FileId(new byte[16]), Ids);
}
