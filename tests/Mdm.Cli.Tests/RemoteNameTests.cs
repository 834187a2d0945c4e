using Mdm.Abstractions;

namespace Mdm.Cli.Tests;

public sealed class RemoteNameTests
{
    private static readonly Dictionary<string, string> Variables = new() { ["LFC_HOST"] = "lfc.example.org", ["LFC_HOME"] = "/grid/home" };

    private static Terminal Terminal => Command.Terminal() with { Variable = name => Variables.GetValueOrDefault(name) };

    [Theory]
    [InlineData("guid:0c3f2f9e-4a53-4f67-9d1c-5a0a5a4f8a11")]
    [InlineData("GUID:x")]
    public void A_file_to_be_has_no_guid_yet(string text) =>
        FluentActions.Invoking(() => RemoteName.OfNew(Terminal, text)).Should().Throw<MdmException>().WithMessage("*gets its own from the host. Name where to put it*");

    [Fact]
    public void A_file_to_be_is_named_as_the_catalogue_names_it() => RemoteName.OfNew(Terminal, "lfn:a").ToString().Should().Be("srm://lfc.example.org:8443/grid/home/a");
}
