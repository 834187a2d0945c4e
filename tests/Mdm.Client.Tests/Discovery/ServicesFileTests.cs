using System.Text;
using Mdm.Abstractions;
using Mdm.Client.Discovery;

namespace Mdm.Client.Tests.Discovery;

/// <summary>The services file of gLite's file plug-in.</summary>
public sealed class ServicesFileTests
{
    private const string Keystores = """
        <?xml version="1.0"?>
        <!-- as administrators write it -->
        <services>
          <service name="amga"><parameters><endpoint>https://meta.example:8822/</endpoint><type>org.glite.Amga</type></parameters></service>
          <service name="hydra-2"><parameters><endpoint>https://keys2.example:8443/x</endpoint><type>org.glite.Metadata</type><version>1.0</version></parameters></service>
          <service name="hydra-1">
            <parameters>
              <endpoint> https://keys1.example:8443/x </endpoint>
              <type>org.glite.Metadata.First</type>
              <volist><vo>biomed</vo></volist>
            </parameters>
            <associatedservices><name>hydra-3</name><name>hydra-2</name></associatedservices>
          </service>
          <service name="hydra-3"><parameters><endpoint>https://keys3.example:8443/x</endpoint><type>org.glite.Metadata</type></parameters></service>
        </services>
        """;

    [Fact]
    public void The_first_of_a_type_and_those_associated_with_it_are_taken_in_that_order() =>
        Read(Keystores, "org.glite.Metadata.First").Select(address => address.Host).Should().Equal("keys1.example", "keys3.example", "keys2.example");

    [Fact]
    public void One_alone_is_one() => Read(Keystores, "ORG.glite.metadata").Select(address => address.Host).Should().Equal("keys2.example");

    [Fact]
    public void A_type_that_it_does_not_have_is_none() => Read(Keystores, "org.glite.FileTransfer").Should().BeEmpty();

    [Fact]
    public void What_other_services_leave_out_or_speak_is_no_matter() => Read("""
        <services>
          <service name="empty"><parameters><endpoint/><type/></parameters><associatedservices><name/></associatedservices></service>
          <service name="blank"><parameters><endpoint> </endpoint><type></type></parameters></service>
          <service name="bare"/>
          <service name="srm"><parameters><endpoint>httpg://se.example:8443/srm/managerv2</endpoint><type>SRM</type></parameters></service>
          <service name="keys"><parameters><endpoint><![CDATA[httpg://keys.example:8443/x]]></endpoint><type>org.glite.Metadata</type></parameters><associatedservices><name>more</name></associatedservices></service>
          <service name="more"><parameters><endpoint>httpg://keys2.example/x</endpoint></parameters></service>
        </services>
        """, ServicesFile.DefaultType).Should().Equal(new Uri("https://keys.example:8443/x"), new Uri("https://keys2.example/x"));

    [Fact]
    public void One_is_taken_by_its_name()
    {
        Named("hydra-1").Select(address => address.Host).Should().Equal("keys1.example", "keys3.example", "keys2.example");
        Named("hydra-2").Select(address => address.Host).Should().Equal("keys2.example");
        Named("hydra-9").Should().BeEmpty();

        static System.Collections.Immutable.ImmutableArray<Uri> Named(string name) => ServicesFile.ReadNamed(new MemoryStream(Encoding.UTF8.GetBytes(Keystores)), "services.xml", name);
    }

    [Theory]
    [InlineData("<services><service name='a'><parameters><endpoint>http://keys1.example/</endpoint><type>org.glite.Metadata</type></parameters></service></services>", "*no https address*")]
    [InlineData("<services><service name='a'><parameters><type>org.glite.Metadata</type></parameters></service></services>", "*no https address*")]
    [InlineData("<services><service name='a'><parameters><endpoint>https://k/</endpoint><type>org.glite.Metadata</type></parameters><associatedservices><name>b</name></associatedservices></service></services>", "*'b'*")]
    [InlineData("<services><service><parameters/></service></services>", "*line 1*no name*")]
    [InlineData("<services><service name='a'><parameters><endpoint/><type>org.glite.Metadata</type></parameters></service></services>", "*'a'*no https address*")]
    [InlineData("<services><service name='a'><parameters><endpoint>httpg:/keys</endpoint><type>org.glite.Metadata</type></parameters></service></services>", "*'a'*no https address*")]
    [InlineData("<services><service name='a'><parameters><endpoint>https://k/</endpoint><type>org.glite.Metadata</type></parameters><associatedservices><name/></associatedservices></service></services>", "*associated with ''*")]
    [InlineData("<services><service name='a'>", "*services.xml*")]
    [InlineData("<!DOCTYPE x [<!ENTITY e 'x'>]><services>&e;</services>", "*services.xml*")]
    [InlineData("no XML", "*services.xml*")]
    public void What_cannot_be_read_is_refused_with_a_reason(string text, string reason) =>
        FluentActions.Invoking(() => Read(text, ServicesFile.DefaultType)).Should().Throw<MdmException>().WithMessage(reason).Which.Kind.Should().Be(MdmErrorKind.InvalidName);

    [Fact]
    public void More_services_than_anybody_has_are_refused() =>
        FluentActions.Invoking(() => Read("<s>" + string.Concat(Enumerable.Repeat("<service name='a'/>", ServicesFile.MaxServices + 1)) + "</s>", ServicesFile.DefaultType)).Should().Throw<MdmException>().WithMessage("*MaxServices*");

    private static System.Collections.Immutable.ImmutableArray<Uri> Read(string text, string type) => ServicesFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "services.xml", type);
}
