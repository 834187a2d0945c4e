namespace Mdm.Architecture.Tests;

public sealed class DocumentTests
{
    [Fact]
    public void Every_code_of_a_refused_plugin_has_a_row_and_every_row_a_code()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "src/Mdm.Host/Plugins/PluginFault.cs"));
        var codes = System.Text.RegularExpressions.Regex.Matches(source, "\"(MDM1[0-9]{3})\"").Select(m => m.Groups[1].Value).ToList();
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs/plugins.md")).Where(l => l.StartsWith("| MDM", StringComparison.Ordinal)).Select(l => l[2..9]).ToList();

        codes.Should().HaveCountGreaterThan(10).And.OnlyHaveUniqueItems();
        rows.Should().Equal(codes);
    }
}
