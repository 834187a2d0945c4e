using Mdm.Abstractions;
using Mdm.Client.Metadata;

namespace Mdm.Client.Tests;

public sealed class MetadataServerTests
{
    [Fact]
    public void Servers_are_read_with_ports_and_collections()
    {
        var servers = MetadataServer.ParseMany("meta.example, b:99/grid/a ,b:99/grid/c,[::1]:8822");

        servers.Select(server => (server.Host, server.Port, string.Join(' ', server.Collections))).Should().Equal(("meta.example", 8822, ""), ("b", 99, "/grid/a /grid/c"), ("::1", 8822, ""));
        servers[2].ToString().Should().Be("[::1]:8822");
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("user@host:1")]
    [InlineData("host:99999")]
    [InlineData("https://host:1/x")]
    [InlineData("host:1/a/../b")]
    public void What_is_no_server_is_refused(string text) =>
        FluentActions.Invoking(() => MetadataServer.ParseMany(text)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.InvalidName);

    [Fact]
    public void More_than_can_be_asked_at_once_are_refused_by_the_limits_name() =>
        FluentActions.Invoking(() => MetadataServer.ParseMany(string.Join(',', Enumerable.Range(0, 300).Select(i => $"h{i}")))).Should().Throw<MdmException>().Which.Message.Should().Contain("MaxServers");
}
