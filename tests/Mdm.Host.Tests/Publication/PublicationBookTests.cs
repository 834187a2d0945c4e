using Mdm.Host.Configuration;
using Mdm.Host.Publication;

namespace Mdm.Host.Tests.Publication;

public sealed class PublicationBookTests
{
    [Fact]
    public void Tells_all_faults_of_all_publications_at_once()
    {
        var faults = PublicationBook.FaultsOf(Options(
            ("open", PublicationBench.Originals() with { Acl = [AclEntry.Parse("group:/biomed:r-x")] }),
            ("twice", PublicationBench.Originals() with { Acl = [AclEntry.Parse("other::---"), AclEntry.Parse("other::---")] }),
            ("layout", PublicationBench.Originals() with { Layout = "{PatientID}", Root = StoragePath.Root }),
            ("defaults", PublicationBench.Originals() with { Acl = [AclEntry.Parse("default:other::---")] }),
            ("owner", PublicationBench.Originals() with { Owner = DistinguishedName.Parse("/DC=org/CN=Curator") })));

        faults.Select(fault => fault.Path).Should().BeEquivalentTo(
            "Publications:open:Acl", "Publications:twice:Acl", "Publications:layout:Layout", "Publications:layout:Root", "Publications:defaults:Acl", "Publications:owner:Owner");
    }

    [Fact]
    public void The_rule_for_staging_is_the_configurations()
    {
        var book = Book(("clinical", PublicationBench.Originals()), ("research", PublicationBench.Research()));

        book.Find("clinical").Should().BeEquivalentTo(new { Content = "original", MaySeeIdentity = new[] { "/biomed/Role=physician" } });
        book.Find("research")!.Content.Should().Be("basic");
        book.Find("other").Should().BeNull();
        book.Identity.IsOriginal("clinical").Should().BeTrue();
        book.Identity.IsOriginal("research").Should().BeFalse();
    }

    [Fact]
    public void Owner_and_group_may_be_configured()
    {
        var plan = Book(("p", PublicationBench.Research() with { Owner = DistinguishedName.Parse("/DC=org/CN=Curator"), Group = Fqan.Parse("/biomed/lung") })).Get("p");

        plan.Owner.ToString().Should().Be("/DC=org/CN=Curator");
        plan.Group.ToString().Should().Be("/biomed/lung");
    }

    [Theory]
    [InlineData(RunOutcome.Complete, 0, "00:10:00")]
    [InlineData(RunOutcome.Refused, 0, "00:10:00")]
    [InlineData(RunOutcome.Incomplete, 1, "00:01:00")]
    [InlineData(RunOutcome.Incomplete, 3, "00:04:00")]
    [InlineData(RunOutcome.Incomplete, 99, "00:10:00")]
    internal void A_run_that_broke_off_is_tried_again_sooner(RunOutcome outcome, int failures, string pause) =>
        PublicationSchedule.PauseAfter(PublicationBench.Originals() with { Schedule = TimeSpan.FromMinutes(10) }, outcome, failures).Should().Be(TimeSpan.Parse(pause, System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void Without_a_schedule_a_complete_run_is_the_last() =>
        PublicationSchedule.PauseAfter(PublicationBench.Originals(), RunOutcome.Complete, 0).Should().BeNull();

    private static PublicationBook Book(params (string Name, PublicationOptions Options)[] publications) =>
        PublicationBook.Of(Options(publications));

    private static HostOptions Options(params (string Name, PublicationOptions Options)[] publications) =>
        new() { Publications = publications.ToDictionary(p => p.Name, p => p.Options) };
}
