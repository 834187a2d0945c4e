namespace Mdm.Architecture.Tests;

public sealed class DocumentTests
{
    [Fact]
    public void Every_code_of_a_refused_plugin_has_a_row_and_every_row_a_code()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "src/Mdm.Host/Plugins/PluginFault.cs"));
        var codes = System.Text.RegularExpressions.Regex.Matches(source, "\"(MDM1[0-9]{3})\"").Select(m => m.Groups[1].Value).ToList();
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs/plugins.md")).Where(l => l.StartsWith("| MDM1", StringComparison.Ordinal)).Select(l => l[2..9]).ToList();

        codes.Should().HaveCountGreaterThan(10).And.OnlyHaveUniqueItems();
        rows.Should().Equal(codes);
    }

    [Fact]
    public void Every_code_of_a_stopped_build_has_a_row_for_whoever_builds()
    {
        var checks = File.ReadAllText(Path.Combine(Repository.Root, "src/Mdm.Abstractions/build/Mdm.Abstractions.targets"));
        var codes = System.Text.RegularExpressions.Regex.Matches(checks, "Code=\"(MDM0[0-9]{3})\"").Select(m => m.Groups[1].Value).ToList();

        codes.Should().HaveCountGreaterThan(3).And.OnlyHaveUniqueItems();
        foreach (var document in (string[])["docs/plugins.md", "src/Mdm.Abstractions/README.md"])
            File.ReadLines(Path.Combine(Repository.Root, document)).Where(l => l.StartsWith("| MDM0", StringComparison.Ordinal)).Select(l => l[2..9]).Should().Equal(codes, document);
    }

    [Fact]
    public void Whoever_builds_a_plugin_is_told_the_release_of_the_contract_that_is_packed()
    {
        var release = System.Text.RegularExpressions.Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")), "<ContractVersion>(.+)</ContractVersion>").Groups[1].Value;

        release.Should().MatchRegex("^[0-9]+\\.[0-9]+\\.[0-9]+$");
        File.ReadAllText(Path.Combine(Repository.Root, "templates/mdm-plugin/Directory.Build.props")).Should().Contain($"<MdmContractVersion>{release}</MdmContractVersion>");
        foreach (var document in (string[])["docs/plugins.md", "src/Mdm.Abstractions/README.md"])
            File.ReadAllText(Path.Combine(Repository.Root, document)).Should().Contain($"Include=\"Mdm.Abstractions\" Version=\"{release}\"", document);
        File.ReadAllText(Path.Combine(Repository.Root, "docs/plugins.md")).Should().Contain($"Mdm.Templates.{release}.nupkg");
    }

    [Fact]
    public void Every_code_block_of_the_plugin_guide_stands_in_code_that_is_compiled()
    {
        var guide = File.ReadAllText(Path.Combine(Repository.Root, "docs/plugins.md"));
        var blocks = System.Text.RegularExpressions.Regex.Matches(guide, "```csharp\n(.*?)```", System.Text.RegularExpressions.RegexOptions.Singleline).Select(m => m.Groups[1].Value).ToList();
        var code = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();

        blocks.Should().NotBeEmpty().And.OnlyContain(block => code.Exists(file => file.Contains(block)), "an example that does not compile misleads");
    }

    [Fact]
    public void Every_link_and_path_leads_somewhere()
    {
        var broken = new List<string>();
        foreach (var document in Directory.EnumerateFiles(Repository.Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)))
        {
            var text = File.ReadAllText(document);
            var links = System.Text.RegularExpressions.Regex.Matches(text, @"\]\(([^)#:]+)\)").Select(m => Path.Combine(Path.GetDirectoryName(document)!, m.Groups[1].Value));
            var paths = System.Text.RegularExpressions.Regex.Matches(text, "`((?:src|plugins|tests|docs|eng|tools|bench)/[A-Za-z0-9._/-]+)`").Select(m => Path.Combine(Repository.Root, m.Groups[1].Value));
            broken.AddRange(links.Concat(paths).Where(p => !Path.Exists(p) && !p.Contains("Acme.", StringComparison.Ordinal)).Select(p => $"{Path.GetFileName(document)}: {Path.GetRelativePath(Repository.Root, p)}"));
        }
        broken.Should().BeEmpty();
    }
}
