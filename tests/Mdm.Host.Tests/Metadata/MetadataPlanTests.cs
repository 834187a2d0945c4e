using Mdm.Host.Configuration;
using Mdm.Host.Metadata;
using Mdm.Host.Tests.Publication;

namespace Mdm.Host.Tests.Metadata;

public sealed class MetadataPlanTests
{
    private static readonly PublicationOptions Originals = PublicationBench.Originals() with { Attributes = ["Modality", "PatientID"] };

    [Fact]
    public void Whoever_may_read_the_files_may_read_their_attributes_unless_said_otherwise()
    {
        var plan = Plan(Originals with { Acl = [AclEntry.Parse("group:/biomed/Role=physician:r-x"), AclEntry.Parse("group:/biomed/Role=clerk:--x"), AclEntry.Parse("user:/DC=org/CN=Doctor:r--"), AclEntry.Parse("mask::r-x")] });

        plan.Collection.Should().Be(PublicationBench.Root);
        plan.Readers.Select(reader => reader.Group?.ToString() ?? reader.User?.ToString()).Should().BeEquivalentTo("/biomed/Role=physician", "/DC=org/CN=Doctor");
        plan.Readers.Should().OnlyContain(reader => reader.AttributeGroups.IsEmpty);
    }

    [Theory]
    [InlineData("/biomed")]
    [InlineData("/biomed", "image", "patient")]
    [InlineData("/biomed", "identifier")]
    [InlineData("*", "patient")]
    public void Identity_of_originals_is_for_those_whom_the_publication_names(string who, params string[] groups) =>
        Faults(Originals with { Readers = new Dictionary<string, IReadOnlyList<string>> { [who] = groups } }).Should().ContainSingle().Which.ToString().Should().Contain("MaySeeIdentity");

    [Fact]
    public void Others_may_read_what_says_nothing_of_the_patient()
    {
        var plan = Plan(Originals with { Readers = new Dictionary<string, IReadOnlyList<string>> { ["/biomed/Role=physician"] = [], ["/biomed"] = ["image"], ["*"] = ["image"] } });

        plan.Readers.Should().HaveCount(3);
        plan.Readers.Single(reader => reader.Group is null && reader.User is null).AttributeGroups.Should().Equal("image");
    }

    [Theory]
    [InlineData("Modality:number")]
    [InlineData("Modality:varchar(0)")]
    [InlineData("Modality:varchar(5000)")]
    [InlineData("Modality:")]
    [InlineData("Kind=Modality:number")]
    [InlineData("=Modality")]
    [InlineData("Kind=")]
    [InlineData("")]
    public void A_type_that_is_none_is_refused(string attribute) => Faults(Originals with { Attributes = [attribute] }).Should().ContainSingle();

    [Fact]
    public void An_attribute_may_have_another_name_in_the_metadata_and_several()
    {
        Plan(Originals with { Attributes = ["Modality", "Kind=Modality", "STUinsUID=StudyInstanceUID:varchar(64)"] }).Attributes.Select(attribute => (attribute.Name, attribute.Keyword, attribute.Type))
            .Should().Equal(("Modality", "Modality", null), ("Kind", "Modality", null), ("STUinsUID", "StudyInstanceUID", "varchar(64)"));
        Faults(Originals with { Attributes = ["Modality", "Modality=StudyDate"] }).Should().ContainSingle().Which.ToString().Should().Contain("twice");
    }

    [Fact]
    public void Two_publications_do_not_share_a_collection()
    {
        var options = new HostOptions
        {
            Publications = new Dictionary<string, PublicationOptions> { ["a"] = Originals, ["b"] = Originals with { Root = StoragePath.Parse("/grid/b"), Collection = Originals.Root } },
        };

        MetadataPlans.FaultsOf(options).Should().ContainSingle().Which.ToString().Should().Contain("'a'");
    }

    [Fact]
    public void Keys_of_metadata_without_attributes_are_refused() =>
        Faults(Originals with { Attributes = [], Collection = PublicationBench.Root, Readers = new Dictionary<string, IReadOnlyList<string>> { ["*"] = [] } }).Should().HaveCount(2);

    private static MetadataPlan Plan(PublicationOptions options)
    {
        var faults = new List<ConfigurationFault>();
        var plan = MetadataPlan.Of("clinical", options, faults);
        faults.Should().BeEmpty();
        return plan!;
    }

    private static List<ConfigurationFault> Faults(PublicationOptions options)
    {
        var faults = new List<ConfigurationFault>();
        MetadataPlan.Of("clinical", options, faults);
        return faults;
    }
}
