using System.Text;
using Mdm.Abstractions;
using Mdm.Client.Discovery;
using Mdm.Client.Keys;
using Mdm.Srm.Messages;

namespace Mdm.Client.Tests.Discovery;

public sealed class AnnouncementReaderTests
{
    [Fact]
    public void What_the_host_writes_is_read_and_what_it_may_write_some_day_is_passed_over()
    {
        var services = AnnouncementReader.Read(Encoding.UTF8.GetBytes(
            """{"version":1,"news":[],"keys":{"type":"hydra","endpoints":["https://a:1/x"],"properties":{"threshold":"1"},"more":{}},"metadata":{"type":"amga","endpoints":["https://m:8822/"]}}"""));

        services.Keys!.Endpoints.Should().Equal(new Uri("https://a:1/x"));
        services.Keys.Properties["threshold"].Should().Be("1");
        services.Metadata!.Type.Should().Be("amga");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"version":"1"}""")]
    [InlineData("""{"version":2}""")]
    [InlineData("""{"version":1,"keys":7}""")]
    [InlineData("""{"version":1,"keys":{"type":"hydra"}}""")]
    [InlineData("""{"version":1,"keys":{"type":"hydra","endpoints":[]}}""")]
    [InlineData("""{"version":1,"keys":{"type":"hydra","endpoints":["http://plain.example/"]}}""")]
    [InlineData("""{"version":1,"keys":{"type":"hydra","endpoints":["https://user:secret@a.example/"]}}""")]
    [InlineData("""{"version":1,"keys":{"type":"hydra","endpoints":[null]}}""")]
    [InlineData("""{"version":1,"keys":{"type":"","endpoints":["https://a/"]}}""")]
    public void Everything_else_is_refused(string document) =>
        FluentActions.Invoking(() => AnnouncementReader.Read(Encoding.UTF8.GetBytes(document))).Should().Throw<FormatException>();

    [Fact]
    public void The_pairs_of_others_are_passed_over()
    {
        AnnouncementReader.Read([new ExtraInfo("backend_type", "dCache"), new ExtraInfo("mdm.keys.type", "hydra")]).Should().Be(new SiteServices(null, null));
        AnnouncementReader.Read([new ExtraInfo("mdm.keys.endpoints", "https://a/ https://b/"), new ExtraInfo("mdm.keys.type", "hydra"), new ExtraInfo("mdm.keys.threshold", "2")])
            .Keys!.Properties.Should().ContainKey("threshold");
    }

    [Fact]
    public void Keystores_are_named_by_addresses_and_a_number()
    {
        var named = KeystoreSetting.Parse("https://a:1/x, https://b:1/x ;2");

        (named.Type, named.Endpoints.Length, named.Properties["threshold"]).Should().Be(("hydra", 2, "2"));
        KeystoreSetting.Parse("https://a,https://b,https://c").Properties["threshold"].Should().Be("2", "more than half, when it is not said");
        foreach (var wrong in (string[])["", "https://a;", "https://a;0", "https://a;2", "http://a;1", ";1", "https://a;x", "https://a;1;1"])
            FluentActions.Invoking(() => KeystoreSetting.Parse(wrong)).Should().Throw<MdmException>(wrong).Which.Kind.Should().Be(MdmErrorKind.InvalidName);
    }
}
